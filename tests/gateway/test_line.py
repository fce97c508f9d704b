"""The waiting line: few inside, everybody's turn comes."""

import asyncio

import pytest

from gateway.line import Line, LineFull


class Club:
    """Notes in which order owners came in; all stay until `close`."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.came: list[str] = []
        self.closed = asyncio.Event()
        self.tasks: list[asyncio.Task[None]] = []

    async def _stay(self, owner: str, seconds: float) -> None:
        async with self.line.turn(owner, seconds):
            self.came.append(owner)
            await self.closed.wait()

    async def ask(self, owners: str, seconds: float = 5) -> None:
        for owner in owners:
            self.tasks.append(asyncio.create_task(self._stay(owner, seconds)))
            await asyncio.sleep(0)
        await asyncio.sleep(0)

    async def close(self) -> list[BaseException | None]:
        self.closed.set()
        return await asyncio.gather(*self.tasks, return_exceptions=True)


def line(places: int = 2, per_owner: int = 1, most: int = 100, most_of_one: int = 50) -> Line:
    return Line(places, per_owner, most=most, most_of_one=most_of_one)


async def test_one_owner_has_its_share_and_another_comes_in_beside() -> None:
    club = Club(line())
    await club.ask("aaaab")
    assert club.came == ["a", "b"]
    assert await club.close() == [None] * 5
    assert (club.line.inside, club.line.waiting) == (0, 0)


async def test_those_who_wait_take_turns_by_owner() -> None:
    club = Club(line(places=1))
    await club.ask("xaaabc")
    await club.close()
    assert "".join(club.came) == "xabcaa"


async def test_more_than_may_wait_are_sent_away() -> None:
    club = Club(line(most=4, most_of_one=2))
    await club.ask("aaaabbbbcc")
    ended = await club.close()
    assert [type(each) is LineFull for each in ended] == [
        False, False, False, True, False, False, False, True, True, True,
    ]  # fmt: skip


async def test_who_waits_too_long_or_gives_up_leaves_no_trace() -> None:
    club = Club(line(places=1))
    await club.ask("x")
    await club.ask("ab", seconds=0.02)
    club.tasks[1].cancel()
    await asyncio.sleep(0.04)
    assert club.line.waiting == 0
    await club.ask("c")
    ended = await club.close()
    assert isinstance(ended[1], asyncio.CancelledError)
    assert isinstance(ended[2], TimeoutError)
    assert club.came == ["x", "c"]
    assert (club.line.inside, club.line.waiting) == (0, 0)


async def test_a_place_given_to_one_who_leaves_in_that_moment_goes_to_the_next() -> None:
    one = line(places=1)
    club = Club(one)
    async with one.turn("x", 1):
        await club.ask("ab")
    club.tasks[0].cancel()  # its turn has come, and it does not know yet
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert club.came == ["b"]
    with pytest.raises(asyncio.CancelledError):
        await club.tasks[0]
    await club.close()
    assert one.inside == 0


async def test_a_place_that_comes_free_as_its_next_gives_up_is_not_lost() -> None:
    club = Club(line(places=1))
    await club.ask("abbc")
    club.closed.set()
    for giving_up in club.tasks[1:3]:
        giving_up.cancel()
    ended = await club.close()
    assert club.came == ["a", "c"]
    assert [type(each) is asyncio.CancelledError for each in ended] == [False, True, True, False]
    assert (club.line.inside, club.line.waiting) == (0, 0)
