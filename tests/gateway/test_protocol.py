"""What strangers can make the server hold: little, and not for long."""

import re
import socket
import time
from contextlib import suppress

import pytest

from gateway.admission import BODIES_OF_ONE
from gateway.protocol import HEAD_LIMIT, HEAD_SECONDS, MOST_WAITING, STALL_SECONDS
from tests.gateway.calls import END, PATH, WORD, dial, post, request_bytes
from tests.live import LivePlatform, LiveTenant, NewLive
from tests.servers.program import wait_until
from tests.upstreams.chat import Chat
from tests.upstreams.fixtures import StartUpstream
from tests.upstreams.script import sse

GET = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n"
CHUNKED = b"POST /healthz HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n"
UPGRADE = (
    b"GET /a/x/stt HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
    b"sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n"
)
FLOOD = 4 * 1024 * 1024


def dialled(platform: LivePlatform) -> socket.socket:
    return socket.create_connection(("127.0.0.1", platform.port), timeout=10)


def taken(peer: socket.socket, block: bytes) -> int:
    """How many bytes the server lets one send before it ends the connection."""
    sent = 0
    try:
        while sent < FLOOD:
            peer.sendall(block)
            sent += len(block)
    except OSError:
        return sent
    return sent


def test_a_head_is_answered_when_it_is_long_but_within_the_limit(live: LivePlatform) -> None:
    with dialled(live) as peer:
        peer.sendall(GET + b"x-long: " + b"y" * (HEAD_LIMIT - 8192) + b"\r\n\r\n")
        assert peer.recv(100).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    ("start", "block"),
    [
        (GET, b"x-more: of this\r\n" * 512),
        (GET + b"x-long: ", b"y" * 8192),
        (b"GET /", b"y" * 8192),
        (CHUNKED + b"1", b";extension=of-a-chunk" * 512),
        (CHUNKED + b"1\r\nx\r\n0\r\n", b"x-trailer: of this\r\n" * 512),
    ],
    ids=["fields", "one field", "address", "chunk extensions", "trailers"],
)
def test_an_endless_head_ends_the_connection(
    live: LivePlatform, start: bytes, block: bytes
) -> None:
    with dialled(live) as peer:
        peer.sendall(start)
        assert taken(peer, block) < FLOOD


def test_an_endless_head_is_told_what_is_wrong(live: LivePlatform) -> None:
    with dialled(live) as peer:
        peer.sendall(GET + b"x-long: " + b"y" * HEAD_LIMIT)
        assert peer.recv(100).startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize(
    "rest",
    [
        b"content-length: 5\r\n\r\nabcde",
        b"content-length: 5\r\n\r\nab",
        b"transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        b"transfer-encoding: chunked\r\n\r\n3\r\nab",
    ],
    ids=["body", "part of a body", "chunked", "part of a chunk"],
)
def test_a_malformed_upgrade_ends_the_connection(live: LivePlatform, rest: bytes) -> None:
    with dialled(live) as peer:
        peer.sendall(UPGRADE + rest)
        with suppress(ConnectionResetError):
            assert peer.recv(100) == b""


@pytest.mark.parametrize(
    "more",
    [
        b"",
        b"".join(b"x-%d: y\r\n" % number for number in range(130)),
        b"x: " + b"y" * 9000 + b"\r\n",
    ],
    ids=["plain", "many fields", "long field"],
)
def test_a_well_formed_upgrade_is_answered(live: LivePlatform, more: bytes) -> None:
    with dialled(live) as peer:
        peer.sendall(UPGRADE + more + b"\r\n")
        assert peer.recv(100).startswith(b"HTTP/1.1 401 ")


def test_frames_right_behind_an_upgrade_end_the_connection(live: LivePlatform) -> None:
    with dialled(live) as peer:
        peer.sendall(UPGRADE + b"\r\n" + b"\x81\x83half")
        with suppress(ConnectionResetError):
            assert peer.recv(100) == b""


@pytest.mark.slow
def test_a_head_that_does_not_come_ends_the_connection(new_live: NewLive) -> None:
    platform = new_live().start()
    silent, blank, slow, second = (dialled(platform) for _ in range(4))
    with silent, blank, slow, second:
        blank.sendall(b"\r\n")
        second.sendall(GET + b"\r\n")
        assert second.recv(4096).startswith(b"HTTP/1.1 200 ")
        second.sendall(GET)
        began = time.monotonic()
        for peer in (silent, blank, slow, second):
            peer.settimeout(2 * HEAD_SECONDS)
        while time.monotonic() - began < HEAD_SECONDS / 2:
            slow.sendall(b"G" if time.monotonic() - began < 0.1 else b"")
            time.sleep(1)
        for peer in (silent, blank, slow, second):
            _read_to_the_end(peer)
        assert HEAD_SECONDS - 2 < time.monotonic() - began < 2 * HEAD_SECONDS


