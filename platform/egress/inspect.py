"""A look at the door of an endpoint: name, connection and TLS, without sending a request."""

import asyncio
import ssl
import time
from collections.abc import Collection
from dataclasses import dataclass
from typing import cast

from egress.connect import Door
from egress.exchange import Clocks
from egress.lookups import Lookup
from egress.policy import Policy
from egress.resolve import Resolver, system_lookup
from egress.urls import check_url


@dataclass(frozen=True, slots=True)
class Peer:
    """What a handshake showed. `certificate_until` is seconds since the epoch, `took` seconds."""

    tls: str
    certificate_until: float
    took: float


class _Handshake(asyncio.Protocol):
    """Says nothing; keeps the transport."""

    transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)


async def inspect(
    policy: Policy,
    url: str,
    *,
    schemes: Collection[str],
    owner: str,
    clocks: Clocks,
    lookup: Lookup = system_lookup,
) -> Peer:
    """Connects as a dispatch does, shakes hands and closes. Raises `EgressError`."""
    checked = check_url(url, schemes=schemes, policy=policy)
    resolver = Resolver(policy, lookup)
    door = Door(policy, resolver)
    started = time.perf_counter()
    try:
        connected = await door.open_socket(checked, owner, clocks.connect)
        handshake = _Handshake()
        await door.secure(connected, checked, handshake, clocks.tls)
    finally:
        resolver.close()
    took = time.perf_counter() - started
    secured = cast(ssl.SSLObject, handshake.transport.get_extra_info("ssl_object"))
    handshake.transport.abort()
    certificate = cast(dict[str, str], secured.getpeercert())
    until = float(ssl.cert_time_to_seconds(certificate["notAfter"]))
    return Peer(secured.version() or "", until, took)
