"""The web server: uvicorn, told when to stop by rules of our own."""

import asyncio
import ctypes
import gc
import logging
import os
import resource
import threading
import time
from types import FrameType
from typing import Any

import structlog
import uvicorn

from gateway.protocol import Protocol
from gateway.sockets import CallerSocket
from gateway.state import THREAD_NAME, Gateway

log = structlog.get_logger(__name__)

DRAIN_SECONDS = 60.0
LAST_REQUESTS_SECONDS = 5
FAREWELL_SECONDS = 3.0
STUCK_SECONDS = 2.0
LARGE_BUFFER = 32 * 1024

_M_MMAP_THRESHOLD = -3  # <malloc.h>


class Server(uvicorn.Server):
    """The first SIGTERM or SIGINT drains: new dispatches are refused, running ones finish.

    It ends when none is left, after `drain_seconds`, or at once on a second signal.
    """

    def __init__(self, config: uvicorn.Config, gateway: Gateway, drain_seconds: float) -> None:
        super().__init__(config)
        self._gateway = gateway
        self._drain_seconds = drain_seconds
        self._drain_until: float | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self._drain_until is not None:
            self.should_exit = self.force_exit = True
            return
        self._gateway.admission.draining = True
        self._drain_until = time.monotonic() + self._drain_seconds

    async def on_tick(self, counter: int) -> bool:
        if self._drain_until is not None and not self.should_exit:
            self.should_exit = await self._drained(self._drain_until)
        return bool(await super().on_tick(counter))

    async def _drained(self, until: float) -> bool:
        running = len(self._gateway.live)
        if running and time.monotonic() < until:
            return False
        if running:
            log.warning("gateway.drain_limit", dispatches=running)
            for live in self._gateway.live:
                live.end("draining")
            await asyncio.sleep(FAREWELL_SECONDS)
        return True


def serve(
    application: Any,
    gateway: Gateway,
    host: str,
    port: int,
    drain_seconds: float = DRAIN_SECONDS,
) -> None:
    """Runs until a signal ends it."""
    config = uvicorn.Config(
        application,
        host=host,
        port=port,
        loop="uvloop",
        http=Protocol,
        ws=CallerSocket,
        lifespan="on",
        interface="asgi3",
        access_log=False,
        server_header=False,
        log_config=None,
        proxy_headers=False,
        timeout_graceful_shutdown=LAST_REQUESTS_SECONDS,
    )
    Protocol.crowd = gateway.crowd
    calm_collector()
    Server(config, gateway, drain_seconds).run()
    _leave_stuck_threads()


def _leave_stuck_threads() -> None:
    """A thread that waits for a database which hangs would hold up the end of the process."""
    threads = [each for each in threading.enumerate() if each.name.startswith(THREAD_NAME)]
    for thread in threads:
        thread.join(STUCK_SECONDS / len(threads))
    if any(thread.is_alive() for thread in threads):
        log.warning("gateway.threads_stuck")
        logging.shutdown()
        os._exit(0)


def calm_collector() -> None:
    """Takes what is loaded by now, which lives as long as the process, out of every collection.

    A dispatch makes no cycles, however it ends; looking for them each 700 objects, through all of
    Django, costs a twentieth of the processor time and now and then a pause that a caller hears.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(2_000, 10, 10)


def give_memory_back() -> None:
    """Has glibc return large buffers to the system at once, instead of learning to keep them.

    The TLS layer of each connection holds 256 KiB: after a busy hour the most that was ever open
    would stay with the process.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, LARGE_BUFFER)


def raise_file_limit() -> None:
    """Every dispatch needs two sockets; the system's default allows a thousand files."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
