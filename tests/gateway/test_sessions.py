"""How transcriber sessions end, and what holds while one side does not keep up."""

import base64
import contextlib
import json
import os
import signal
import socket
import threading
import time
from typing import Any
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.frames import Close
from websockets.sync.client import ClientConnection

from egress.frames import close_payload, encode
from tests.egress.test_websocket import upgrade
from tests.gateway.calls import hang_up
from tests.gateway.test_server import ready
from tests.gateway.test_transcriber import dial, event_of, refused_with
from tests.live import LiveAgent, LivePlatform, LiveTenant, NewLive
from tests.servers.program import settled, wait_until
from tests.upstreams import Close as Shut
from tests.upstreams import Flood, Reset, Send, Stall, Wait
from tests.upstreams.fixtures import StartSockets, StartUpstream
from tests.upstreams.sockets import Session, echo, listen

MIB = 1 << 20
MOST_GROWN = 6 * MIB  # of one session, what a heap takes at once included; a flood is far more


def ending(peer: ClientConnection, seconds: float = 20) -> tuple[list[Any], Close | None]:
    """What still comes, and the close frame that ends it."""
    got = []
    try:
        while True:
            got.append(peer.recv(seconds))
    except ConnectionClosed as closed:
        return got, closed.rcvd


def raw_caller(agent: LiveAgent, tenant: LiveTenant) -> socket.socket:
    """A caller that one holds in one's hands, upgraded; it answers nothing by itself."""
    url = urlsplit(agent.stt_url)
    peer = socket.create_connection(("127.0.0.1", url.port or 0), timeout=10)
    key = base64.b64encode(os.urandom(16)).decode()
    peer.sendall(
        f"GET {url.path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {tenant.key}\r\n"
        f"connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"
        f"sec-websocket-key: {key}\r\n\r\n".encode()
    )
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += peer.recv(1)
    assert head.startswith(b"HTTP/1.1 101 ")
    return peer


def gone(session: Session) -> float:
    assert session.gone.wait(10)
    return session.gone_at


@pytest.mark.parametrize(
    ("code", "reason", "outcome"),
    [
        (1000, "done", "ok"),
        (1001, "", "ok"),
        (1011, "model broke", "upstream_error"),
        (1013, "later", "upstream_error"),
        (4000, "own", "upstream_error"),
    ],
)
def test_the_endpoints_close_is_the_callers(
    tenant: LiveTenant, sockets: StartSockets, code: int, reason: str, outcome: str
) -> None:
    async def leave(session: Session) -> None:
        await session.take()
        await session.peer.close(code, reason)

    agent = tenant.transcriber(sockets(leave).url)
    with dial(agent, tenant) as peer:
        peer.send("x")
        got, closed = ending(peer)
    assert (got, closed) == ([], Close(code, reason))
    assert event_of(tenant)["outcome"] == outcome


@pytest.mark.parametrize("code", [1000, 1001, 3000, 4999])
def test_the_callers_close_is_the_endpoints_and_its_own_comes_back(
    tenant: LiveTenant, sockets: StartSockets, code: int
) -> None:
    server = sockets(listen)
    agent = tenant.transcriber(server.url)
    with dial(agent, tenant) as peer:
        peer.close(code, "bye")
        assert peer.close_code == code
    gone(server.sessions[0])
    assert (server.sessions[0].code, server.sessions[0].reason) == (code, "bye")
    assert event_of(tenant)["outcome"] == "ok"


