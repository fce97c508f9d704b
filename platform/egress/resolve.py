"""From a checked URL to the addresses that may be called: one lookup per new connection."""

import asyncio
import queue
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

from egress.addresses import is_allowed
from egress.errors import AddressRefused, NameNotResolved
from egress.policy import Policy
from egress.urls import CheckedUrl, is_private_name

Lookup = Callable[[str], Sequence[str]]
"""Blocking: a name to its addresses as text. Raises `OSError` when there is no answer."""

LIMIT = 5.0
NEGATIVE_TTL = 3.0
MAX_ADDRESSES = 16
THREADS = 16
PER_OWNER = 4
_MAX_NEGATIVE = 1024


def system_lookup(name: str) -> list[str]:
    """The addresses that the system's resolver gives; a scope id stays visible."""
    answers = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    return [str(sockaddr[0]) for *_, sockaddr in answers]


class Resolver:
    """Looks names up on few daemon threads, so that a name server that hangs blocks nobody else.

    An owner (tenant) has at most `PER_OWNER` lookups under way; equal lookups share one. Failures
    are remembered for `NEGATIVE_TTL` seconds, answers never: a connection is the only cache.
    """

    def __init__(self, policy: Policy, lookup: Lookup = system_lookup) -> None:
        self._policy = policy
        self._lookup = lookup
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._threads = 0
        self._running: dict[str, int] = {}
        self._queued: dict[str, deque[_Job]] = {}
        self._shared: dict[tuple[str, str], _Job] = {}
        self._negative: dict[str, float] = {}

    async def resolve(self, url: CheckedUrl, owner: str) -> list[str]:
        """One to sixteen addresses, all allowed. Raises `NameNotResolved`, `AddressRefused`."""
        addresses = await self._addresses(url, owner)
        if not addresses:
            raise NameNotResolved("The name has no address.")
        if len(addresses) > MAX_ADDRESSES:
            raise AddressRefused(f"The name has more than {MAX_ADDRESSES} addresses.")
        if not all(is_allowed(address, self._policy) for address in addresses):
            raise AddressRefused("The name leads to an address that may not be called.")
        return addresses

    async def _addresses(self, url: CheckedUrl, owner: str) -> list[str]:
        if url.literal:
            return [url.host]
        if url.host == "localhost" or url.host.endswith(".localhost"):
            return list(self._policy.loopback())
        # The last dot keeps the system's search domains out of public names. Private names are
        # looked up as the operator's machine does, /etc/hosts included.
        name = url.host if is_private_name(url.host) else f"{url.host}."
        return list(dict.fromkeys(await self._ask(name, owner)))

    async def _ask(self, name: str, owner: str) -> Sequence[str]:
        loop = asyncio.get_running_loop()
        if self._negative.get(name, 0.0) > loop.time():
            raise NameNotResolved("The name does not resolve.")
        job = self._shared.get((owner, name)) or self._submit(_Job(name, owner, loop))
        try:
            async with asyncio.timeout(LIMIT):
                answer = await asyncio.shield(job.answer)
        except TimeoutError:
            self._remember_failure(name, loop.time())
            raise NameNotResolved(f"The name was not answered within {LIMIT:g} s.") from None
        if isinstance(answer, OSError):
            self._remember_failure(name, loop.time())
            raise NameNotResolved("The name does not resolve.")
        return answer

    def _remember_failure(self, name: str, now: float) -> None:
        if len(self._negative) >= _MAX_NEGATIVE:
            self._negative.clear()
        self._negative[name] = now + NEGATIVE_TTL

    def _submit(self, job: "_Job") -> "_Job":
        self._shared[job.owner, job.name] = job
        job.answer.add_done_callback(lambda _: self._finished(job))
        if self._running.get(job.owner, 0) < PER_OWNER:
            self._run(job)
        else:
            self._queued.setdefault(job.owner, deque()).append(job)
        return job

    def _run(self, job: "_Job") -> None:
        self._running[job.owner] = self._running.get(job.owner, 0) + 1
        if self._threads < THREADS and sum(self._running.values()) > self._threads:
            self._threads += 1
            threading.Thread(
                target=_work, args=(self._jobs, self._lookup), name="egress-resolve", daemon=True
            ).start()
        self._jobs.put(job)

    def _finished(self, job: "_Job") -> None:
        del self._shared[job.owner, job.name]
        self._running[job.owner] -= 1
        waiting = self._queued.get(job.owner)
        if waiting:
            self._run(waiting.popleft())
        else:
            self._queued.pop(job.owner, None)
            if not self._running[job.owner]:
                del self._running[job.owner]

    def close(self) -> None:
        """Lets the threads end when their present lookup does."""
        for _ in range(self._threads):
            self._jobs.put(None)
        self._threads = 0


class _Job:
    """One lookup; `answer` holds the addresses or the `OSError`, never raises."""

    __slots__ = ("answer", "asked_at", "loop", "name", "owner")

    def __init__(self, name: str, owner: str, loop: asyncio.AbstractEventLoop) -> None:
        self.name = name
        self.owner = owner
        self.loop = loop
        self.asked_at = time.monotonic()
        self.answer: asyncio.Future[Sequence[str] | OSError] = loop.create_future()

    def settle(self, answer: Sequence[str] | OSError) -> None:
        """Called on the resolver's thread."""
        try:
            self.loop.call_soon_threadsafe(self.answer.set_result, answer)
        except RuntimeError:
            return  # the loop is closed: nobody waits any more


def _work(jobs: "queue.SimpleQueue[_Job | None]", lookup: Lookup) -> None:
    while (job := jobs.get()) is not None:
        job.settle(_look_up(job, lookup))


def _look_up(job: _Job, lookup: Lookup) -> Sequence[str] | OSError:
    if time.monotonic() - job.asked_at > LIMIT:
        return OSError("nobody waits for this any more")
    try:
        return lookup(job.name)
    except OSError as error:
        return error
    except Exception:  # whatever else it is, the thread must live and the asker must hear
        return OSError("the lookup failed")