@pytest.mark.slow
def test_half_a_head_behind_a_request_does_not_cut_its_answer(
    live: LivePlatform, upstream: StartUpstream
) -> None:
    tenant = live.tenant()
    opening, _, *rest = sse(WORD, END, "data: [DONE]", pause=(HEAD_SECONDS + 4) / 2)
    agent = tenant.agent(upstream([opening, *rest]).url + PATH)
    got = b""
    with dial(agent, tenant) as peer, suppress(ConnectionResetError):
        peer.settimeout(2 * HEAD_SECONDS)
        peer.sendall(GET)
        while not got.endswith(b"0\r\n\r\n") and (piece := peer.recv(65536)):
            got += piece
    assert b"data: [DONE]" in got


def _read_to_the_end(peer: socket.socket) -> None:
    """Reads what is left of an earlier answer. Raises `TimeoutError` if the server goes on."""
    with suppress(ConnectionResetError):
        while peer.recv(4096):
            pass


def test_more_slashes_lead_nowhere(live: LivePlatform) -> None:
    with dialled(live) as peer:
        peer.sendall(b"GET //healthz HTTP/1.1\r\nhost: localhost\r\n\r\n")
        assert peer.recv(100).startswith(b"HTTP/1.1 404 ")


@pytest.mark.parametrize(
    "request_line",
    [b"GET http://elsewhere/healthz?x=1 HTTP/1.1", b"GET /healthz#part HTTP/1.1"],
    ids=["absolute", "fragment"],
)
def test_other_forms_of_an_address_lead_to_the_same_path(
    live: LivePlatform, request_line: bytes
) -> None:
    with dialled(live) as peer:
        peer.sendall(request_line + b"\r\nhost: localhost\r\n\r\n")
        assert peer.recv(100).startswith(b"HTTP/1.1 200 ")