def test_what_the_endpoint_still_says_comes_before_the_close_is_answered(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    last = Send(encode(1, b"last words") + encode(8, close_payload(1000)))
    server = upstream(lambda seen: [upgrade(seen), Wait(1), last, Stall()])
    agent = tenant.transcriber(server.url.replace("https", "wss"))
    with dial(agent, tenant) as peer:
        peer.socket.sendall(encode(8, close_payload(1001), masked=True))
        assert ending(peer) == (["last words"], Close(1001, ""))
    assert event_of(tenant)["outcome"] == "ok"


@pytest.mark.parametrize(
    ("steps", "code", "outcome"),
    [
        ([Shut()], "upstream_truncated", "upstream_truncated"),
        ([Reset()], "upstream_truncated", "upstream_truncated"),
        ([Send(encode(1, b"\xff")), Stall()], "upstream_bad_response", "upstream_error"),
        ([Send(b"HTTP/1.1 400 no\r\n\r\n"), Stall()], "upstream_bad_response", "upstream_error"),
    ],
)
def test_an_endpoint_that_is_lost_is_told_in_the_format_and_then_1011(
    tenant: LiveTenant, upstream: StartUpstream, steps: list[Any], code: str, outcome: str
) -> None:
    first = Send(encode(1, b'{"type":"interim","text":"he"}'))
    server = upstream(lambda seen: [upgrade(seen), first, Wait(0.1), *steps])
    agent = tenant.transcriber(server.url.replace("https", "wss"))
    with dial(agent, tenant) as peer:
        got, closed = ending(peer)
    error = json.loads(got[1])
    assert (len(got), error["type"], error["code"]) == (2, "error", code)
    assert error["message"]
    assert closed == Close(1011, code)
    event = event_of(tenant)
    assert (event["outcome"], event["error"]["code"]) == (outcome, code)
    assert event["timing_ms"]["first_content"] > 0


def test_in_the_middle_of_a_message_there_is_only_the_close(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    half = Send(encode(1, b"half", final=False))
    server = upstream(lambda seen: [upgrade(seen), half, Wait(0.1), Reset()])
    agent = tenant.transcriber(server.url.replace("https", "wss"))
    with dial(agent, tenant) as peer:
        assert ending(peer) == ([], Close(1011, "upstream_truncated"))


def test_a_close_without_code_is_1000_and_none_is_ever_sent_that_must_not_be(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    server = upstream(lambda seen: [upgrade(seen), Send(encode(8, b"")), Stall()])
    agent = tenant.transcriber(server.url.replace("https", "wss"))
    with dial(agent, tenant) as peer:
        assert ending(peer) == ([], Close(1000, ""))
    assert event_of(tenant)["outcome"] == "ok"


@pytest.mark.parametrize(
    ("wire", "code"),
    [(encode(1, b"\xff", masked=True), 1007), (encode(1, b"x"), 1002), (b"\xff" * 20, 1002)],
    ids=["no text", "no mask", "no frame"],
)
def test_a_caller_that_breaks_the_protocol_is_closed_with_its_code(
    tenant: LiveTenant, sockets: StartSockets, wire: bytes, code: int
) -> None:
    server = sockets(listen)
    agent = tenant.transcriber(server.url)
    with dial(agent, tenant) as peer:
        peer.socket.sendall(wire)
        got, closed = ending(peer)
    assert closed is not None
    assert (got, closed.code) == ([], code)
    gone(server.sessions[0])
    assert server.sessions[0].code == 1001
    event = event_of(tenant)
    assert (event["outcome"], event["error"]["code"]) == ("client_gone", "invalid_request")


def test_a_caller_that_vanishes_closes_the_endpoint_within_250_ms(
    tenant: LiveTenant, sockets: StartSockets
) -> None:
    server = sockets(echo)
    agent = tenant.transcriber(server.url)
    took = []
    for number in range(5):
        peer = raw_caller(agent, tenant)
        peer.sendall(encode(1, b"x", masked=True))
        assert peer.recv(3) == b"\x81\x01x"
        began = hang_up(peer, "reset")
        took.append(gone(server.sessions[number]) - began)
    assert sorted(took)[2] < 0.25
    assert {event["outcome"] for event in tenant.platform.events(tenant, 5)} == {"client_gone"}


def test_a_caller_that_leaves_before_the_upgrade_ends_the_attempt(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    server = upstream([Stall()])
    agent = tenant.transcriber(server.url.replace("https", "wss"))
    with pytest.raises(TimeoutError):
        dial(agent, tenant, open_timeout=3)
    assert server.connections[0].gone.wait(10)
    assert event_of(tenant)["outcome"] == "client_gone"


def test_an_endpoint_that_does_not_answer_a_close_is_not_waited_for(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    server = upstream(lambda seen: [upgrade(seen), Stall()])
    agent = tenant.transcriber(server.url.replace("https", "wss"))
    began = time.perf_counter()
    with dial(agent, tenant, close_timeout=20) as peer:
        peer.send("x")
    assert 4 < time.perf_counter() - began < 18, "the caller would have waited 20 s"
    assert server.connections[0].gone.wait(10)
    assert event_of(tenant)["outcome"] == "ok"


def test_nobody_saying_anything_ends_by_the_idle_clock(
    tenant: LiveTenant, sockets: StartSockets
) -> None:
    agent = tenant.transcriber(sockets(listen).url, timeouts={"idle": 2})
    with dial(agent, tenant) as peer:
        for _ in range(3):
            time.sleep(0.8)
            peer.send(b"\0\0")
        got, closed = ending(peer)
    assert json.loads(got[0])["code"] == "upstream_timeout"
    assert closed == Close(1011, "upstream_timeout")
    assert event_of(tenant)["error"]["clock"] == "idle"


def test_the_total_clock_ends_a_session_in_mid_talk(
    tenant: LiveTenant, sockets: StartSockets
) -> None:
    agent = tenant.transcriber(sockets(echo).url, timeouts={"total": 1})
    with dial(agent, tenant) as peer:
        got, closed = ending(peer)
    assert closed == Close(1011, "upstream_timeout")
    assert event_of(tenant)["error"]["clock"] == "total"


def test_a_revoked_key_ends_its_sessions_and_no_other(
    tenant: LiveTenant, sockets: StartSockets
) -> None:
    agent = tenant.transcriber(sockets(echo).url)
    key, key_id = tenant.new_key()
    with dial(agent, tenant) as staying, dial(agent, None, headers={"x-api-key": key}) as peer:
        tenant.revoke(key_id)
        got, closed = ending(peer, 10)
        staying.send("still here")
        assert staying.recv(20) == "still here"
    assert json.loads(got[0])["type"] == "error"
    assert closed == Close(4401, "invalid_api_key")


def test_sessions_outlive_sigterm_up_to_the_limit_and_then_end_with_1012(
    new_live: NewLive, sockets: StartSockets
) -> None:
    platform = new_live().start("--drain-seconds", "6")
    tenant = platform.tenant()
    agent = tenant.transcriber(sockets(echo).url)
    with dial(agent, tenant) as peer, dial(agent, tenant) as early:
        began = time.monotonic()
        platform.signal(signal.SIGTERM)
        wait_until(lambda: ready(platform) == 503, 20, "the drain")
        early.send("x")
        assert early.recv(20) == "x"
        assert refused_with(agent, tenant) == (503, "draining")
        early.close()
        got, closed = ending(peer, 20)
        assert time.monotonic() - began > 5.5
    assert json.loads(got[0])["code"] == "draining"
    assert closed == Close(1012, "draining")
    assert platform.wait() == 0
    outcomes = sorted(event["outcome"] for event in tenant.platform.events(tenant, 2))
    assert outcomes == ["ok", "refused"]


def memory_while(platform: LivePlatform, work: threading.Thread, seconds: float) -> int:
    """The most that the platform grew meanwhile, in bytes."""
    before, most = platform.memory(), 0
    work.start()
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        most = max(most, platform.memory() - before)
        time.sleep(0.05)
    return most


def test_an_endpoint_that_stops_reading_stops_its_caller(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    server = upstream(lambda seen: [upgrade(seen), Stall()], read_body=False)
    agent = tenant.transcriber(server.url.replace("https", "wss"))
    peer, sent = raw_caller(agent, tenant), 0
    frame = encode(2, bytes(65536), masked=True)

    def flood() -> None:
        nonlocal sent
        with contextlib.suppress(OSError):
            while True:
                peer.sendall(frame)
                sent += len(frame)

    peer.settimeout(2)  # for one send
    work = threading.Thread(target=flood)
    grown = memory_while(tenant.platform, work, 3)
    work.join(10)
    assert sent < 16 * MIB
    assert grown < MOST_GROWN
    hang_up(peer, "reset")


def test_a_caller_that_stops_reading_stops_its_endpoint(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    block = encode(2, bytes(8192)) * 2
    server = upstream(lambda seen: [upgrade(seen), Flood(block)])
    agent = tenant.transcriber(server.url.replace("https", "wss"))
    peer = raw_caller(agent, tenant)
    grown = memory_while(tenant.platform, threading.Thread(target=time.sleep, args=(0,)), 3)
    assert 0 < settled(lambda: server.connections[0].sent) < 16 * MIB
    assert grown < MOST_GROWN
    hang_up(peer, "reset")


def test_hundreds_that_end_in_any_way_leave_nothing_behind(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    talk = [Send(encode(1, b'{"type":"interim","text":"a"}')), Wait(0.005)] * 20
    ends = (Shut(), Reset(), Stall())
    server = upstream(lambda seen: [upgrade(seen), *talk, ends[len(server.connections) % 3]])
    agent = tenant.transcriber(server.url.replace("https", "wss"))
    files = tenant.platform.open_files()
    for number in range(150):
        peer = raw_caller(agent, tenant)
        peer.sendall(encode(2, bytes(number), masked=True))
        time.sleep(number % 25 / 150)
        hang_up(peer, ("close", "reset")[number % 2])
        peer.close()
    assert all(connection.gone.wait(10) for connection in server.connections)
    events = tenant.platform.events(tenant, 150)
    assert {event["outcome"] for event in events} <= {"client_gone", "upstream_truncated"}
    assert sorted(event["bytes_in"] for event in events)[-1] <= 149
    platform = tenant.platform
    wait_until(lambda: platform.metrics()["patchbay_open_dispatches"] == 0, 20, "the end of all")
    # The database has some files of its own.
    wait_until(lambda: platform.open_files() < files + 20, 20, "the end of the sockets")


@pytest.mark.slow
def test_an_endpoint_that_answers_no_ping_is_found_within_40_s(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    server = upstream(lambda seen: [upgrade(seen), Stall()])
    agent = tenant.transcriber(server.url.replace("https", "wss"))
    with dial(agent, tenant) as peer:
        began = time.monotonic()
        got, closed = ending(peer, 45)
    assert time.monotonic() - began < 40
    assert json.loads(got[0])["code"] == "upstream_timeout"
    assert closed == Close(1011, "upstream_timeout")
    assert event_of(tenant)["outcome"] == "upstream_timeout"


@pytest.mark.slow
def test_a_caller_that_answers_no_ping_is_found_within_40_s(
    tenant: LiveTenant, sockets: StartSockets
) -> None:
    server = sockets(listen)
    agent = tenant.transcriber(server.url)
    with raw_caller(agent, tenant):
        began = time.monotonic()
        wait_until(lambda: server.sessions, 20, "the session")
        assert server.sessions[0].gone.wait(45)
    assert time.monotonic() - began < 40
    event = event_of(tenant)
    assert (event["outcome"], event["error"]["code"]) == ("client_gone", "caller_silent")
