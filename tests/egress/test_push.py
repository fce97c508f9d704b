"""A piece that comes while a reader waits may be taken at once; nothing is lost or doubled."""

import asyncio
from collections.abc import Callable

import pytest

from egress.errors import TimedOut, Truncated
from egress.http import Client, Clocks, Response
from tests.egress.conftest import Ask, Pass, by_its_clock
from tests.upstreams import Close, Seen, Send, Stall, Until, Wait, chunk, eventually, head
from tests.upstreams.fixtures import StartUpstream
from tests.upstreams.script import Step

HEAD = Send(head(200, ("transfer-encoding", "chunked")))
END = Send(chunk(b""))


def spaced(*pieces: bytes) -> list[Step]:
    return [step for piece in pieces for step in (Wait(0.05), Send(chunk(piece)))]


def one_by_one(taker: "Taker", *pieces: bytes) -> Callable[[Seen], list[Step]]:
    """Each is sent when all before it have come out."""

    def script(seen: Seen) -> list[Step]:
        before, steps = len(taker.out), [HEAD, Until(lambda: taker.draining)]
        for at, piece in enumerate(pieces):
            steps.append(Until(lambda count=before + at: len(taker.out) == count))  # type: ignore[misc]
            steps.append(Send(chunk(piece)))
        return [*steps, END]

    return script


class Taker:
    """Takes what is not in `leaves`; keeps everything in the order in which it came out."""

    def __init__(self, *leaves: bytes) -> None:
        self.leaves = leaves
        self.draining = False
        self.taken: list[bytes] = []
        self.out: list[bytes] = []

    def push(self, piece: bytes) -> bool:
        if piece in self.leaves:
            return False
        self.taken.append(piece)
        self.out.append(piece)
        return True

    async def drain(self, response: Response) -> None:
        self.draining = True
        while piece := await response.read(self.push):
            self.out.append(piece)
        self.draining = False


async def test_what_is_taken_is_not_read_and_the_rest_is_read_in_order(
    client: Client, upstream: StartUpstream, ask: Ask
) -> None:
    pieces = [b"a", b"b", b"C", b"d", b"E", b"f"]
    taker = Taker(b"C", b"E")
    server = upstream(one_by_one(taker, *pieces))
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
    taker = Taker(b"TWO")
    rest = [Until(lambda: taker.out), Wait(0.05), Send(together), END]
    server = upstream([HEAD, Send(chunk(b"early")), *rest])
    response = await client.send(ask(server.url))
    await eventually(lambda: response._size)
    await taker.drain(response)
    assert taker.out == [b"early", b"one", b"TWOthree"]
    assert taker.taken == [b"one"]


async def test_a_later_read_without_push_gets_everything(
    client: Client, upstream: StartUpstream, ask: Ask
) -> None:
    taker = Taker(b"B")
    left: list[bytes] = []
    first = [Wait(0.05), Send(chunk(b"a")), Until(lambda: taker.taken), Send(chunk(b"B"))]
    server = upstream([HEAD, *first, Until(lambda: left), Send(chunk(b"c")), END])
    response = await client.send(ask(server.url))
    left.append(await response.read(taker.push))
    assert left == [b"B"]
    assert await response.read() == b"c"
    assert taker.taken == [b"a"]


@by_its_clock
async def test_each_piece_taken_begins_the_idle_clock_anew(
    client: Client, upstream: StartUpstream, ask: Ask, passes: Pass
) -> None:
    count = 0
    steps = [
        step
        for number in range(1, 5)
        for step in (Until(lambda least=number: count >= least), Send(chunk(b"x")))  # type: ignore[misc]
    ]
    server = upstream([HEAD, *steps, Stall()])
    response = await client.send(ask(server.url, clocks=Clocks(idle=40)))
    taker = Taker()
    reading = asyncio.create_task(taker.drain(response))
    for count in range(1, 5):
        await eventually(lambda: len(taker.taken) == count)  # noqa: B023 - it is waited for here
        await passes(20)
    assert not reading.done()
    await passes(25)
    with pytest.raises(TimedOut, match="idle"):
        await reading


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
    await eventually(lambda: taker.taken)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    seen = len(taker.taken)
    assert seen > 0
    await asyncio.sleep(0.2)
    assert len(taker.taken) == seen
