"""Callers' connections: who must go when there is no room for more."""

from collections.abc import Hashable
from typing import Generic, TypeVar

C = TypeVar("C", bound=Hashable)


class Crowd(Generic[C]):
    """Knows those that are in no request: `silent` have made none yet, `resting` have.

    A connection in a request is never given up for a new one. `turned_away` counts who had to go.
    """

    __slots__ = ("_resting", "_silent", "limit", "turned_away")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.turned_away = 0
        self._silent: dict[C, None] = {}
        self._resting: dict[C, None] = {}

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
        self._resting[connection] = None

    def forget(self, connection: C) -> None:
        """It is in a request, or gone."""
        self._silent.pop(connection, None)
        self._resting.pop(connection, None)