def test_an_address_without_a_path_is_the_root(live: LivePlatform) -> None:
    with dialled(live) as bare, dialled(live) as root:
        bare.sendall(b"GET http://localhost HTTP/1.1\r\nhost: localhost\r\n\r\n")
        root.sendall(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")
        assert bare.recv(12) == root.recv(12)


def test_who_speaks_http_1_0_is_not_told_to_go_on(
    live: LivePlatform, upstream: StartUpstream
) -> None:
    tenant = live.tenant()
    agent = tenant.agent(upstream(Chat()).url + PATH)
    call = request_bytes(agent, tenant, stream=False)
    with dialled(live) as peer:
        peer.sendall(call.replace(b"HTTP/1.1\r\n", b"HTTP/1.0\r\nexpect: 100-continue\r\n"))
        assert peer.recv(100).startswith(b"HTTP/1.1 200 ")


def test_who_speaks_http_1_0_gets_a_stream_that_ends_with_the_connection(
    live: LivePlatform, upstream: StartUpstream
) -> None:
    tenant = live.tenant()
    agent = tenant.agent(upstream(Chat()).url + PATH)
    call = request_bytes(agent, tenant).replace(b"HTTP/1.1\r\n", b"HTTP/1.0\r\n")
    with dialled(live) as peer:
        peer.sendall(call)
        answer = b"".join(iter(lambda: peer.recv(4096), b""))
    fields, _, stream = answer.partition(b"\r\n\r\n")
    assert b"transfer-encoding" not in fields
    assert stream == post(agent, tenant).content
    assert [event["outcome"] for event in live.events(tenant, 2)] == ["ok", "ok"]


def test_nonsense_is_told_so_and_ends_the_connection(live: LivePlatform) -> None:
    with dialled(live) as peer:
        peer.sendall(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
        answer = b"".join(iter(lambda: peer.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"content-length: %d\r\n" % len(body) in head


def test_an_upgrade_that_is_not_to_a_websocket_is_passed_over(live: LivePlatform) -> None:
    with dialled(live) as peer:
        peer.sendall(GET + b"connection: upgrade\r\nupgrade: h2c\r\n\r\n")
        answer = b"".join(iter(lambda: peer.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"connection: close\r\n" in answer


@pytest.mark.parametrize("cut", [0, 20])
def test_a_call_that_offers_http_2_is_answered_in_http_1(
    live: LivePlatform, upstream: StartUpstream, cut: int
) -> None:
    """Java's client does so unless it is told not to."""
    tenant = live.tenant()
    agent = tenant.agent(upstream(Chat()).url + PATH)
    head, _, body = request_bytes(agent, tenant).partition(b"\r\n\r\n")
    head += b"\r\nconnection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABk"
    with dialled(live) as peer:
        peer.sendall(head + b"\r\n\r\n" + body[:cut])
        time.sleep(0.05)
        peer.sendall(body[cut:])
        answer = b"".join(iter(lambda: peer.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert live.events(tenant, 1)[0]["outcome"] == "ok"


@pytest.mark.parametrize(
    "behind",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        UPGRADE + b"\r\n",
        UPGRADE.replace(b"version: 13", b"version: 7") + b"\r\n",
    ],
    ids=["nonsense", "upgrade", "malformed upgrade"],
)
def test_what_is_refused_behind_a_request_is_not_answered_inside_its_stream(
    live: LivePlatform, upstream: StartUpstream, behind: bytes
) -> None:
    tenant = live.tenant()
    words = [f'data: {{"choices":[{{"index":0,"delta":{{"content":"{n}"}}}}]}}' for n in range(9)]
    agent = tenant.agent(upstream(sse(*words * 20, END, "data: [DONE]", pause=0.05)).url + PATH)
    got = b""
    with dial(agent, tenant) as peer, suppress(ConnectionResetError):
        peer.sendall(request_bytes(agent, tenant))
        got += peer.recv(65536)
        peer.sendall(behind)
        while piece := peer.recv(65536):
            got += piece
    assert got.count(b"HTTP/1.1 ") == 1
    assert live.events(tenant, 1)[0]["outcome"] == "client_gone"


@pytest.mark.slow
def test_a_tenant_cannot_fill_the_memory_with_bodies_that_never_end(
    live: LivePlatform, tenant: LiveTenant, upstream: StartUpstream
) -> None:
    agent = tenant.agent(upstream(Chat()).url + PATH)
    size = 31 * 1024 * 1024
    head = request_bytes(agent, tenant).partition(b"content-length")[0]
    most = BODIES_OF_ONE // size + 1
    callers = [dialled(live) for _ in range(most + 1)]
    try:
        for caller in callers:
            caller.sendall(head + b"content-length: %d\r\n\r\n" % size)
            for _ in range(30):
                caller.sendall(b" " * 1024 * 1024)
        refused = callers[-1].recv(100)
        before = live.metrics()["patchbay_open_dispatches"]
    finally:
        for caller in callers:
            caller.close()
    assert refused.startswith(b"HTTP/1.1 429 ")
    assert before < len(callers)
    wait_until(lambda: post(agent, tenant).status_code == 200, 20, "room again")


@pytest.mark.parametrize(("count", "answered"), [(MOST_WAITING, True), (10_000, False)])
def test_requests_in_one_breath_are_answered_unless_there_are_too_many(
    live: LivePlatform, count: int, answered: bool
) -> None:
    got = b""
    with dialled(live) as peer, suppress(ConnectionResetError):
        peer.sendall((GET + b"\r\n") * count)
        while got.count(b"HTTP/1.1 200 ") < count and (piece := peer.recv(1024 * 1024)):
            got += piece
    assert (got.count(b"HTTP/1.1 200 ") == count) is answered


@pytest.mark.acceptance
def test_a_caller_who_takes_none_of_its_answers_is_cut(live: LivePlatform) -> None:
    with socket.socket() as peer:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        peer.connect(("127.0.0.1", live.port))
        for _ in range(60):
            peer.sendall((GET + b"\r\n") * 64)
            time.sleep(0.05)
        time.sleep(3 * STALL_SECONDS + 2)
        with pytest.raises(ConnectionError):
            _read_to_the_very_end(peer)


def _read_to_the_very_end(peer: socket.socket) -> None:
    peer.settimeout(1)
    with suppress(TimeoutError):
        while peer.recv(65536):
            pass


def test_streams_asked_for_in_one_breath_are_answered_one_after_the_other(
    live: LivePlatform, upstream: StartUpstream
) -> None:
    tenant = live.tenant()
    words = [f'data: {{"choices":[{{"index":0,"delta":{{"content":"{n}"}}}}]}}' for n in range(9)]
    server = upstream(sse(*words, END, "data: [DONE]", pause=0.03))
    agent = tenant.agent(server.url + PATH)
    body = "".join(f"{event}\n\n" for event in [*words, END, "data: [DONE]"]).encode()
    with dial(agent, tenant) as peer:
        peer.sendall(request_bytes(agent, tenant) * 2)
        got = b""
        while got.count(b"0\r\n\r\n") < 3:
            got += peer.recv(65536)
    for answer in got.split(b"0\r\n\r\n")[:3]:
        start, _, chunks = answer.partition(b"\r\n\r\n")
        assert start.startswith(b"HTTP/1.1 200 ")
        assert b"".join(re.findall(rb"[0-9a-f]+\r\n(.*?\n\n)\r\n", chunks, re.DOTALL)) == body
    assert [event["bytes_out"] for event in live.events(tenant, 3)] == [len(body)] * 3


def test_a_trailer_does_not_pass_for_a_header(live: LivePlatform, upstream: StartUpstream) -> None:
    tenant = live.tenant()
    agent = tenant.agent(upstream(Chat()).url + PATH)
    start, _, content = request_bytes(agent, tenant, stream=False).partition(b"\r\n\r\n")
    head = start.partition(b"authorization")[0] + b"transfer-encoding: chunked\r\n\r\n"
    trailer = b"authorization: Bearer %b\r\n" % tenant.key.encode()
    with dialled(live) as peer:
        peer.sendall(head + b"%x\r\n%b\r\n0\r\n%b\r\n" % (len(content), content, trailer))
        assert peer.recv(100).startswith(b"HTTP/1.1 401 ")
