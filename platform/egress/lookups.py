"""Lookups on threads: fair between owners, and never stopped by names that are not answered.

A thread that waits for a name server cannot be called back. So a lookup that takes longer than
`PATIENCE` leaves its place to the next one and goes on beside; and its owner's next lookups begin
among the slow ones only, `SLOW_PLACES` of all owners, for `SLOW_FOR` seconds. Names that never
answer thus fill the places of their own kind. Where lookups wait, the owner with the fewest under
way is next.
"""

import asyncio
import queue
import threading
from collections import deque
from collections.abc import Callable, Sequence

Lookup = Callable[[str], Sequence[str]]
"""Blocking: a name to its addresses as text. Raises `OSError` when there is no answer."""

LIMIT = 5.0  # seconds from the question on; nobody waits longer
PATIENCE = 0.5
SLOW_FOR = 60.0
PLACES = 16
SLOW_PLACES = 48
MOST_THREADS = 128
PER_OWNER = 4
MOST_QUEUED = 256  # of one owner
_MOST_SLOW_OWNERS = 4096


class TooMany(Exception):
    """The owner has more lookups waiting than are kept."""


class Job:
    """One lookup; `answer` holds the addresses or the `OSError`, never raises.

    `slow`: it counts among the slow ones, since it has overrun or since its owner's others have.
    """

    __slots__ = ("answer", "asked_at", "loop", "name", "overrun", "owner", "slow")

    def __init__(self, name: str, owner: str, loop: asyncio.AbstractEventLoop) -> None:
        self.name = name
        self.owner = owner
        self.loop = loop
        self.asked_at = loop.time()
        self.answer: asyncio.Future[Sequence[str] | OSError] = loop.create_future()
        self.overrun: asyncio.TimerHandle | None = None
        self.slow = False

    def settle(self, answer: Sequence[str] | OSError) -> None:
        """Called on a thread."""
        try:
            self.loop.call_soon_threadsafe(self.answer.set_result, answer)
        except RuntimeError:
            return  # the loop is closed: nobody waits any more


class Lookups:
    """`under_way` and `slow` count lookups, `threads` those that may still take one."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._running: dict[str, int] = {}
        self._queued: dict[str, deque[Job]] = {}
        self._slow_owners: dict[str, float] = {}
        self.threads = 0
        self.under_way = 0
        self.slow = 0

    def submit(self, name: str, owner: str) -> Job:
        """Raises `TooMany`."""
        job = Job(name, owner, asyncio.get_running_loop())
        waiting = self._queued.setdefault(owner, deque())
        if len(waiting) >= MOST_QUEUED:
            self._drop_stale(waiting, job.asked_at)
            if len(waiting) >= MOST_QUEUED:
                raise TooMany
        waiting.append(job)
        self._start_what_may(job.asked_at)
        return job

    def close(self) -> None:
        """Begins no more, and lets the threads end when their present lookup does."""
        for waiting in self._queued.values():
            for job in waiting:
                job.answer.set_result(OSError("closed"))
        self._queued.clear()
        for _ in range(self.threads):
            self._jobs.put(None)
        self.threads = 0

    def _start_what_may(self, now: float) -> None:
        while self.under_way < MOST_THREADS and (owner := self._next_owner(now)) is not None:
            job = self._queued[owner].popleft()
            self._start(job, slow=self._is_slow(owner, now))

    def _next_owner(self, now: float) -> str | None:
        for owner in list(self._queued):
            self._drop_stale(self._queued[owner], now)
            if not self._queued[owner]:
                del self._queued[owner]
        ready = [owner for owner in self._queued if self._may_start(owner, now)]
        return min(ready, key=lambda owner: self._running.get(owner, 0), default=None)

    def _may_start(self, owner: str, now: float) -> bool:
        if self._running.get(owner, 0) >= PER_OWNER:
            return False
        if self._is_slow(owner, now):
            return self.slow < SLOW_PLACES
        return self.under_way - self.slow < PLACES

    def _is_slow(self, owner: str, now: float) -> bool:
        return self._slow_owners.get(owner, 0.0) > now

    def _drop_stale(self, waiting: deque[Job], now: float) -> None:
        while waiting and now - waiting[0].asked_at > LIMIT:
            waiting.popleft().answer.set_result(OSError("nobody waits for this any more"))

    def _start(self, job: Job, *, slow: bool) -> None:
        self._running[job.owner] = self._running.get(job.owner, 0) + 1
        self.under_way += 1
        job.slow = slow
        self.slow += slow
        job.overrun = job.loop.call_later(PATIENCE, self._overran, job)
        job.answer.add_done_callback(lambda _: self._finished(job))
        if self.under_way > self.threads:
            self.threads += 1
            threading.Thread(
                target=_work, args=(self._jobs, self._lookup), name="egress-resolve", daemon=True
            ).start()
        self._jobs.put(job)

    def _overran(self, job: Job) -> None:
        now = job.loop.time()
        self._slow_owners.pop(job.owner, None)
        self._slow_owners[job.owner] = now + SLOW_FOR
        if len(self._slow_owners) > _MOST_SLOW_OWNERS:
            del self._slow_owners[next(iter(self._slow_owners))]
        if not job.slow:
            job.slow = True
            self.slow += 1
            self._start_what_may(now)

    def _finished(self, job: Job) -> None:
        if job.overrun is not None:
            job.overrun.cancel()
        self.under_way -= 1
        self.slow -= job.slow
        self._running[job.owner] -= 1
        if not self._running[job.owner]:
            del self._running[job.owner]
        self._start_what_may(job.loop.time())
        if self.threads > max(PLACES, self.under_way):
            self.threads -= 1
            self._jobs.put(None)


def _work(jobs: "queue.SimpleQueue[Job | None]", lookup: Lookup) -> None:
    while (job := jobs.get()) is not None:
        job.settle(_look_up(job, lookup))


def _look_up(job: Job, lookup: Lookup) -> Sequence[str] | OSError:
    try:
        return lookup(job.name)
    except OSError as error:
        return error
    except Exception:  # whatever else it is, the thread must live and the asker must hear
        return OSError("the lookup failed")
