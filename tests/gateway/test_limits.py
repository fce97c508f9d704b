"""A plan's limits within calls over sockets, with real clients on one side and real servers behind.

A minute that is used up lasts to the end of a whole minute of the monotonic clock, which all
processes share.
"""

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TypeVar
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import InvalidStatus

from tests.gateway.speaking import spoken, tone
from tests.gateway.test_channels import LISTEN, by_channel, frames, repeats, until
from tests.gateway.test_channels import dial as listen
from tests.gateway.test_pairs import streamed
from tests.live import LiveAgent, LivePlatform, LiveTenant
from tests.shapes.llm.openai_chat import SHAPE as CHAT
from tests.shapes.llm.retell_llm import Caller
from tests.shapes.llm.retell_llm import dial as talk
from tests.shapes.voice.jambonz_tts_stream import MS, Streamer
from tests.upstreams.fixtures import StartSockets, StartUpstream
from tests.upstreams.server import Upstream
from wire.retell.frames import APOLOGY

RATE, CONCURRENCY = 6_000, 200  # of the plan `pro`
SPENDING = 15.0  # seconds that a minute's dispatches and a test take on a busy machine, and more
TRIES = 3
T = TypeVar("T")
TOO_MANY = "More dispatches were begun in a minute than the plan allows."


def talking(tenant: LiveTenant, upstream: StartUpstream) -> tuple[Upstream, LiveAgent]:
    server = upstream(streamed(CHAT, "begin", "text", "end"))
    return server, tenant.agent(server.url + CHAT.path)


def speaking(tenant: LiveTenant, upstream: StartUpstream) -> tuple[Upstream, LiveAgent]:
    server = upstream(spoken(tone(MS)))
    return server, tenant.agent(server.url + "/tts", channel="voice", wire_format="rymi-tts")


def head_of(agent: LiveAgent, tenant: LiveTenant, *more: str) -> bytes:
    """Of a request of two bytes, which are yet to come."""
    line = f"POST {urlsplit(agent.chat_url).path} HTTP/1.1"
    lines = (line, "host: h", f"authorization: Bearer {tenant.key}", "content-length: 2", *more)
    return "\r\n".join((*lines, "\r\n")).encode()


def in_one_minute(platform: LivePlatform, spends: Callable[[LiveTenant], None]) -> None:
    """Has a new tenant spend what a minute holds; a try that the minute ended is none."""
    for _ in range(TRIES):
        left = 60 - time.monotonic() % 60
        if left < SPENDING:
            time.sleep(left)
        minute = time.monotonic() // 60
        try:
            return spends(platform.tenant())
        except (Exception, pytest.fail.Exception):
            if time.monotonic() // 60 == minute:
                raise
    pytest.fail("No minute was long enough.")


def spend(agent: LiveAgent, tenant: LiveTenant, count: int) -> None:
    """Begins so many dispatches, none of which goes on to the endpoint."""
    request = head_of(agent, tenant) + b"{}"
    with socket.create_connection(("127.0.0.1", tenant.platform.port), timeout=10) as peer:
        for at in range(0, count, 100):
            size = min(100, count - at)
            peer.sendall(request * size)
            answers = b""
            while answers.count(b'"code":"invalid_request"') < size:
                piece = peer.recv(65_536)
                assert piece, answers[-1000:]
                answers += piece


def refusal(dialling: Callable[[], object]) -> tuple[int, str, int]:
    """Status, code and `retry-after` of an upgrade."""
    with pytest.raises(InvalidStatus) as caught:
        dialling()
    response = caught.value.response
    error = json.loads(response.body or b"{}")
    code = error.get("code") or error["error"]["code"]
    return response.status_code, code, int(response.headers["retry-after"])


def rate_limited(dialling: Callable[[], object]) -> bool:
    """Whether it is refused until the minute is over."""
    most = 60 - time.monotonic() % 60
    status, code, wait = refusal(dialling)
    least = 60 - time.monotonic() % 60
    return (status, code) == (429, "rate_limit") and least - 2 < wait < most + 2


