"""How this process learns that a snapshot of its is out of date."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from datetime import timedelta

import redis.asyncio
import structlog
from django.db import Error as DatabaseError
from redis.exceptions import RedisError

from gateway.snapshots import in_thread
from tenants import changes

log = structlog.get_logger(__name__)

POLL_SECONDS = 1.0
RECONNECT_SECONDS = 5.0

Apply = Callable[[str, str, str], Awaitable[None]]


class ChangeFeed:
    """Polls the feed each second, and at once when Redis says that something is in it.

    While the database is down the polls fail and memory goes on serving: nothing can change there
    either. The first poll that works again looks back over the whole gap.
    """

    __slots__ = ("_apply", "_executor", "_redis_url", "_seen", "_told", "_wake", "polled")

    def __init__(self, apply: Apply, executor: Executor, redis_url: str) -> None:
        self._apply = apply
        self._executor = executor
        self._redis_url = redis_url
        self._seen: set[int] = set()
        self._told = False
        self._wake = asyncio.Event()
        self.polled = time.monotonic()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._poll_forever())
            if self._redis_url:
                group.create_task(self._listen_forever())

    async def poll(self) -> None:
        """Applies what is new. Raises `DatabaseError`."""
        began = time.monotonic()
        window = changes.WINDOW + timedelta(seconds=began - self.polled)
        notices = await in_thread(self._executor, changes.recent, window)
        for number, kind, object_id, tenant_id in notices:
            if number not in self._seen:
                await self._apply(kind, object_id, tenant_id)
        self._seen = {notice[0] for notice in notices}
        self.polled = began

    async def _poll_forever(self) -> None:
        while True:
            self._wake.clear()
            try:
                await self.poll()
                self._told = False
            except DatabaseError as error:
                if not self._told:
                    log.warning("changes.poll_failed", error=type(error).__name__)
                self._told = True
            try:
                async with asyncio.timeout(POLL_SECONDS):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _listen_forever(self) -> None:
        while True:
            try:
                await self._listen()
            except (RedisError, OSError) as error:
                log.warning("changes.redis_lost", error=type(error).__name__, reason=str(error))
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _listen(self) -> None:
        client = redis.asyncio.Redis.from_url(self._redis_url, socket_connect_timeout=2)
        async with client, client.pubsub(ignore_subscribe_messages=True) as feed:
            await feed.subscribe(changes.CHANNEL)
            while True:
                if await feed.get_message(timeout=60.0) is not None:
                    self._wake.set()
