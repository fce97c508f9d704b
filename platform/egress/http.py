"""One HTTP/1.1 exchange or WebSocket with a tenant's endpoint, through the guarded door."""

import asyncio
import time
from functools import lru_cache

from egress.connect import Door
from egress.connection import Connection
from egress.errors import TimedOut, Truncated
from egress.exchange import Clocks, ExchangeTiming, Request
from egress.head import encode_head
from egress.lookups import Lookup
from egress.policy import Policy
from egress.pool import Pool, PoolKey
from egress.resolve import Resolver, system_lookup
from egress.response import Push, Response
from egress.urls import CheckedUrl, check_url
from egress.websocket import Opener, WebSocket, WebSocketRefused

__all__ = [
    "Client",
    "Clocks",
    "ExchangeTiming",
    "Push",
    "Request",
    "Response",
    "WebSocket",
    "WebSocketRefused",
]

SCHEMES = ("https",)
SOCKET_SCHEMES = ("wss",)
SWEEP_EVERY = 5.0
READ_SIZE = 64 * 1024


class Client:
    """Sends requests; owns the pools. One per process and event loop."""

    def __init__(self, policy: Policy, *, lookup: Lookup = system_lookup) -> None:
        self._resolver = Resolver(policy, lookup)
        self._door = Door(policy, self._resolver)
        self._pools: dict[PoolKey, Pool] = {}
        self._buffer = memoryview(bytearray(READ_SIZE))
        self._sweeper: asyncio.TimerHandle | None = None
        # The rules look at the text and the policy alone, so a URL that kept them keeps them.
        self._check = lru_cache(4096)(
            lambda url: check_url(url, schemes=SCHEMES, policy=policy),
        )
        self._check_socket = lru_cache(4096)(
            lambda url: check_url(url, schemes=SOCKET_SCHEMES, policy=policy),
        )
        self._opener = Opener(self._door, self._buffer)

    async def send(self, request: Request) -> Response:
        """The response once its head is there. Raises `EgressError`; cancelling closes all.

        A kept connection that the endpoint closed before any byte of its answer is replaced once
        by a fresh one for a GET. A POST is never sent twice: the endpoint may have acted on it.
        """
        loop = asyncio.get_running_loop()
        timing = ExchangeTiming(time.perf_counter())
        total_at = loop.time() + request.clocks.total
        url: CheckedUrl = self._check(request.url)
        head = encode_head(request, url)
        pool = self._pool(PoolKey(request.pool, url.scheme, url.host, url.port), loop)
        kept = pool.take()
        if kept is not None:
            try:
                return await _exchange(kept, request, head, timing, total_at)
            except Truncated as error:
                if error.category != "no_answer" or request.method != "GET":
                    raise
                timing.attempts += 1
        connection = await self._open(pool, url, request, total_at)
        return await _exchange(connection, request, head, timing, total_at)

    async def open_socket(self, request: Request) -> WebSocket | WebSocketRefused:
        """A WebSocket, or the status and body of an endpoint that refuses it.

        Raises `EgressError`; cancelling closes all. The socket belongs to the caller from then on.
        """
        return await self._opener.open(request, self._check_socket(request.url))

    async def aclose(self) -> None:
        """Closes all connections, those in use too. The client cannot be used afterwards."""
        if self._sweeper is not None:
            self._sweeper.cancel()
        for pool in self._pools.values():
            pool.close()
        await self._opener.aclose()
        self._resolver.close()
        await asyncio.sleep(0)  # lets the loop close the sockets

    def _pool(self, key: PoolKey, loop: asyncio.AbstractEventLoop) -> Pool:
        pool = self._pools.get(key)
        if pool is None:
            pool = self._pools[key] = Pool(loop, self._buffer)
            if self._sweeper is None:
                self._sweeper = loop.call_later(SWEEP_EVERY, self._sweep, loop)
        return pool

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        """Runs only while there are pools."""
        now = loop.time()
        self._pools = {key: pool for key, pool in self._pools.items() if not pool.sweep(now)}
        self._sweeper = loop.call_later(SWEEP_EVERY, self._sweep, loop) if self._pools else None

    async def _open(
        self, pool: Pool, url: CheckedUrl, request: Request, total_at: float
    ) -> Connection:
        clocks = request.clocks
        owner = request.pool[0] if request.pool else ""

        async def opening(connection: Connection) -> None:
            connected = await self._door.open_socket(url, owner, clocks.connect)
            await self._door.secure(connected, url, connection, clocks.tls)

        try:
            async with asyncio.timeout_at(total_at) as total:
                return await pool.fresh(opening, clocks.connect)
        except TimeoutError:
            if total.expired():
                raise TimedOut("total", clocks.total) from None
            raise TimedOut("connect", clocks.connect) from None


async def _exchange(
    connection: Connection, request: Request, head: bytes, timing: ExchangeTiming, total_at: float
) -> Response:
    timing.connected = time.perf_counter()
    timing.reused = connection.used
    loop = asyncio.get_running_loop()
    response = Response(loop, request.clocks, timing, connection, connection.alarm, total_at)
    try:
        await connection.send(response, head, request.body)
        timing.sent = time.perf_counter()
        await response.until_head()
    except BaseException:
        response.close()
        raise
    return response
