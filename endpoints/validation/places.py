"""Which runs a worker process begins: enough of its threads stay free for who has none.

A run is *prompt* if its tenant has no other here and none of its runs was slow lately. All others,
second runs and those of tenants whose servers crawl, share half of the threads. So tenants with
servers that answer a byte at a time fill half of a worker, and no more.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

THREADS = 16
SLOW = 20.0  # seconds that a run takes
SLOW_FOR = 600.0
_MOST_SLOW_TENANTS = 4096


class Places:
    """Used by all threads of a worker; it never waits."""

    def __init__(self, threads: int = THREADS, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._begun: dict[str, list[float]] = {}
        self._slow_until: dict[str, float] = {}
        self._others = 0
        self.resize(threads)

    def resize(self, threads: int) -> None:
        self._shared = max(1, threads // 2)

    @contextmanager
    def enter(self, tenant_id: str) -> Iterator[bool]:
        """Whether a run of this tenant may be done now, for as long as the context lasts."""
        now = self._clock()
        with self._lock:
            prompt = tenant_id not in self._begun and not self._is_slow(tenant_id, now)
            admitted = prompt or self._others < self._shared
            if admitted:
                self._others += not prompt
                self._begun.setdefault(tenant_id, []).append(now)
        try:
            yield admitted
        finally:
            if admitted:
                self._leave(tenant_id, now, prompt=prompt)

    def _is_slow(self, tenant_id: str, now: float) -> bool:
        return self._slow_until.get(tenant_id, 0.0) > now

    def _leave(self, tenant_id: str, begun: float, *, prompt: bool) -> None:
        now = self._clock()
        with self._lock:
            self._others -= not prompt
            self._begun[tenant_id].remove(begun)
            if not self._begun[tenant_id]:
                del self._begun[tenant_id]
            if now - begun > SLOW:
                self._slow_until.pop(tenant_id, None)
                self._slow_until[tenant_id] = now + SLOW_FOR
                if len(self._slow_until) > _MOST_SLOW_TENANTS:
                    del self._slow_until[next(iter(self._slow_until))]


places = Places()
