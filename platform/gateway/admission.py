"""Who may begin a dispatch now: limits of the plan, of the process, and the drain flag."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType

from gateway.errors import Refused
from tenants.plans import Plan

MINUTE = 60.0
DRAIN_RETRY = 5
BODIES = 1024 * 1024 * 1024  # bytes of large bodies that this process holds, of all tenants
BODIES_OF_ONE = BODIES // 4  # and of one tenant


class _Window:
    """Dispatches begun in this minute and the one before, which together estimate the last 60 s."""

    __slots__ = ("before", "minute", "now")

    def __init__(self) -> None:
        self.minute = 0
        self.now = 0
        self.before = 0

    def level(self, clock: float) -> float:
        minute, into = divmod(clock, MINUTE)
        if minute != self.minute:
            self.before = self.now if minute == self.minute + 1 else 0
            self.minute, self.now = int(minute), 0
        return self.before * (1 - into / MINUTE) + self.now

    def seconds_until_room(self, limit: int, clock: float) -> int:
        """Whole seconds until one more dispatch fits under `limit`, if none is begun meanwhile."""
        room = limit - 1
        if self.now <= room:
            moment = MINUTE * (1 - (room - self.now) / self.before)
        else:
            moment = MINUTE + MINUTE * (1 - room / self.now)
        return max(1, math.ceil(moment - clock % MINUTE + 1e-6))


class Slot:
    """The right to run one dispatch, as a context: it is given back however that ends."""

    __slots__ = ("_admission", "_bytes", "_tenant_id")

    def __init__(self, admission: "Admission", tenant_id: str) -> None:
        self._admission = admission
        self._tenant_id = tenant_id
        self._bytes = 0

    def hold(self, size: int) -> None:
        """Counts bytes of a body that are kept until the dispatch ends. Raises `Refused`."""
        self._bytes += size
        self._admission.hold(self._tenant_id, size)

    def __enter__(self) -> "Slot":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._admission.release(self._tenant_id, self._bytes)


class Admission:
    """Counts of this process. Nobody waits: a voice call has no time for a queue."""

    __slots__ = ("_bytes", "_clock", "_held", "_limit", "_windows", "bytes", "draining", "open")

    def __init__(self, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._clock = clock
        self._held: dict[str, int] = {}
        self._windows: dict[str, _Window] = {}
        self._bytes: dict[str, int] = {}
        self.bytes = 0
        self.open = 0
        self.draining = False

    def enter(self, tenant_id: str, plan: Plan) -> Slot:
        """Raises `Refused`."""
        if self.draining:
            raise Refused("draining", retry_after=DRAIN_RETRY)
        if self.open >= self._limit:
            raise Refused("overloaded")
        held = self._held.get(tenant_id, 0)
        if held >= plan.concurrency:
            raise Refused("concurrency_limit")
        self.count(tenant_id, plan.rate)
        self._held[tenant_id] = held + 1
        self.open += 1
        return Slot(self, tenant_id)

    @contextmanager
    def beside(self, tenant_id: str, rate: int) -> Iterator[None]:
        """One more dispatch at the same time, of a slot that is held already. Raises `Refused`."""
        if self.open >= self._limit:
            raise Refused("overloaded")
        self.count(tenant_id, rate)
        self.open += 1
        try:
            yield
        finally:
            self.open -= 1

    def hold(self, tenant_id: str, size: int) -> None:
        """Counts first: what is refused is given back with the slot. Raises `Refused`."""
        self.bytes += size
        held = self._bytes[tenant_id] = self._bytes.get(tenant_id, 0) + size
        if held > BODIES_OF_ONE:
            raise Refused("concurrency_limit", "Too many large requests are open at once.")
        if self.bytes > BODIES:
            raise Refused("overloaded")

    def release(self, tenant_id: str, size: int = 0) -> None:
        self.open -= 1
        if size:
            self.bytes -= size
            self._bytes[tenant_id] -= size
        left = self._held[tenant_id] - 1
        if left:
            self._held[tenant_id] = left
        else:
            del self._held[tenant_id]
            self._bytes.pop(tenant_id, None)

    def sweep(self) -> None:
        """Forgets the minutes of tenants that have been silent."""
        now = self._clock()
        for tenant_id in [key for key, window in self._windows.items() if not window.level(now)]:
            del self._windows[tenant_id]

    def count(self, tenant_id: str, rate: int) -> None:
        """One more dispatch, also after another in its slot. Raises `Refused`."""
        window = self._windows.get(tenant_id)
        if window is None:
            window = self._windows[tenant_id] = _Window()
        now = self._clock()
        if window.level(now) + 1 > rate:
            wait = window.seconds_until_room(rate, now)
            raise Refused("rate_limit", retry_after=wait)
        window.now += 1
