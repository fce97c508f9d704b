"""One end of a WebSocket on a real socket, with the bare bytes of its peer."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import NamedTuple, cast

import pytest

from egress.frames import BINARY, CLOSE, PING, PONG, Frame, close_payload, encode
from egress.link import AT_ONCE, CLOSE_SECONDS, PING_SECONDS, STALL_SECONDS, End, Link
from tests.egress.conftest import Pass, by_its_clock

EMPTY = encode(BINARY, b"", masked=True)


class Sink:
    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.ends: list[End] = []
        self.at_end: Callable[[Link], None] = lambda link: None

    def took(self, link: Link, frame: Frame) -> None:
        self.frames.append(frame)

    def room(self, link: Link, free: bool) -> None:
        pass

    def ended(self, link: Link, end: End) -> None:
        self.ends.append(end)
        self.at_end(link)


class Brittle(list[Frame]):
    """Has no room for what comes in a second turn."""

    def append(self, frame: Frame) -> None:
        if len(self) == AT_ONCE:
            raise RuntimeError
        super().append(frame)


class Wire(asyncio.Protocol):
    """What hands a transport's bytes to its link."""

    link: Link
    is_lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.link = Link(cast(asyncio.Transport, transport), client=False)

    def data_received(self, data: bytes) -> None:
        self.link.feed(data)

    def pause_writing(self) -> None:
        self.link.pause_writing()

    def resume_writing(self) -> None:
        self.link.resume_writing()

    def connection_lost(self, error: Exception | None) -> None:
        self.is_lost = True
        self.link.lost()


class Ends(NamedTuple):
    link: Link
    sink: Sink
    peer: socket.socket
    wire: Wire


@pytest.fixture
async def ends() -> AsyncIterator[Ends]:
    near, peer = socket.socketpair()
    loop = asyncio.get_running_loop()
    transport, wire = await loop.create_connection(Wire, sock=near)
    sink = Sink()
    wire.link.start(sink)
    yield Ends(wire.link, sink, peer, wire)
    transport.abort()
    peer.close()
    await asyncio.sleep(0)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - sinks are told in the loop, by no event
            await asyncio.sleep(0.001)


async def test_a_flood_of_empty_frames_lets_others_have_their_turn(ends: Ends) -> None:
    count = 20 * AT_ONCE
    steps: list[int] = []

    async def watch() -> None:
        while len(ends.sink.frames) < count:
            steps.append(len(ends.sink.frames))
            await asyncio.sleep(0)

    ends.peer.sendall(EMPTY * count)
    async with asyncio.timeout(5):
        await watch()
    steps.append(len(ends.sink.frames))
    assert max(b - a for a, b in zip(steps, steps[1:], strict=False)) <= AT_ONCE
    assert ends.sink.frames == [Frame(BINARY, b"", True)] * count


async def test_what_is_left_of_a_read_waits_for_nobody_and_keeps_its_place(ends: Ends) -> None:
    numbers = [number.to_bytes(4, "big") for number in range(10 * AT_ONCE)]
    frames = [encode(BINARY, number, masked=True) for number in numbers]
    ends.peer.sendall(b"".join(frames[: 9 * AT_ONCE]))
    await until(lambda: len(ends.sink.frames) >= AT_ONCE)
    ends.link.resume_reading()
    ends.peer.sendall(b"".join(frames[9 * AT_ONCE :]))
    await until(lambda: len(ends.sink.frames) == len(frames))
    assert [frame.payload for frame in ends.sink.frames] == numbers


async def test_a_flood_is_not_gone_on_with_after_its_end(ends: Ends) -> None:
    close = encode(CLOSE, close_payload(1000), masked=True)
    ends.peer.sendall(EMPTY * AT_ONCE + close + EMPTY * AT_ONCE)
    await until(lambda: bool(ends.sink.ends))
    await asyncio.sleep(0.05)
    assert ends.sink.ends == [End("closed", 1000)]
    assert len(ends.sink.frames) == AT_ONCE


async def test_nothing_is_taken_after_the_end(ends: Ends) -> None:
    ends.peer.sendall(EMPTY * (9 * AT_ONCE))
    await until(lambda: len(ends.sink.frames) >= AT_ONCE)
    ends.link.abort()
    taken: list[int] = []
    ends.sink.at_end = lambda link: taken.append(len(ends.sink.frames))
    await until(lambda: bool(ends.sink.ends))
    await asyncio.sleep(0.05)
    assert taken == [len(ends.sink.frames)]
    assert taken[0] < 9 * AT_ONCE


