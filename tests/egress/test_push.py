"""A piece that comes while a reader waits may be taken at once; nothing is lost or doubled."""

import asyncio
import time

import pytest

from egress.errors import TimedOut, Truncated
from egress.http import Client, Clocks, Response
from tests.egress.conftest import Ask
from tests.upstreams import Close, Send, Stall, Wait, chunk, head
from tests.upstreams.fixtures import StartUpstream
from tests.upstreams.script import Step

HEAD = Send(head(200, ("transfer-encoding", "chunked")))
END = Send(chunk(b""))


def spaced(*pieces: bytes) -> list[Step]:
    return [step for piece in pieces for step in (Wait(0.05), Send(chunk(piece)))]


class Taker:
    """Takes what is not in `leaves`; keeps everything in the order in which it came out."""

    def __init__(self, *leaves: bytes) -> None:
        self.leaves = leaves
        self.taken: list[bytes] = []
        self.out: list[bytes] = []

    def push(self, piece: bytes) -> bool:
        if piece in self.leaves:
            return False
        self.taken.append(piece)
        self.out.append(piece)
        return True

    async def drain(self, response: Response) -> None:
        while piece := await response.read(self.push):
            self.out.append(piece)


async def test_what_is_taken_is_not_read_and_the_rest_is_read_in_order(
    client: Client, upstream: StartUpstream, ask: Ask
) -> None:
    pieces = [b"a", b"b", b"C", b"d", b"E", b"f"]
    server = upstream([HEAD, *spaced(*pieces), END])
    taker = Taker(b"C", b"E")
    for number in range(2):
        response = await client.send(ask(server.url))
        await taker.drain(response)
        assert taker.out == pieces * (number + 1)
        assert response.timing.reused is (number == 1)
    assert taker.taken == [b"a", b"b", b"d", b"f"] * 2


async def test_nothing_is_pushed_while_nobody_waits_or_past_a_piece_that_was_left(
    client: Client, upstream: StartUpstream, ask: Ask
) -> None:
    together = chunk(b"one") + chunk(b"TWO") + chunk(b"three")
    server = upstream([HEAD, Send(chunk(b"early")), Wait(0.1), Send(together), END])
    taker = Taker(b"TWO")
    response = await client.send(ask(server.url))
    await asyncio.sleep(0.05)
    await taker.drain(response)
    assert taker.out == [b"early", b"one", b"TWOthree"]
    assert taker.taken == [b"one"]


async def test_a_later_read_without_push_gets_everything(
    client: Client, upstream: StartUpstream, ask: Ask
) -> None:
    server = upstream([HEAD, *spaced(b"a", b"B", b"c"), END])
    taker = Taker(b"B")
    response = await client.send(ask(server.url))
    assert await response.read(taker.push) == b"B"
    assert await response.read() == b"c"
    assert taker.taken == [b"a"]


async def test_each_piece_taken_begins_the_idle_clock_anew(
    client: Client, upstream: StartUpstream, ask: Ask
) -> None:
    server = upstream([HEAD, *[Wait(0.2), Send(chunk(b"x"))] * 4, Stall()])
    response = await client.send(ask(server.url, clocks=Clocks(idle=0.4)))
    taker, began = Taker(), time.monotonic()
    with pytest.raises(TimedOut, match="idle"):
        await taker.drain(response)
    assert len(taker.taken) == 4
    assert 1.1 < time.monotonic() - began < 2.5


async def test_a_cut_after_pieces_that_were_taken_is_told(
    client: Client, upstream: StartUpstream, ask: Ask
) -> None:
    server = upstream([HEAD, *spaced(b"a", b"b"), Close()])
    response = await client.send(ask(server.url))
    taker = Taker()
    with pytest.raises(Truncated):
        await taker.drain(response)
    assert taker.taken == [b"a", b"b"]


async def test_a_cancelled_reader_is_pushed_nothing_more(
    client: Client, upstream: StartUpstream, ask: Ask
) -> None:
    server = upstream([HEAD, *spaced(*[b"x"] * 20), END])
    response = await client.send(ask(server.url))
    taker = Taker()
    reading = asyncio.create_task(taker.drain(response))
    await asyncio.sleep(0.2)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    seen = len(taker.taken)
    assert seen > 0
    await asyncio.sleep(0.2)
    assert len(taker.taken) == seen
