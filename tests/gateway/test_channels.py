"""Callers several of whose channels are heard: each by a session of its own with the endpoint."""

import json
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.http11 import Request, Response
from websockets.sync.client import ClientConnection, connect

from gateway.channels import Channels, Part
from tests.gateway.test_ear_pairs import close_of
from tests.live import LiveAgent, LivePlatform, LiveTenant
from tests.servers.program import free_port, wait_until
from tests.upstreams.fixtures import StartSockets, StartUpstream
from tests.upstreams.script import Close, Seen, Stall, Step, Upgrade, Wait, reply
from tests.upstreams.sockets import Session

START = '{"type":"start","encoding":"linear16","container":"raw","sampleRate":16000,"channels":%d}'
LISTEN = "/v1/listen?encoding=linear16&sample_rate=16000&interim_results=true"
CUSTOMER, ASSISTANT = 1000, 2000


def frames(*levels: int, seconds: float = 0.1) -> bytes:
    """Audio whose channels have one level each."""
    return struct.pack(f"<{len(levels)}h", *levels) * round(16_000 * seconds)


async def repeats(session: Session) -> None:
    """An endpoint that says the level of what it hears: at once, and as a final when asked."""
    heard = b""
    while True:
        message = await session.take()
        if isinstance(message, bytes):
            heard += message
            await session.peer.send(json.dumps({"type": "interim", "text": level(heard)}))
        elif json.loads(message)["type"] == "close":
            return
        else:
            await session.peer.send(json.dumps({"type": "final", "text": level(heard)}))
            await session.peer.send('{"type":"utterance_end"}')


def level(heard: bytes) -> str:
    return str(set(struct.unpack(f"<{len(heard) // 2}h", heard)))


def dial(
    agent: LiveAgent, tenant: LiveTenant, path: str = "/vapi/transcriber", **options: Any
) -> ClientConnection:
    url = agent.base_url.replace("http", "ws", 1) + path
    options = {"compression": None, "proxy": None, **options}
    return connect(url, additional_headers=tenant.headers, **options)


def until(peer: ClientConnection, enough: Callable[[list[Any]], bool]) -> list[Any]:
    """What is said, up to the moment when it is enough."""
    said: list[Any] = []
    while not enough(said):
        said.append(json.loads(peer.recv(20)))
    return said


def ending(peer: ClientConnection) -> tuple[list[Any], int, str]:
    """All that is said, and the close."""
    said: list[Any] = []
    try:
        while True:
            said.append(json.loads(peer.recv(20)))
    except ConnectionClosed as closed:
        return said, *close_of(closed)


def by_channel(tenant: LiveTenant, count: int = 2) -> list[dict[str, Any]]:
    events = tenant.platform.events(tenant, count)
    return sorted(events, key=lambda event: int((event["details"] or {}).get("channel", 0)))


def test_both_sides_of_a_call_are_told_by_their_labels(
    tenant: LiveTenant, sockets: StartSockets
) -> None:
    server = sockets(repeats)
    with dial(tenant.transcriber(server.url), tenant) as peer:
        peer.send(START % 2)
        peer.send(frames(CUSTOMER, ASSISTANT))
        said = until(peer, lambda said: len({each["channel"] for each in said}) == 2)
        peer.close()
    assert {each["channel"]: each["transcription"] for each in said} == {
        "customer": "{1000}", "assistant": "{2000}",
    }  # fmt: skip
    assert all(session.gone.wait(10) for session in server.sessions)
    first, second = by_channel(tenant)
    assert first["call_id"] == second["call_id"]
    assert first["dispatch_id"] != second["dispatch_id"]
    for event in (first, second):
        assert (event["outcome"], event["status"], event["error"]) == ("ok", 101, None)
        assert event["audio_ms"] == pytest.approx(100)
        assert event["bytes_out"] > 50
    assert (first["bytes_in"], second["bytes_in"]) == (len(START % 2) + 6400, 0)
    assert (first["details"]["channel"], second["details"]["channel"]) == (0, 1)


def test_a_call_of_one_channel_lets_the_second_session_go(
    tenant: LiveTenant, sockets: StartSockets
) -> None:
    server = sockets(repeats)
    with dial(tenant.transcriber(server.url), tenant) as peer:
        peer.send(START % 1)
        deadline = time.monotonic() + 20
        while not any(session.gone.is_set() for session in server.sessions):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        peer.send(frames(CUSTOMER))
        (said,) = until(peer, bool)
        assert (said["channel"], said["transcription"]) == ("customer", "{1000}")
        peer.close()
    first, second = by_channel(tenant)
    assert (first["outcome"], second["outcome"]) == ("ok", "ok")
    assert (first["audio_ms"], second["audio_ms"]) == (pytest.approx(100), 0)


