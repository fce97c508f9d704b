"""Every transcriber format that callers speak, on every one that endpoints speak, over sockets."""

import json
import math
import socket
import struct
from contextlib import ExitStack
from typing import Any, Self

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.live import LiveTenant
from tests.shapes.transcriber import CALLERS, SERVERS
from tests.shapes.transcriber.hearer import Hearer
from tests.upstreams import reply
from tests.upstreams.fixtures import StartSockets, StartUpstream
from tests.upstreams.sockets import Session, SocketUpstream
from wire.registry import formats_of, hosted_formats

PAIRS = [(near, far) for near in CALLERS for far in SERVERS]
ASKING = [(near, far) for near, far in PAIRS if CALLERS[near].finalize and SERVERS[far].asks]
CLOSING = [
    (near, far)
    for near, far in PAIRS
    if CALLERS[near].close and not near == far == "rymi-stt"  # whose close is the end at once
]
every_pair = pytest.mark.parametrize(("near", "far"), PAIRS, ids=["-on-".join(p) for p in PAIRS])


def tone(seconds: float, rate: int) -> bytes:
    count = round(seconds * rate)
    return struct.pack(
        f"<{count}h", *(round(9000 * math.sin(2 * math.pi * 300 * n / rate)) for n in range(count))
    )


class Pair:
    """A caller of one shape, and a server of another behind an agent."""

    def __init__(
        self,
        near: str,
        far: str,
        tenant: LiveTenant,
        sockets: StartSockets,
        *,
        fails: bool = False,
    ) -> None:
        self.caller, self.shape = CALLERS[near], SERVERS[far]
        self.sessions = 1 if near == far else self.caller.channels
        self.hearers: list[Hearer] = []
        self.fails = fails
        self.server: SocketUpstream = sockets(self.hear)
        self.tenant = tenant
        agent = tenant.transcriber(self.server.url, wire_format=far)
        self.url = agent.base_url.replace("http", "ws", 1) + self.caller.url
        self.stack = ExitStack()
        self.peer: ClientConnection
        self.said: list[tuple[str, Any]] = []

    async def hear(self, session: Session) -> None:
        """Each channel of a caller is a session."""
        self.hearers.append(Hearer(self.shape, fails=self.fails))
        await self.hearers[-1](session)

    @property
    def hearer(self) -> Hearer:
        """The one that hears the caller; on any other channel it is silent."""
        return max(self.hearers, key=lambda each: max(each.heard, default=0))

    def event(self) -> dict[str, Any]:
        """Of that session."""
        events = self.tenant.platform.events(self.tenant, self.sessions)
        return next(each for each in events if not each["details"].get("channel"))

    def __enter__(self) -> Self:
        options: Any = {"compression": None, "proxy": None}
        dialled = connect(self.url, additional_headers=self.tenant.headers, **options)
        self.peer = self.stack.enter_context(dialled)
        for message in self.caller.opens:
            self.peer.send(message)
        return self

    def __exit__(self, *reason: object) -> None:
        self.stack.close()

    def speak(self, seconds: float) -> None:
        self.peer.send(self.caller.audio(tone(seconds, self.caller.rate)))

    def until(self, kind: str) -> Any:
        """What the first message of that kind says; all before it are kept in `said`."""
        while True:
            for each in self.caller.read(self.peer.recv(20)):
                self.said.append(each)
                if each[0] == kind:
                    return each[1]

    def until_closed(self) -> int:
        try:
            while True:
                self.said += self.caller.read(self.peer.recv(20))
        except ConnectionClosed as closed:
            return close_of(closed)[0]

    def until_error(self) -> str:
        """What its message says, or the close where there is none."""
        try:
            return str(self.until("error"))
        except ConnectionClosed as closed:
            return close_of(closed)[1]

    def finish(self) -> int:
        if self.caller.close is None:
            self.peer.close()
            return 1000
        self.peer.send(self.caller.close)
        return self.until_closed()

    def kinds(self, *kinds: str) -> list[str]:
        return [kind for kind, _ in self.said if kind in kinds]

    @property
    def both(self) -> frozenset[str]:
        """What both can tell; an end is made where the server has none."""
        return self.caller.tells & (self.shape.tells | {"end"})


def close_of(closed: ConnectionClosed) -> tuple[int, str]:
    assert closed.rcvd is not None
    return closed.rcvd.code, closed.rcvd.reason


def test_every_transcriber_format_is_in_the_matrix() -> None:
    assert set(SERVERS) == set(formats_of("transcriber"))
    assert set(CALLERS) == set(hosted_formats("transcriber"))