async def test_a_link_that_is_lost_keeps_no_timer(ends: Ends) -> None:
    """Whoever is told of the end may close the link once more, which sets a timer."""
    ends.sink.at_end = lambda link: link.close(1011)
    ends.peer.close()
    await until(lambda: bool(ends.sink.ends))
    assert ends.sink.ends == [End("lost")]
    assert ends.link._timer is None


async def test_a_sink_that_fails_in_a_later_turn_ends_the_connection(ends: Ends) -> None:
    told: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, what: told.append(what))
    ends.sink.frames = Brittle()
    ends.peer.sendall(EMPTY * (2 * AT_ONCE))
    await until(lambda: bool(ends.sink.ends))
    assert ends.sink.ends == [End("lost")]
    assert len(told) == 1


async def test_no_pong_is_said_behind_a_close(ends: Ends) -> None:
    ends.link.put_bytes(b"x" * 4 * 1024 * 1024)
    ends.peer.sendall(encode(PING, b"late", masked=True))
    await asyncio.sleep(0.05)
    ends.link.close(1000)
    ends.peer.setblocking(False)
    got = b""
    async with asyncio.timeout(5):
        while not got.endswith(encode(CLOSE, close_payload(1000))):
            got = got[-64:] + await asyncio.get_running_loop().sock_recv(ends.peer, 65536)
        with suppress(TimeoutError):
            async with asyncio.timeout(0.1):
                got += await asyncio.get_running_loop().sock_recv(ends.peer, 65536)
    assert got.endswith(encode(CLOSE, close_payload(1000)))


def drained(peer: socket.socket, most: int = 1 << 30) -> bytes:
    """What can be read now, so much of it at most."""
    got = b""
    peer.setblocking(False)
    with suppress(BlockingIOError):
        while len(got) < most and (piece := peer.recv(most - len(got))):
            got += piece
    return got


MUCH = b"x" * 4 * 1024 * 1024


@by_its_clock
async def test_a_peer_that_takes_nothing_has_stalled_and_a_slow_one_has_not(
    ends: Ends, passes: Pass
) -> None:
    ends.link.put_bytes(MUCH)
    for _ in range(6):
        drained(ends.peer, 64 * 1024)
        await passes(PING_SECONDS)
    assert ends.sink.ends == []
    for _ in range(round((STALL_SECONDS + 2 * PING_SECONDS) // PING_SECONDS)):
        await passes(PING_SECONDS)
    assert ends.sink.ends == [End("stalled")]
    assert ends.wire.is_lost


async def test_a_peer_that_does_not_read_is_owed_its_newest_pong_alone(ends: Ends) -> None:
    ends.link.put_bytes(MUCH)
    for word in (b"first", b"second", b"third"):
        ends.peer.sendall(encode(PING, word, masked=True))
    await asyncio.sleep(0.05)
    got = b""
    async with asyncio.timeout(5):
        while not got.endswith(encode(PONG, b"third")):
            got = got[-64:] + drained(ends.peer)
            await asyncio.sleep(0)
    assert b"first" not in got
    assert b"second" not in got


@by_its_clock
async def test_a_peer_that_says_nothing_to_a_close_is_waited_for_some_seconds(
    ends: Ends, passes: Pass
) -> None:
    ends.link.close(1000)
    await passes(CLOSE_SECONDS / 2)
    assert not ends.wire.is_lost
    await passes(CLOSE_SECONDS)
    assert ends.wire.is_lost


@by_its_clock
async def test_a_peer_that_takes_no_last_word_is_waited_for_some_seconds(
    ends: Ends, passes: Pass
) -> None:
    ends.link.put_bytes(MUCH)
    ends.peer.sendall(encode(CLOSE, close_payload(1000), masked=True))
    await until(lambda: bool(ends.sink.ends))
    ends.link.close(1000)
    await passes(CLOSE_SECONDS / 2)
    assert not ends.wire.is_lost
    await passes(CLOSE_SECONDS)
    assert ends.wire.is_lost
