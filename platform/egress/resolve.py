"""From a checked URL to the addresses that may be called: one lookup per new connection."""

import asyncio
import socket
from collections.abc import Sequence

from egress.addresses import is_allowed
from egress.errors import AddressRefused, NameNotResolved
from egress.lookups import LIMIT, Job, Lookup, Lookups, TooMany
from egress.policy import Policy
from egress.urls import CheckedUrl, is_private_name

NEGATIVE_TTL = 3.0
MAX_ADDRESSES = 16
_MAX_NEGATIVE = 1024


def system_lookup(name: str) -> list[str]:
    """The addresses that the system's resolver gives; a scope id stays visible."""
    answers = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    return [str(sockaddr[0]) for *_, sockaddr in answers]


class Resolver:
    """Looks names up as the system does, on threads (`egress.lookups`).

    Equal lookups of an owner (tenant) share one. Failures are remembered for `NEGATIVE_TTL`
    seconds, answers never: a connection is the only cache.
    """

    def __init__(self, policy: Policy, lookup: Lookup = system_lookup) -> None:
        self._policy = policy
        self.lookups = Lookups(lookup)
        self._shared: dict[tuple[str, str], Job] = {}
        self._negative: dict[tuple[str, str], float] = {}

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
        asked = (owner, name)
        if self._negative.get(asked, 0.0) > loop.time():
            raise NameNotResolved("The name does not resolve.")
        job = self._shared.get(asked) or self._submit(name, owner)
        try:
            async with asyncio.timeout(LIMIT):
                answer = await asyncio.shield(job.answer)
        except TimeoutError:
            self._remember_failure(asked, loop.time())
            raise NameNotResolved(f"The name was not answered within {LIMIT:g} s.") from None
        if isinstance(answer, OSError):
            self._remember_failure(asked, loop.time())
            raise NameNotResolved("The name does not resolve.")
        return answer

    def _remember_failure(self, asked: tuple[str, str], now: float) -> None:
        """For its owner alone: whose lookups hang must not make a name fail for others."""
        if len(self._negative) >= _MAX_NEGATIVE:
            self._negative.clear()
        self._negative[asked] = now + NEGATIVE_TTL

    def _submit(self, name: str, owner: str) -> Job:
        try:
            job = self.lookups.submit(name, owner)
        except TooMany:
            raise NameNotResolved("Too many names of this tenant wait to be looked up.") from None
        self._shared[owner, name] = job
        job.answer.add_done_callback(lambda _: self._shared.pop((owner, name)))
        return job

    def close(self) -> None:
        """Lets the threads end when their present lookup does."""
        self.lookups.close()