def test_turn_over_the_plans_rate_is_completed_in_words_and_asked_of_nobody(
    live: LivePlatform, upstream: StartUpstream
) -> None:
    def spends(tenant: LiveTenant) -> None:
        server, agent = talking(tenant, upstream)
        with talk(agent, tenant) as peer:
            caller = Caller(peer)
            caller.ask(1)
            assert caller.heard(1)[0] == "Hello"
            spend(agent, tenant, RATE - 2)
            for number, kind, words in (
                (2, "response_required", APOLOGY),
                (3, "reminder_required", ""),
            ):
                caller.ask(number, kind)
                assert caller.heard(number)[0] == words
            caller.tell("ping_pong", timestamp=4)
            assert caller.next() == {"response_type": "ping_pong", "timestamp": 4}
            assert rate_limited(lambda: talk(agent, tenant))
        assert len(server.requests) == 1
        assert tenant.platform.events(tenant, 1)[0]["outcome"] == "ok"

    in_one_minute(live, spends)


def test_text_over_the_plans_rate_is_told_and_the_next_one_too(
    live: LivePlatform, upstream: StartUpstream
) -> None:
    def spends(tenant: LiveTenant) -> None:
        server, agent = speaking(tenant, upstream)
        with Streamer(agent, tenant) as caller:
            caller.say("Hello there. ")
            caller.hear(len(tone(MS)))
            spend(talking(tenant, upstream)[1], tenant, RATE - 2)
            caller.say("Are you there? ", "I am here. ")
            while len(caller.errors) < 2:
                caller.next()
            assert caller.errors == [TOO_MANY] * 2
            assert rate_limited(lambda: Streamer(agent, tenant))
            caller.tell("stop")
            assert caller.until_closed() == 1000
        assert len(server.requests) == 1
        assert tenant.platform.events(tenant, 1)[0]["outcome"] == "ok"

    in_one_minute(live, spends)


def test_session_whose_other_channel_is_over_the_plans_rate_does_not_begin(
    live: LivePlatform, upstream: StartUpstream, sockets: StartSockets
) -> None:
    def spends(tenant: LiveTenant) -> None:
        server = sockets(repeats)
        agent = tenant.transcriber(server.url)
        with listen(agent, tenant):
            spend(talking(tenant, upstream)[1], tenant, RATE - 3)
            assert rate_limited(lambda: listen(agent, tenant))
            assert rate_limited(lambda: listen(agent, tenant, "/stt"))
            assert len(server.sessions) == 2
        assert len(by_channel(tenant)) == 2

    in_one_minute(live, spends)


@contextmanager
def all_slots_but_one(agent: LiveAgent, tenant: LiveTenant) -> Iterator[None]:
    """Held by requests whose bodies never come."""
    with ExitStack() as peers:
        for _ in range(CONCURRENCY - 1):
            peer = socket.create_connection(("127.0.0.1", tenant.platform.port), timeout=10)
            peers.enter_context(peer).sendall(head_of(agent, tenant, "expect: 100-continue"))
            assert peer.recv(1024).startswith(b"HTTP/1.1 100 "), "what waits for it is admitted"
        yield


Calls = tuple[LiveAgent, LiveAgent, LiveAgent]


@pytest.fixture
def calls(tenant: LiveTenant, upstream: StartUpstream, sockets: StartSockets) -> Calls:
    ear = tenant.transcriber(sockets(repeats).url)
    return talking(tenant, upstream)[1], speaking(tenant, upstream)[1], ear


def test_call_over_a_socket_is_one_dispatch_at_once_whatever_is_said_in_it(
    tenant: LiveTenant, calls: Calls
) -> None:
    llm, voice, ear = calls
    three = f"{LISTEN}&channels=3&multichannel=true"

    def nobody_else_is_let_in() -> None:
        full = (429, "concurrency_limit", 1)
        assert refusal(lambda: talk(llm, tenant)) == full
        assert refusal(lambda: Streamer(voice, tenant)) == full
        assert refusal(lambda: listen(ear, tenant)) == full

    with all_slots_but_one(llm, tenant):
        with when_there_is_room(lambda: talk(llm, tenant)) as peer:
            nobody_else_is_let_in()
            turn = Caller(peer)
            turn.ask(1)
            assert turn.heard(1)[0] == "Hello"
        with when_there_is_room(lambda: Streamer(voice, tenant)) as text:
            nobody_else_is_let_in()
            text.say("Hello there. ")
            assert text.hear(len(tone(MS)))
        with when_there_is_room(lambda: listen(ear, tenant, three)) as peer:
            nobody_else_is_let_in()
            peer.send(frames(10, 20, 30))
            assert until(peer, lambda said: len(said) == 3)


def when_there_is_room(dialling: Callable[[], T]) -> T:
    """A call that is let in within some seconds: the slot of the one before is given back by it."""
    until = time.monotonic() + 20
    while True:
        try:
            return dialling()
        except InvalidStatus:
            assert time.monotonic() < until
            time.sleep(0.01)