def test_deepgrams_callers_have_all_channels_heard_when_they_ask_for_it(
    tenant: LiveTenant, sockets: StartSockets
) -> None:
    server = sockets(repeats)
    path = f"{LISTEN}&channels=3&multichannel=true&utterance_end_ms=1000"
    with dial(tenant.transcriber(server.url), tenant, path) as peer:
        peer.send(frames(10, 20, 30))
        peer.send('{"type":"CloseStream"}')
        said, code, _ = ending(peer)
    assert code == 1000
    texts = {
        each["channel_index"][0]: each["channel"]["alternatives"][0]["transcript"]
        for each in said
        if each["type"] == "Results" and each["channel"]["alternatives"][0]["transcript"]
    }  # fmt: skip
    assert texts == {0: "{10}", 1: "{20}", 2: "{30}"}
    ends = [each["channel"] for each in said if each["type"] == "UtteranceEnd"]
    assert sorted(ends) == [[0, 3], [1, 3], [2, 3]]
    assert [each["type"] for each in said].count("Metadata") == 1
    assert [event["outcome"] for event in by_channel(tenant, 3)] == ["ok"] * 3


def test_without_that_word_the_first_channel_is_heard(
    tenant: LiveTenant, sockets: StartSockets
) -> None:
    server = sockets(repeats)
    with dial(tenant.transcriber(server.url), tenant, f"{LISTEN}&channels=2") as peer:
        peer.send(frames(10, 20))
        (said,) = until(peer, bool)
        peer.close()
    assert said["channel"]["alternatives"][0]["transcript"] == "{10}"
    assert by_channel(tenant, 1)[0]["outcome"] == "ok"
    assert len(server.sessions) == 1


