"""Snapshots of database rows in memory: bounded, loaded once, dropped when they change."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Generic, TypeVar

from django.db import close_old_connections

V = TypeVar("V")

MISSING_SECONDS = 2.0
LOAD_SECONDS = 5.0
MOST_LOADING = 1_000  # a database that hangs must not fill memory with those who wait for it


class Snapshots(Generic[V]):
    """The newest `size` values of `load`, by key.

    A key that `load` knows nothing of is remembered for two seconds, so that guessing costs few
    queries. A value whose key was dropped while it was being loaded goes to those who had asked
    before the drop and is not kept.
    """

    __slots__ = ("_executor", "_load", "_loading", "_missing", "_size", "_values")

    def __init__(self, load: Callable[[str], V | None], size: int, executor: Executor) -> None:
        self._load = load
        self._size = size
        self._executor = executor
        self._values: dict[str, V] = {}
        self._missing: dict[str, float] = {}
        self._loading: dict[str, asyncio.Task[V | None]] = {}

    def __len__(self) -> int:
        return len(self._values)

    async def get(self, key: str) -> V | None:
        """Raises what `load` raises, and `TimeoutError`; then nothing is remembered."""
        value = self._values.pop(key, None)
        if value is not None:
            self._values[key] = value
            return value
        if self._missing.get(key, 0.0) > time.monotonic():
            return None
        task = self._loading.get(key)
        if task is None:
            if len(self._loading) >= MOST_LOADING:
                raise TimeoutError
            task = self._loading[key] = asyncio.ensure_future(self._fill(key))
        async with asyncio.timeout(LOAD_SECONDS):
            return await asyncio.shield(task)

    def drop(self, key: str) -> None:
        self._values.pop(key, None)
        self._missing.pop(key, None)
        self._loading.pop(key, None)

    def drop_where(self, test: Callable[[V], bool]) -> None:
        """Drops what `test` says, and, since nobody knows what they will be, all loads."""
        for key in [key for key, value in self._values.items() if test(value)]:
            del self._values[key]
        self._loading.clear()

    def clear(self) -> None:
        self._values.clear()
        self._missing.clear()
        self._loading.clear()

    async def _fill(self, key: str) -> V | None:
        me = asyncio.current_task()
        try:
            value = await in_thread(self._executor, self._load, key)
        finally:
            wanted = self._loading.get(key) is me
            if wanted:
                del self._loading[key]
        if wanted:
            self._keep(key, value)
        return value

    def _keep(self, key: str, value: V | None) -> None:
        if value is None:
            self._missing[key] = time.monotonic() + MISSING_SECONDS
            _trim(self._missing, self._size)
        else:
            self._values[key] = value
            _trim(self._values, self._size)


def _trim(mapping: dict[str, V], size: int) -> None:
    if len(mapping) > size:
        del mapping[next(iter(mapping))]


T = TypeVar("T")


async def in_thread(executor: Executor, function: Callable[..., T], *args: object) -> T:
    """Runs a function that uses the database on a thread of `executor`."""

    def run() -> T:
        close_old_connections()
        try:
            return function(*args)
        finally:
            close_old_connections()

    return await asyncio.get_running_loop().run_in_executor(executor, run)
