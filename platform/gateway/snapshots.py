"""Snapshots of database rows in memory: bounded, loaded once, dropped when they change."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Generic, TypeVar

from django.db import DatabaseError, close_old_connections

from gateway.line import Line

T = TypeVar("T")
V = TypeVar("V")

MISSING_SECONDS = 2.0
LOAD_SECONDS = 5.0
LOADS = 2  # at once; a stranger's guesses must leave the database's threads to others
LOADS_OF_ONE = 1
MOST_LOADING = 1_000  # a database that hangs must not fill memory with those who wait for it
MOST_LOADING_OF_ONE = 250
STAND_IN_SECONDS = 600.0
STAND_IN_AFTER = 0.5  # a database that hangs must not hold up a call for long


class Snapshots(Generic[V]):
    """The newest `size` values of `load`, by key.

    A key that `load` knows nothing of is remembered for two seconds, so that guessing costs few
    queries. A value whose key was dropped while it was being loaded goes to those who had asked
    before the drop and is not kept. Loads are made in an owner's name, and owners take turns: who
    asks for many unknown keys waits for its own, and nobody waits for another one's.

    With `stand_in`, a dropped value goes on serving while the database is away, for ten minutes at
    most: for what may be a little old, not for what gives access.
    """

    __slots__ = (
        "_dropped", "_executor", "_line", "_load", "_loading", "_missing", "_size", "_stand_in",
        "_values",
    )  # fmt: skip

    def __init__(
        self,
        load: Callable[[str], V | None],
        size: int,
        executor: Executor,
        *,
        stand_in: bool = False,
    ) -> None:
        self._load = load
        self._stand_in = stand_in
        self._dropped: dict[str, tuple[V, float]] = {}
        self._size = size
        self._executor = executor
        self._values: dict[str, V] = {}
        self._missing: dict[str, float] = {}
        self._loading: dict[str, dict[str, asyncio.Task[V | None]]] = {}  # by key and owner
        self._line = Line(
            LOADS, LOADS_OF_ONE, most=MOST_LOADING - LOADS, most_of_one=MOST_LOADING_OF_ONE
        )

    def __len__(self) -> int:
        return len(self._values)

    def peek(self, key: str) -> V | None:
        """The value, if it is in memory: what most calls find, without a wait."""
        value = self._values.pop(key, None)
        if value is not None:
            self._values[key] = value
        return value

    async def get(self, key: str, owner: str = "") -> V | None:
        """Raises what `load` raises, `TimeoutError` and `LineFull`; then nothing is remembered."""
        value = self.peek(key)
        if value is not None:
            return value
        if self._missing.get(key, 0.0) > time.monotonic():
            return None
        loads = self._loading.setdefault(key, {})
        task = loads.get(owner)
        if task is None:
            task = loads[owner] = asyncio.ensure_future(self._fill(key, owner))
            task.add_done_callback(_hear)
        old = self._old(key)
        try:
            async with asyncio.timeout(LOAD_SECONDS if old is None else STAND_IN_AFTER):
                return await asyncio.shield(task)
        except (DatabaseError, TimeoutError):
            if old is None:
                raise
            return old

    def _old(self, key: str) -> V | None:
        value, until = self._dropped.get(key, (None, 0.0))
        return value if until > time.monotonic() else None

    def drop(self, key: str) -> None:
        self._set_aside(key)
        self._missing.pop(key, None)
        self._loading.pop(key, None)

    def drop_where(self, test: Callable[[V], bool]) -> None:
        """Drops what `test` says, and, since nobody knows what they will be, all loads."""
        for key in [key for key, value in self._values.items() if test(value)]:
            self._set_aside(key)
        self._loading.clear()

    def _set_aside(self, key: str) -> None:
        value = self._values.pop(key, None)
        if value is not None and self._stand_in:
            self._dropped[key] = (value, time.monotonic() + STAND_IN_SECONDS)
            _trim(self._dropped, self._size)

    def clear(self) -> None:
        self._values.clear()
        self._dropped.clear()
        self._missing.clear()
        self._loading.clear()

    async def _fill(self, key: str, owner: str) -> V | None:
        me = asyncio.current_task()
        try:
            async with self._line.turn(owner, LOAD_SECONDS):
                value = await in_thread(self._executor, self._load, key)
        finally:
            loads = self._loading.get(key, {})
            wanted = loads.get(owner) is me
            if wanted:
                del loads[owner]
                if not loads:
                    del self._loading[key]
        if wanted:
            self._keep(key, value)
        return value

    def _keep(self, key: str, value: V | None) -> None:
        self._dropped.pop(key, None)
        if value is None:
            self._missing[key] = time.monotonic() + MISSING_SECONDS
            _trim(self._missing, self._size)
        else:
            self._values[key] = value
            _trim(self._values, self._size)


def _hear(task: "asyncio.Task[V | None]") -> None:
    """A load that fails after all who asked have gone is no news for the log."""
    if not task.cancelled():
        task.exception()


def _trim(mapping: dict[str, T], size: int) -> None:
    if len(mapping) > size:
        del mapping[next(iter(mapping))]


async def in_thread(executor: Executor, function: Callable[..., T], *args: object) -> T:
    """Runs a function that uses the database on a thread of `executor`."""

    def run() -> T:
        close_old_connections()
        try:
            return function(*args)
        finally:
            close_old_connections()

    return await asyncio.get_running_loop().run_in_executor(executor, run)
