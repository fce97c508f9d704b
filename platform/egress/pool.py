"""The connections to one origin for one owner: few, short-lived, never shared with others."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from egress.connection import Connection

MAX_CONNECTIONS = 256
MAX_IDLE = 128
MAX_LIFE = 300.0
IDLE_LIMIT = 60.0
SHORTEST_LESSON = 1.0


class PoolKey(NamedTuple):
    """Nothing that differs in any of these may ever travel over the same connection."""

    owner: tuple[str, ...]
    scheme: str
    host: str
    port: int


class Pool:
    """Hands out connections, at most `MAX_CONNECTIONS` at once; the others wait their turn.

    An idle connection is dropped before the server is likely to: after `Keep-Alive: timeout`, or
    after four fifths of the shortest idle time at which this server was seen to hang up.
    """

    __slots__ = ("_alive", "_buffer", "_idle", "_limit", "_loop", "_open", "_waiting", "used_at")

    def __init__(self, loop: asyncio.AbstractEventLoop, buffer: memoryview) -> None:
        self._loop = loop
        self._buffer = buffer
        self._idle: deque[Connection] = deque()
        self._waiting: deque[asyncio.Future[Connection | None]] = deque()
        self._alive: set[Connection] = set()
        self._open = 0
        self._limit = IDLE_LIMIT
        self.used_at = loop.time()

    def take(self) -> Connection | None:
        """An idle connection that is believed to live, the one used last."""
        now = self.used_at = self._loop.time()
        while self._idle:
            connection = self._idle.pop()
            if not self._is_fresh(connection, now):
                _drop(connection)
            elif connection.is_stale():
                connection.abort()
            else:
                connection.free_since = None
                return connection
        return None

    async def fresh(
        self, opening: Callable[[Connection], Awaitable[None]], seconds: float
    ) -> Connection:
        """A connection made by `opening`, or one that came free meanwhile. Raises `TimeoutError`
        after waiting so many seconds for a free place, and whatever `opening` raises."""
        if self._open >= MAX_CONNECTIONS:
            given = await self._turn(seconds)
            if given is not None:
                return given
        else:
            self._open += 1
        connection = Connection(self._buffer, self._loop, self)
        try:
            await opening(connection)
        except BaseException:
            connection.abort()
            raise
        return connection

    async def _turn(self, seconds: float) -> Connection | None:
        """A connection, or `None`: one of the counted places for a new one."""
        turn: asyncio.Future[Connection | None] = self._loop.create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(seconds):
                return await turn
        except BaseException:
            if turn.done() and not turn.cancelled():
                self._pass_on(turn.result())
            raise

    def _pass_on(self, connection: Connection | None) -> None:
        """What was given to a waiter that left in the same moment goes to the next."""
        if connection is None:
            self._left()
        else:
            self.came_free(connection)

    def _next(self, connection: Connection | None) -> bool:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(connection)
                return True
        return False

    def came_free(self, connection: Connection) -> None:
        now = self._loop.time()
        if not self._is_fresh(connection, now):
            connection.abort()
        elif not self._next(connection):
            connection.free_since = now
            self._idle.append(connection)
            if len(self._idle) > MAX_IDLE:
                _drop(self._idle.popleft())

    def was_made(self, connection: Connection) -> None:
        self._alive.add(connection)

    def was_lost(self, connection: Connection) -> None:
        self._alive.discard(connection)
        if connection.free_since is not None:
            self._learn(self._loop.time() - connection.free_since)
            if connection in self._idle:
                self._idle.remove(connection)
        self._left()

    def _left(self) -> None:
        """A place is free: the next in line gets it, or nobody."""
        if not self._next(None):
            self._open -= 1

    def _learn(self, idle: float) -> None:
        """A hang-up after less than a second says more about a restart than about a limit."""
        if idle >= SHORTEST_LESSON:
            self._limit = min(self._limit, idle * 0.8)

    def _is_fresh(self, connection: Connection, now: float) -> bool:
        if now - connection.born > MAX_LIFE:
            return False
        since = connection.free_since
        limit = min(self._limit, connection.idle_hint - 0.5)
        return since is None or now - since < limit

    def sweep(self, now: float) -> bool:
        """Drops idle connections that are too old. Whether the pool may be forgotten."""
        for connection in [each for each in self._idle if not self._is_fresh(each, now)]:
            self._idle.remove(connection)
            _drop(connection)
        return self._open == 0 and not self._waiting and now - self.used_at > MAX_LIFE

    def close(self) -> None:
        self._idle.clear()
        for connection in list(self._alive):
            if connection.response is not None:
                connection.response.close()
            _drop(connection)


def _drop(connection: Connection) -> None:
    """Closes an idle connection of our own will, so that nothing is learned from its end."""
    connection.free_since = None
    connection.abort()
