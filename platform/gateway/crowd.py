"""Callers' connections: who must go when there is no room for more."""

import time
from collections.abc import Callable, Hashable
from itertools import takewhile
from typing import Generic, TypeVar

C = TypeVar("C", bound=Hashable)


class Crowd(Generic[C]):
    """Knows those that are in no request: `silent` have made none yet, `resting` have.

    A connection in a request is never given up for a new one. `turned_away` counts who had to go.
    """

    __slots__ = ("_clock", "_resting", "_silent", "limit", "turned_away")

    def __init__(self, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.limit = limit
        self.turned_away = 0
        self._clock = clock
        self._silent: dict[C, None] = {}
        self._resting: dict[C, float] = {}

    def came(self, connection: C, count: int) -> C | None:
        """Who must go for it, if somebody must: the longest silent, else the longest resting.

        It is the new one itself when all others are busy. `count` are all, with it.
        """
        self._silent[connection] = None
        if count <= self.limit:
            return None
        self.turned_away += 1
        first = next(iter(self._silent))
        if first is connection and self._resting:
            first = next(iter(self._resting))
        self.forget(first)
        return first

    def rests(self, connection: C) -> None:
        self._resting[connection] = self._clock()

    def rested(self, seconds: float) -> list[C]:
        """Those that have been resting for so long, the longest first."""
        until = self._clock() - seconds
        return [each for each, _ in takewhile(lambda pair: pair[1] <= until, self._resting.items())]

    def forget(self, connection: C) -> None:
        """It is in a request, or gone."""
        self._silent.pop(connection, None)
        self._resting.pop(connection, None)