def test_an_endpoint_that_takes_only_one_session_is_an_answer_to_the_upgrade(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    server = upstream([reply(429, {"why": "busy"}, ("retry-after", "7"))])
    agent = tenant.transcriber(server.url.replace("https", "wss"))
    with pytest.raises(InvalidStatus) as caught:
        dial(agent, tenant)
    assert caught.value.response.status_code == 429
    for event in tenant.platform.events(tenant, 2):
        assert event["outcome"] in ("upstream_error", "client_gone")


def test_a_session_that_is_refused_to_one_channel_refuses_the_upgrade(
    tenant: LiveTenant, sockets: StartSockets
) -> None:
    asked: list[int] = []

    def only_one(peer: ServerConnection, request: Request) -> Response | None:
        asked.append(1)
        return peer.respond(429, "busy") if len(asked) > 1 else None

    server = sockets(repeats, process_request=only_one)
    with pytest.raises(InvalidStatus) as caught:
        dial(tenant.transcriber(server.url), tenant)
    assert caught.value.response.status_code in (429, 502)
    assert all(session.gone.wait(10) for session in server.sessions)
    outcomes = {event["outcome"] for event in tenant.platform.events(tenant, 2)}
    assert "upstream_error" in outcomes
    assert outcomes <= {"upstream_error", "client_gone"}


@pytest.mark.parametrize("first", [True, False])
def test_an_endpoint_that_is_lost_while_the_other_channel_connects_is_the_one_that_failed(
    tenant: LiveTenant, upstream: StartUpstream, first: bool
) -> None:
    asked: list[Seen] = []

    def script(seen: Seen) -> list[Step]:
        asked.append(seen)
        if first is (len(asked) == 1):
            return [Wait(0 if first else 0.2), Upgrade(), Close()]
        return [Wait(0.7 if len(asked) == 2 else 0), Upgrade(), Stall()]

    agent = tenant.transcriber(upstream(script).url.replace("https", "wss"))
    with dial(agent, tenant) as peer:
        told, code, _ = ending(peer)
    assert ("closed the connection" in told[-1]["error"], code) == (True, 1011)
    outcomes = sorted(event["outcome"] for event in tenant.platform.events(tenant, 2))
    assert outcomes == ["ok", "upstream_truncated"]


def test_every_channel_is_one_of_the_dispatches_that_run_now(
    live: LivePlatform, tenant: LiveTenant, sockets: StartSockets
) -> None:
    def running() -> float:
        return live.metrics()["patchbay_open_dispatches"]

    server = sockets(repeats)
    wait_until(lambda: running() == 0, 20, "the end of other calls")
    with dial(tenant.transcriber(server.url), tenant, f"{LISTEN}&channels=3&multichannel=true"):
        assert running() == 3
    by_channel(tenant, 3)
    wait_until(lambda: running() == 0, 20, "its end")
    with dial(tenant.transcriber(server.url), tenant) as peer:
        assert running() == 2
        peer.send(START % 1)
        wait_until(lambda: running() == 1, 20, "the end of the channel that is not there")


def test_more_channels_than_can_be_heard_are_refused(
    tenant: LiveTenant, sockets: StartSockets
) -> None:
    server = sockets(repeats)
    with pytest.raises(InvalidStatus) as caught:
        dial(tenant.transcriber(server.url), tenant, f"{LISTEN}&channels=9&multichannel=true")
    assert caught.value.response.status_code == 422
    assert server.sessions == []


def test_a_channel_that_fails_ends_the_session_loudly(
    tenant: LiveTenant, sockets: StartSockets
) -> None:
    async def breaks(session: Session) -> None:
        heard = await session.take()
        if isinstance(heard, bytes) and level(heard) == "{2000}":
            await session.peer.close(1011, "out of memory")
        await repeats(session)

    server = sockets(breaks)
    with dial(tenant.transcriber(server.url), tenant) as peer:
        peer.send(START % 2)
        peer.send(frames(CUSTOMER, ASSISTANT))
        said, code, reason = ending(peer)
    assert {"type": "error", "error": "out of memory"} in said
    assert (code, reason) == (1011, "out of memory")
    first, second = by_channel(tenant)
    assert (first["outcome"], second["outcome"]) == ("ok", "upstream_error")


def test_a_caller_that_is_gone_lets_all_sessions_go(
    tenant: LiveTenant, sockets: StartSockets
) -> None:
    server = sockets(repeats)
    with dial(tenant.transcriber(server.url), tenant) as peer:
        peer.send(START % 2)
        peer.send(frames(CUSTOMER, ASSISTANT))
        peer.recv(20)
        peer.socket.close()
    assert len(server.sessions) == 2
    assert all(session.gone.wait(10) for session in server.sessions)
    assert [event["outcome"] for event in by_channel(tenant)] == ["client_gone"] * 2


def test_a_revoked_key_ends_all_of_them(tenant: LiveTenant, sockets: StartSockets) -> None:
    server = sockets(repeats)
    with dial(tenant.transcriber(server.url), tenant) as peer:
        peer.send(START % 2)
        tenant.revoke()
        said, code, _ = ending(peer)
    assert code == 4401
    assert [each["type"] for each in said] == ["error"]
    assert all(session.gone.wait(10) for session in server.sessions)
    assert [event["outcome"] for event in by_channel(tenant)] == ["refused"] * 2


def test_an_endpoint_that_stops_reading_one_channel_stops_the_caller(
    tenant: LiveTenant, sockets: StartSockets
) -> None:
    async def deaf(session: Session) -> None:
        heard = await session.take()
        if isinstance(heard, bytes) and level(heard) == "{2000}":
            session.peer.transport.pause_reading()
            await session.peer.wait_closed()
        while True:
            await session.take()

    server = sockets(deaf)
    sent = 0
    with dial(tenant.transcriber(server.url), tenant) as peer:
        peer.send(START % 2)
        peer.socket.settimeout(2)
        block = frames(CUSTOMER, ASSISTANT, seconds=1)
        with suppress(TimeoutError, ConnectionClosed):
            while sent < 400:
                peer.send(block)
                sent += 1
        peer.socket.close()
    assert 0 < sent < 400, "25 MiB"


class Flow:
    """What a link is told of reading."""

    reading = True

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True


async def test_the_caller_waits_for_the_slowest_channel() -> None:
    channels, link = Channels(1), Flow()
    one, other = (Part(channels, link, object()) for _ in range(2))  # type: ignore[arg-type]
    one.pause_reading()
    other.pause_reading()
    one.resume_reading()
    assert not link.reading
    other.resume_reading()
    assert link.reading


def test_an_endpoint_that_is_away_is_told_at_once(tenant: LiveTenant) -> None:
    agent = tenant.transcriber(f"wss://127.0.0.1:{free_port()}/listen")
    with pytest.raises(InvalidStatus) as caught:
        dial(agent, tenant)
    assert caught.value.response.status_code == 502
    outcomes = {event["outcome"] for event in tenant.platform.events(tenant, 2)}
    assert "connect_failed" in outcomes
    assert outcomes <= {"connect_failed", "client_gone"}


def test_a_caller_that_leaves_before_the_upgrade_ends_all_attempts(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    server = upstream([Stall()])
    agent = tenant.transcriber(server.url.replace("https", "wss"))
    with pytest.raises(TimeoutError):
        dial(agent, tenant, open_timeout=3)
    assert [event["outcome"] for event in by_channel(tenant)] == ["client_gone"] * 2
    assert all(connection.gone.wait(10) for connection in server.connections)
