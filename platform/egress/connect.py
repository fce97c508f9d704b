"""Opens guarded connections: every address checked before and after, TLS always verified."""

import asyncio
import errno
import socket
import ssl
from collections.abc import Sequence
from ipaddress import ip_address

from egress.addresses import is_allowed
from egress.errors import AddressRefused, ConnectFailed, TimedOut
from egress.handshake import shake_hands
from egress.policy import Policy
from egress.resolve import Resolver
from egress.urls import CheckedUrl

STAGGER = 0.25
RECEIVE_BUFFER = 64 * 1024


def tls_context(policy: Policy) -> ssl.SSLContext:
    """Verifies certificate and name, TLS 1.2 at least, with the system's and the extra roots."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_default_certs()
    if policy.ca_file:
        context.load_verify_locations(cafile=policy.ca_file)
    context.set_alpn_protocols(["http/1.1"])
    return context


class Door:
    """The only way out: resolves, checks, connects, shakes hands."""

    def __init__(self, policy: Policy, resolver: Resolver) -> None:
        self._policy = policy
        self._resolver = resolver
        self._tls = tls_context(policy)

    async def open_socket(self, url: CheckedUrl, owner: str, seconds: float) -> socket.socket:
        """A connected TCP socket to a checked address; lookup and connect share the clock."""
        try:
            async with asyncio.timeout(seconds):
                addresses = await self._resolver.resolve(url, owner)
                connected = await _dial(addresses, url.port)
        except TimeoutError:
            raise TimedOut("connect", seconds) from None
        self._check_peer(connected, addresses)
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # Left alone, the kernel takes tens of MiB from a peer whose answer nobody reads.
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        return connected

    def _check_peer(self, connected: socket.socket, addresses: Sequence[str]) -> None:
        """The kernel's own word on where the socket leads."""
        try:
            peer = connected.getpeername()[0]
        except OSError:
            connected.close()
            raise ConnectFailed("The connection was lost at once.") from None
        if peer not in addresses or not is_allowed(peer, self._policy):
            connected.close()
            raise AddressRefused("The connection leads to an address that may not be called.")

    async def secure(
        self,
        connected: socket.socket,
        url: CheckedUrl,
        protocol: asyncio.BaseProtocol,
        seconds: float,
    ) -> None:
        """Shakes hands on the stored host name and starts `protocol`; owns the socket."""
        await shake_hands(connected, protocol, self._tls, url.host, seconds)


async def _dial(addresses: Sequence[str], port: int) -> socket.socket:
    """The first connection that succeeds; each next address starts a moment after the last."""
    if len(addresses) == 1:
        try:
            return await _connect(addresses[0], port)
        except OSError:
            raise ConnectFailed("The connection was refused or lost.") from None
    return await _race([(address, port) for address in addresses])


async def _race(targets: Sequence[tuple[str, int]]) -> socket.socket:
    attempts: list[asyncio.Task[socket.socket]] = []
    waiting = list(targets)
    try:
        while True:
            pending = [each for each in attempts if not each.done()]
            if waiting:
                attempts.append(asyncio.create_task(_connect(*waiting.pop(0))))
                pending.append(attempts[-1])
            if not pending:
                raise ConnectFailed("No address of the name accepted a connection.")
            await asyncio.wait(
                pending,
                timeout=STAGGER if waiting else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
            winner = next((each for each in attempts if _succeeded(each)), None)
            if winner is not None:
                attempts.remove(winner)
                return winner.result()
    finally:
        _discard(attempts)


def _succeeded(attempt: "asyncio.Task[socket.socket]") -> bool:
    return attempt.done() and not attempt.cancelled() and attempt.exception() is None


def _discard(attempts: "Sequence[asyncio.Task[socket.socket]]") -> None:
    """Ends the losers of a race: one under way closes its own socket when it is cancelled."""
    for attempt in attempts:
        if _succeeded(attempt):
            attempt.result().close()
        else:
            attempt.cancel()


async def _connect(address: str, port: int) -> socket.socket:
    """Raises `OSError`. The socket is closed unless it is returned."""
    family = socket.AF_INET6 if ip_address(address).version == 6 else socket.AF_INET
    connecting = socket.socket(family, socket.SOCK_STREAM)
    try:
        connecting.setblocking(False)
        sockaddr = (address, port) if family == socket.AF_INET else (address, port, 0, 0)
        error = connecting.connect_ex(sockaddr)
        if error == errno.EINPROGRESS:
            await _writable(connecting)
            error = connecting.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            raise OSError(error, "the connection failed")
    except BaseException:
        connecting.close()
        raise
    return connecting


async def _writable(connecting: socket.socket) -> None:
    """Until the connection is made or has failed.

    Not `loop.sock_connect`: uvloop's resolves the address once more, on a thread of libuv, and a
    loop that is closed meanwhile never ends.
    """
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()
    loop.add_writer(connecting, _settle, ready)
    try:
        await ready
    finally:
        loop.remove_writer(connecting)


def _settle(ready: "asyncio.Future[None]") -> None:
    if not ready.done():
        ready.set_result(None)
