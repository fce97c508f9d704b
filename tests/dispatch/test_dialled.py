"""A request that is answered over a socket which is dialled for it, with real servers."""

import asyncio
import gc
import json
import time
import weakref
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection

from dispatch.answers import Answer, Body, ErrorAnswer
from dispatch.dialled import HELD, MESSAGE_LIMIT, converse
from dispatch.endpoint import EndpointSnapshot
from dispatch.failures import DispatchFailed
from egress.http import Client, Clocks
from egress.link import HANG_UP_SECONDS
from egress.policy import Policy
from tests.upstreams import Authority, eventually, reply, settled
from tests.upstreams.fixtures import StartSockets, StartUpstream
from tests.upstreams.sockets import Session, Talk
from wire.dialogue import Heard

HEARD = {
    b"ask": Heard(replies=(b"again",)),
    b"ask much": Heard(replies=(bytes(16_384),)),
    b"done": Heard(b"last", done=True),
    b"fail": Heard(failed=True),
    b"note": Heard(),
}


class Dialogue:
    """Every binary message is of the answer; of texts, `HEARD` has what they come to."""

    def __init__(self, *, quiet: float | None = None, pause: float | None = None) -> None:
        self.quiet: float | None = None
        self.pause = pause
        self._quiet = quiet
        self.said = 0

    @property
    def headers(self) -> Mapping[str, str]:
        return {"content-type": "x/y"}

    def opening(self) -> tuple[bytes, ...]:
        return (b"hello",)

    def say(self, now: int) -> tuple[bytes, ...]:
        assert abs(now / 1000 - time.time()) < 5
        self.said += 1
        return (b"tick",)

    def hear(self, message: bytes, *, is_text: bool) -> Heard:
        if is_text:
            return HEARD[message]
        self.quiet = self._quiet
        return Heard(message)

    def closed(self, code: int) -> bool:
        return code == 1000

    def farewell(self) -> tuple[bytes, ...]:
        return (b"bye",)


class Whole(Answer):
    """What `classify` gives here."""


async def _classify(body: Body) -> Whole:
    return Whole(body)


@pytest.fixture
async def client(authority: Authority) -> AsyncIterator[Client]:
    made = Client(Policy.of(allow_cidrs=["127.0.0.0/8"], ca_file=authority.ca_file))
    yield made
    await made.aclose()
    await asyncio.sleep(2 * HANG_UP_SECONDS)  # a socket's last word has so long


def endpoint(url: str, **clocks: float) -> EndpointSnapshot:
    return EndpointSnapshot(
        id="end_a", tenant_id="ten_a", version=1, channel="voice", wire_format="x", urls=(url,),
        model="", clocks=Clocks(**clocks), settings={}, auth_type="none", auth_fields={},
        auth_secrets={}, auth_hosts=(),
    )  # fmt: skip


async def ask(
    client: Client, url: str, dialogue: Dialogue | None = None, **clocks: float
) -> Whole | ErrorAnswer:
    return await converse(
        client, endpoint(url, **clocks), _classify, dialogue or Dialogue(), hops=1, observe=None
    )


async def read_into(found: bytearray, answer: Answer) -> None:
    while piece := await answer.body.read():
        found += piece


async def whole(answer: Answer) -> bytes:
    found = bytearray()
    await read_into(found, answer)
    return bytes(found)


def telling(*messages: str | bytes, stay: bool = True) -> Talk:
    async def talk(session: Session) -> None:
        await session.take()
        for message in messages:
            await session.peer.send(message)
        while stay:
            await session.take()

    return talk


async def test_messages_become_one_answer_and_the_socket_is_closed_with_it(
    client: Client, sockets: StartSockets
) -> None:
    server = sockets(telling(b"one ", "ask", "note", [b"t", b"wo "], "done", b"late"))
    answer = await ask(client, server.url)
    assert await whole(answer) == b"one two last"
    assert (answer.status, answer.headers) == (101, {"content-type": "x/y"})
    assert answer.timing.first_byte is not None
    assert await whole(answer) == b""
    session = server.sessions[0]
    assert await asyncio.to_thread(session.gone.wait, 10)
    assert (session.got, session.code) == (["hello", "again", "bye"], 1000)
    answer.close()


async def test_answer_that_is_over_waits_for_none_of_its_clocks(
    client: Client, sockets: StartSockets
) -> None:
    server = sockets(telling(b"one ", "done"))
    dialogue = Dialogue(pause=60)
    kept = weakref.ref(dialogue)
    answer = await ask(client, server.url, dialogue, total=60)
    assert await whole(answer) == b"one last"
    del answer, dialogue
    assert await asyncio.to_thread(server.sessions[0].gone.wait, 10)

    def is_freed() -> bool:
        gc.collect()
        return kept() is None

    await eventually(is_freed)


async def test_silence_ends_an_answer_that_has_no_other_end(
    client: Client, sockets: StartSockets
) -> None:
    server = sockets(telling(b"one", "note"))
    began = time.perf_counter()
    answer = await ask(client, server.url, Dialogue(quiet=0.3))
    assert await whole(answer) == b"one"
    assert 0.25 < time.perf_counter() - began < 20, "the idle clock was not waited for"
    assert server.sessions[0].got[-1:] in (["hello"], ["bye"])


async def test_dialogue_speaks_of_its_own_accord_until_the_end(
    client: Client, sockets: StartSockets
) -> None:
    async def talk(session: Session) -> None:
        for _ in range(3):
            await session.take()
        await session.peer.send(b"one")
        await session.peer.close()

    server, dialogue = sockets(talk), Dialogue(pause=0.05)
    answer = await ask(client, server.url, dialogue)
    assert await whole(answer) == b"one"
    assert server.sessions[0].got == ["hello", "tick", "tick"]
    said = dialogue.said
    await asyncio.sleep(0.2)
    assert dialogue.said == said