@every_pair
def test_an_utterance_comes_through_with_one_final_and_one_end(
    near: str, far: str, tenant: LiveTenant, sockets: StartSockets
) -> None:
    with Pair(near, far, tenant, sockets) as pair:
        pair.speak(0.3)
        assert pair.until("interim") == "hel"
        pair.speak(0.5)
        if near != far or "final" in pair.caller.tells:
            text = pair.until("final")
            assert text in ("hello", "hel lo", "hel")  # a segment where bytes pass unchanged
        code = pair.finish()
    assert code in (1000, 1005)
    assert "start" not in pair.both or pair.kinds("start") == ["start"]
    if near != far:
        assert pair.kinds("final", "end").count("final") == 1
        assert pair.kinds("end") == (["end"] if "end" in pair.caller.tells else [])
    event = pair.event()
    assert (event["outcome"], event["status"]) == ("ok", 101)
    assert (event["format_in"], event["format_out"]) == (near, far)
    assert event["audio_ms"] == pytest.approx(800)
    assert event["details"]["finals"] == 1
    ended = event["details"]["utterances"][0]["utterance_end_at"]
    assert bool(ended) is (near != far or "end" in pair.caller.tells)


@every_pair
def test_all_sound_reaches_the_endpoint_at_the_rate_that_it_is_told(
    near: str, far: str, tenant: LiveTenant, sockets: StartSockets
) -> None:
    with Pair(near, far, tenant, sockets) as pair:
        for _ in range(10):
            pair.speak(0.1)
        pair.until("final")
        pair.finish()
    assert all(session.gone.wait(10) for session in pair.server.sessions)
    hearer = pair.hearer
    heard = struct.unpack(f"<{len(hearer.heard) // 2}h", hearer.heard)
    assert len(heard) / hearer.rate == pytest.approx(1.0, abs=0.001)
    middle = heard[len(heard) // 4 : len(heard) * 3 // 4]
    assert max(middle) == pytest.approx(9000, rel=0.05)


@pytest.mark.parametrize(("near", "far"), ASKING, ids=["-on-".join(p) for p in ASKING])
def test_a_final_comes_when_it_is_asked_for(
    near: str, far: str, tenant: LiveTenant, sockets: StartSockets
) -> None:
    with Pair(near, far, tenant, sockets) as pair:
        pair.speak(0.3)
        pair.until("interim")
        pair.peer.send(pair.caller.finalize or "")
        assert pair.until("final") in ("hello", "hel lo", "hel")
        assert "finalize" in pair.hearer.word


@pytest.mark.parametrize(("near", "far"), CLOSING, ids=["-on-".join(p) for p in CLOSING])
def test_who_closes_in_mid_utterance_still_gets_its_final(
    near: str, far: str, tenant: LiveTenant, sockets: StartSockets
) -> None:
    with Pair(near, far, tenant, sockets) as pair:
        pair.speak(0.3)
        pair.until("interim")
        assert pair.finish() in (1000, 1005)
    if pair.shape.closes:
        assert pair.kinds("final")
        assert pair.hearer.word[-1] == "close"
    assert pair.event()["outcome"] == "ok"


@every_pair
def test_a_caller_that_closes_the_socket_lets_the_endpoint_go(
    near: str, far: str, tenant: LiveTenant, sockets: StartSockets
) -> None:
    with Pair(near, far, tenant, sockets) as pair:
        pair.speak(0.3)
        pair.until("interim")
        pair.peer.close()
    assert all(session.gone.wait(10) for session in pair.server.sessions)
    assert pair.event()["outcome"] == "ok"


@every_pair
def test_a_caller_that_is_gone_lets_the_endpoint_go(
    near: str, far: str, tenant: LiveTenant, sockets: StartSockets
) -> None:
    with Pair(near, far, tenant, sockets) as pair:
        pair.speak(0.3)
        pair.until("interim")
        pair.peer.socket.shutdown(socket.SHUT_RDWR)
        assert all(session.gone.wait(10) for session in pair.server.sessions)
    assert pair.event()["outcome"] == "client_gone"


@every_pair
def test_an_error_of_the_endpoint_reaches_the_caller_in_its_own_way(
    near: str, far: str, tenant: LiveTenant, sockets: StartSockets
) -> None:
    with Pair(near, far, tenant, sockets, fails=True) as pair:
        pair.speak(0.3)
        assert pair.until_error() == "no model"
        pair.peer.close()
    event = pair.event()
    assert (event["outcome"], event["error"]["code"]) == ("upstream_error", "upstream_error")


@every_pair
def test_an_endpoint_that_refuses_is_an_answer_to_the_upgrade(
    near: str, far: str, tenant: LiveTenant, upstream: StartUpstream
) -> None:
    server = upstream([reply(429, {"why": "busy"}, ("retry-after", "7"))])
    agent = tenant.transcriber(server.url.replace("https", "wss"), wire_format=far)
    url = agent.base_url.replace("http", "ws", 1) + CALLERS[near].url
    with (
        pytest.raises(InvalidStatus) as caught,
        connect(url, additional_headers=tenant.headers, proxy=None),
    ):
        pass
    response = caught.value.response
    assert (response.status_code, response.headers["retry-after"]) == (429, "7")
    assert json.loads(response.body or b"") == {"why": "busy"}
    sessions = 1 if near == far else CALLERS[near].channels
    outcomes = [event["outcome"] for event in tenant.platform.events(tenant, sessions)]
    assert "upstream_error" in outcomes
