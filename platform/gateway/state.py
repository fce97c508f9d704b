"""All that one gateway process holds in memory, and the tasks that keep it true."""

import asyncio
import resource
import time
from concurrent.futures import ThreadPoolExecutor

import structlog
from django.conf import settings
from django.db import Error as DatabaseError

from egress.http import Client
from endpoints.policy import policy
from gateway import routes, strangers
from gateway.admission import Admission
from gateway.authentication import Authentication
from gateway.changes import ChangeFeed
from gateway.crowd import Crowd
from gateway.figures import Figures
from gateway.live import LiveDispatches
from gateway.memory import Memory
from gateway.protocol import Protocol
from gateway.snapshots import LOADS, Snapshots, in_thread
from tenants.selectors import Caller, caller_by_digest
from tenants.services import api_keys_used
from usage.ledger import Ledger

log = structlog.get_logger(__name__)

DATABASE_THREADS = 2 * LOADS + 1  # of keys, of agents, and for changes and the use of keys
THREAD_NAME = "gateway-database"
CALLERS = 50_000
ROUTES = 20_000
MOST_DISPATCHES = 20_000
MOST_CONNECTIONS = 24_000
SWEEP_SECONDS = 5.0
REST_SECONDS = 75.0  # that a caller's connection may be kept without a request
NOTE_USE_SECONDS = 30.0
NOTE_USE_LIMIT = 2.0
REFUSAL_SECONDS = 5.0
SPARE_FILES = 256


def dispatch_limit() -> int:
    """Each dispatch holds two sockets; what is left of the file limit is for all else."""
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return max(1, min(MOST_DISPATCHES, (files - SPARE_FILES) // 2))


def connection_limit() -> int:
    """Callers' sockets; the endpoints' sockets of all dispatches must find room beside them."""
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return max(1, min(MOST_CONNECTIONS, files - SPARE_FILES - dispatch_limit()))


class Gateway:
    """Made once per process, started in the event loop that serves."""

    def __init__(self, ledger: Ledger, client: Client) -> None:
        self.ledger = ledger
        self.client = client
        self.live = LiveDispatches()
        self.admission = Admission(dispatch_limit())
        self.crowd: Crowd[Protocol] = Crowd(connection_limit())
        self.memory = Memory()
        self.figures = Figures(self.admission, ledger, self.crowd)
        self._executor = ThreadPoolExecutor(DATABASE_THREADS, THREAD_NAME)
        self.routes = Snapshots(routes.load, ROUTES, self._executor, stand_in=True)
        self.callers: Snapshots[Caller] = Snapshots(caller_by_digest, CALLERS, self._executor)
        self.authentication = Authentication(self.callers, (settings.SECRET_KEY,))
        self._tasks: list[asyncio.Task[None]] = []
        self._starting = asyncio.Lock()
        self.started = False
        self._refused_usage = -REFUSAL_SECONDS

    def usage_refused(self) -> None:
        """The ledger refused a dispatch, maybe for a fault that it meets only then."""
        self._refused_usage = time.monotonic()

    @property
    def records_usage(self) -> bool:
        """Whether a dispatch that begins now would be recorded, as far as one can tell."""
        recent = time.monotonic() - self._refused_usage < REFUSAL_SECONDS
        return self.ledger.healthy and not recent

    async def start(self) -> None:
        """Servers that know no lifespan get here with their first request, maybe several."""
        async with self._starting:
            if not self.started:
                await self._start()
                self.started = True

    async def _start(self) -> None:
        await asyncio.to_thread(self.ledger.start)
        feed = ChangeFeed(self.apply, self._executor, settings.REDIS_URL)
        self._tasks = [
            asyncio.create_task(feed.run(), name="changes"),
            asyncio.create_task(self._sweep(), name="sweep"),
            asyncio.create_task(self._note_use_forever(), name="key-use"),
        ]

    async def stop(self) -> None:
        """In this order: no more work, no more connections, then the usage that they left."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._note_use()
        await self.client.aclose()
        await asyncio.to_thread(self.ledger.stop)
        self._executor.shutdown(wait=False, cancel_futures=True)

    async def apply(self, kind: str, object_id: str, tenant_id: str) -> None:
        """Drops what a change makes out of date; a key that is no longer good ends its streams."""
        if kind == "api_key":
            self.callers.drop(object_id)
            await self._end_if_revoked(object_id)
            return
        if kind == "agent":
            self.routes.drop(object_id)
            return
        self.routes.drop_where(lambda route: route.tenant_id == tenant_id)
        if kind == "tenant":
            self.callers.drop_where(lambda caller: caller.tenant_id == tenant_id)

    async def _end_if_revoked(self, digest: str) -> None:
        lives = self.live.of_key(digest)
        if not lives or await self.callers.get(digest) is not None:
            return
        for live in lives:
            live.end("revoked")

    async def _note_use_forever(self) -> None:
        while True:
            await asyncio.sleep(NOTE_USE_SECONDS)
            await self._note_use()

    async def _note_use(self) -> None:
        """When a key was last used is nice to know, and not worth a failure."""
        used, self.authentication.used = self.authentication.used, set()
        try:
            if used:
                async with asyncio.timeout(NOTE_USE_LIMIT):
                    await in_thread(self._executor, api_keys_used, used)
        except (DatabaseError, TimeoutError) as error:
            log.info("gateway.key_use_not_noted", error=type(error).__name__)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            self.admission.sweep()
            self.memory.sweep()
            for kind, count in strangers.lines.left_out().items():
                log.warning("strangers.lines_left_out", kind=kind, count=count)
            for connection in self.crowd.rested(REST_SECONDS):
                connection.transport.close()
            if stalled := self.live.end_stalled(time.monotonic()):
                log.info("gateway.callers_stalled", count=stalled)


def new_gateway() -> Gateway:
    """The gateway of this installation, from its settings."""
    return Gateway(Ledger.from_settings(), Client(policy()))
