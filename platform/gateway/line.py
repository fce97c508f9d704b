"""A waiting line with few places, in which nobody's many stand before another's one."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class LineFull(Exception):
    """So many wait, of this owner or of all, that one more would only wait in vain."""


class Line:
    """`places` at once, `per_owner` of one owner; the owners that wait take turns.

    At most `most` wait, and `most_of_one` of one owner.
    """

    def __init__(self, places: int, per_owner: int, *, most: int, most_of_one: int) -> None:
        self._places = places
        self._per_owner = per_owner
        self._most = most
        self._most_of_one = most_of_one
        self._inside: dict[str, int] = {}
        self._turns: dict[str, deque[asyncio.Future[None]]] = {}
        self.inside = 0
        self.waiting = 0

    @asynccontextmanager
    async def turn(self, owner: str, seconds: float) -> AsyncIterator[None]:
        """A place, for as long as the context lasts. Raises `LineFull`, and `TimeoutError` after
        so many seconds of waiting."""
        if self._has_room_for(owner):
            self._enter(owner)
        else:
            async with asyncio.timeout(seconds):
                await self._wait(owner)
        try:
            yield
        finally:
            self.leave(owner)

    def leave(self, owner: str) -> None:
        self.inside -= 1
        self._inside[owner] -= 1
        if not self._inside[owner]:
            del self._inside[owner]
        self._call_next()

    def _has_room_for(self, owner: str) -> bool:
        return self.inside < self._places and self._inside.get(owner, 0) < self._per_owner

    def _enter(self, owner: str) -> None:
        self.inside += 1
        self._inside[owner] = self._inside.get(owner, 0) + 1

    async def _wait(self, owner: str) -> None:
        if self.waiting >= self._most or len(self._turns.get(owner, ())) >= self._most_of_one:
            raise LineFull
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._turns.setdefault(owner, deque()).append(turn)
        self.waiting += 1
        try:
            await turn
        except BaseException:
            if turn.cancelled():
                self._give_up(owner, turn)
            else:  # called in the very moment of leaving: the place is the next one's
                self.leave(owner)
            raise

    def _give_up(self, owner: str, turn: asyncio.Future[None]) -> None:
        """It may have been passed over already."""
        turns = self._turns.get(owner)
        if turns is None or turn not in turns:
            return
        self.waiting -= 1
        turns.remove(turn)
        if not turns:
            del self._turns[owner]

    def _call_next(self) -> None:
        """The first owner in line that has not its share; it then stands at the end.

        Who gives up in this very step of the event loop is passed over.
        """
        while (owner := self._next()) is not None:
            turns = self._turns.pop(owner)
            turn = turns.popleft()
            if turns:
                self._turns[owner] = turns
            self.waiting -= 1
            if not turn.done():
                self._enter(owner)
                turn.set_result(None)
                return

    def _next(self) -> str | None:
        return next((each for each in self._turns if self._has_room_for(each)), None)