async def test_close_of_the_endpoint_is_an_end_if_it_is_a_good_one(
    client: Client, sockets: StartSockets
) -> None:
    assert await whole(await ask(client, sockets(telling(b"one", stay=False)).url)) == b"one"


async def _drop(peer: ServerConnection) -> None:
    peer.transport.abort()


async def _leave(peer: ServerConnection) -> None:
    await peer.close(1001)


async def _babble(peer: ServerConnection) -> None:
    peer.transport.write(b"\xff\xff\xff\xff")


async def _fail(peer: ServerConnection) -> None:
    await peer.send("fail")


async def _flood(peer: ServerConnection) -> None:
    await peer.send("x" * (MESSAGE_LIMIT + 1))


async def _wait(peer: ServerConnection) -> None:
    await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("end", "code", "words"),
    [
        (_drop, "upstream_truncated", "closed the connection before the answer's end"),
        (_leave, "upstream_truncated", "closed the session with code 1001"),
        (_babble, "upstream_bad_response", "broke the WebSocket protocol"),
        (_fail, "upstream_bad_response", "an error inside its answer"),
        (_flood, "upstream_bad_response", "too long"),
        (_wait, "upstream_timeout", "idle clock of 0.3 s"),
    ],
)
async def test_what_came_before_a_failure_is_read_first(
    client: Client, sockets: StartSockets, end: Any, code: str, words: str
) -> None:
    async def talk(session: Session) -> None:
        await session.take()
        await session.peer.send(b"one")
        await end(session.peer)
        await session.peer.wait_closed()

    server = sockets(talk)
    answer = await ask(client, server.url, idle=0.3 if end is _wait else 30)
    found = bytearray()
    with pytest.raises(DispatchFailed) as failed:
        await read_into(found, answer)
    assert (found, failed.value.code) == (b"one", code)
    assert words in failed.value.detail
    assert await asyncio.to_thread(server.sessions[0].gone.wait, 10)


@pytest.mark.parametrize("clock", ["first_byte", "total"])
async def test_every_wait_has_a_clock(client: Client, sockets: StartSockets, clock: str) -> None:
    server = sockets(telling("note"))
    with pytest.raises(DispatchFailed) as failed:
        await whole(await ask(client, server.url, **{clock: 0.4}))
    assert (failed.value.code, failed.value.clock) == ("upstream_timeout", clock)
    for session in server.sessions:
        assert await asyncio.to_thread(session.gone.wait, 10)


async def test_total_clock_runs_while_the_reader_is_busy(
    client: Client, sockets: StartSockets
) -> None:
    async def talk(session: Session) -> None:
        while True:
            await session.peer.send(bytes(16_384))

    answer = await ask(client, sockets(talk).url, total=3)

    async def read_slowly() -> None:
        for _ in range(100):
            await answer.body.read()
            await asyncio.sleep(0.1)  # by then there is more, and nothing to wait for

    with pytest.raises(DispatchFailed) as failed:
        await read_slowly()
    assert failed.value.clock == "total"


async def test_refusal_is_an_error_answer(client: Client, upstream: StartUpstream) -> None:
    server = upstream([reply(429, {"why": "busy"}, ("retry-after", "7"))])
    answer = await ask(client, server.url.replace("https", "wss"))
    assert isinstance(answer, ErrorAnswer)
    assert (answer.status, answer.headers["retry-after"]) == (429, "7")
    assert json.loads(answer.content) == {"why": "busy"}
    answer.close()


async def test_answer_comes_as_fast_as_its_endpoint_sends(
    client: Client, sockets: StartSockets
) -> None:
    """Sound is made much faster than it is played."""
    server = sockets(telling(*[bytes(16_384)] * 100, "done"))
    answer = await ask(client, server.url)
    began = time.perf_counter()
    assert len(await whole(answer)) > 1_600_000
    assert time.perf_counter() - began < 20, "it is played for 50 s"


async def test_reader_that_is_slow_stops_the_endpoint(
    client: Client, sockets: StartSockets
) -> None:
    sent = 0

    async def talk(session: Session) -> None:
        nonlocal sent
        await session.take()
        while True:
            await session.peer.send(bytes(16_384))
            sent += 16_384

    answer = await ask(client, sockets(talk).url)
    assert await answer.body.read()
    assert await settled(lambda: sent) < 16 * 1024 * 1024
    piece = await answer.body.read()
    assert HELD <= len(piece) < 4 * HELD
    assert await answer.body.read()
    answer.close()


async def test_whoever_stops_waiting_closes_the_socket(
    client: Client, sockets: StartSockets
) -> None:
    server = sockets(telling("note"))
    answer = await ask(client, server.url)
    waiting = asyncio.create_task(answer.body.read())
    await asyncio.sleep(0.1)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    session = server.sessions[0]
    assert await asyncio.to_thread(session.gone.wait, 10)
    assert session.code == 1001


async def test_endpoint_that_does_not_read_is_not_read(
    client: Client, sockets: StartSockets
) -> None:
    """Else what it is answered with would pile up."""
    asked = 0

    async def talk(session: Session) -> None:
        nonlocal asked
        await session.take()
        session.peer.transport.pause_reading()
        while True:
            await session.peer.send("ask much")
            asked += 1

    answer = await ask(client, sockets(talk).url, first_byte=60)
    waiting = asyncio.create_task(answer.body.read())
    await settled(lambda: asked)
    assert not waiting.done()
    waiting.cancel()
    await asyncio.wait([waiting])
