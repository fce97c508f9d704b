"""WebSockets to a tenant's endpoint: the upgrade, through the guarded door."""

import asyncio
import base64
import hashlib
import secrets
import socket
import time
from typing import cast
from weakref import WeakSet

from egress.connect import Door
from egress.errors import EgressError, TimedOut
from egress.exchange import Clocks, ExchangeTiming, Request
from egress.head import encode_head
from egress.link import Link, Sink
from egress.upgrade import BODY_LIMIT, Upgrade
from egress.urls import CheckedUrl

__all__ = ["BODY_LIMIT", "Opener", "WebSocket", "WebSocketRefused"]

SEND_BUFFER = 64 * 1024
GOING_AWAY = 1001

_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3


class WebSocketRefused:
    """An endpoint's own answer to the upgrade; `body` is its first 64 KiB."""

    __slots__ = ("body", "headers", "status", "timing")

    def __init__(self, upgrade: Upgrade, timing: ExchangeTiming) -> None:
        self.status = upgrade.status
        self.headers = upgrade.headers
        self.body = bytes(upgrade.body)
        self.timing = timing


class WebSocket(asyncio.BufferedProtocol):
    """A connection that has been upgraded. `start` begins to read; `link` is how it is used.

    `buffer` is shared as in `egress.connection`.
    """

    def __init__(self, buffer: memoryview, timing: ExchangeTiming) -> None:
        self._buffer = buffer
        self.timing = timing
        self.upgrade: Upgrade | None = None
        self._link: Link | None = None
        self._early = b""  # what came before `start`
        self._started = False
        self._transport: asyncio.Transport | None = None
        self._gone: asyncio.Future[None] | None = None  # while somebody waits for it

    @property
    def link(self) -> Link:
        if self._link is None:
            raise LookupError("the connection is not upgraded")
        return self._link

    def start(self, sink: Sink) -> None:
        """What came right behind the upgrade is taken in this very step, its end too."""
        link, early = self.link, self._early
        self._early, self._started = b"", True
        link.start(sink)
        if early:
            link.feed(early)
        if self._transport is None:
            self._lose(link)
        else:
            link.resume_reading()

    def hang_up(self, code: int) -> None:
        """Ends it without waiting for the peer's word, unless both are parting already."""
        if self._transport is not None and self._link is not None and self._link.end is None:
            self._link.hang_up(code)

    async def aclose(self, code: int) -> None:
        """As `Link.hang_up`, and waits until the connection is gone: some tenths of a second."""
        if self._transport is None:
            return
        if self._gone is None:
            self._gone = asyncio.get_running_loop().create_future()
        self.link.hang_up(code)
        await asyncio.wait([self._gone])

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    async def shake_hands(self, head: bytes, clocks: Clocks, accept: str) -> Upgrade:
        """Asks for the upgrade. Raises `EgressError`; an answer that is none is closed."""
        transport = cast(asyncio.Transport, self._transport)
        upgrade = self.upgrade = Upgrade(accept)
        transport.write(head)
        self.timing.sent = time.perf_counter()
        try:
            async with asyncio.timeout(clocks.first_byte):
                await upgrade.until_head()
        except TimeoutError:
            raise TimedOut("first_byte", clocks.first_byte) from None
        self.timing.first_byte = time.perf_counter()
        if upgrade.status != 101:
            await upgrade.until_body(clocks.first_byte)
        return upgrade

    # -- for the event loop

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        data = bytes(self._buffer[:nbytes])
        if self._link is not None and self._started:
            self._link.feed(data)
        elif self._link is not None:
            self._early += data
        elif self.upgrade is not None:
            early = self.upgrade.feed(data)
            if early is not None:
                self._upgraded(early)
        else:
            self.abort()  # it speaks before it is asked

    def _upgraded(self, early: bytes) -> None:
        """Nothing more is read until somebody takes it."""
        self._early = early
        self.upgrade = None
        self._link = Link(cast(asyncio.Transport, self._transport), client=True)
        self._link.pause_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._link is not None and self._started:
            self._lose(self._link)
        elif self.upgrade is not None:
            self.upgrade.ended()
        self._transport = self.upgrade = None  # they know us
        if self._gone is not None and not self._gone.done():
            self._gone.set_result(None)

    def _lose(self, link: Link) -> None:
        """Told to whoever started it; one that nobody has keeps its end until somebody does."""
        link.lost()
        self._link = None  # it knows the transport, which knows us

    def pause_writing(self) -> None:
        if self._link is not None:
            self._link.pause_writing()

    def resume_writing(self) -> None:
        if self._link is not None:
            self._link.resume_writing()


class Opener:
    """Opens WebSockets; `buffer` is where all of a loop's connections read."""

    def __init__(self, door: Door, buffer: memoryview) -> None:
        self._door = door
        self._buffer = buffer
        self._opened: WeakSet[WebSocket] = WeakSet()  # one that nobody has is gone

    async def open(self, request: Request, url: CheckedUrl) -> WebSocket | WebSocketRefused:
        """As `egress.http.Client.open_socket`."""
        timing = ExchangeTiming(time.perf_counter())
        key = base64.b64encode(secrets.token_bytes(16)).decode()
        head = encode_head(request, url, upgrade_key=key)
        opened = WebSocket(self._buffer, timing)
        total = request.clocks.total
        try:
            async with asyncio.timeout(total):
                upgrade = await self._open(opened, request, url, head, accept_key(key))
        except TimeoutError:
            opened.abort()
            raise TimedOut("total", total) from None
        except BaseException as error:
            opened.abort()
            if isinstance(error, EgressError):
                raise error.with_traceback(None) from None
            raise
        if upgrade.status == 101:
            self._opened.add(opened)
            return opened
        opened.abort()
        return WebSocketRefused(upgrade, timing)

    async def aclose(self) -> None:
        """Hangs up all that are open, or are hanging up, and waits until they are gone."""
        await asyncio.gather(*(each.aclose(GOING_AWAY) for each in tuple(self._opened)))

    async def _open(
        self, opened: WebSocket, request: Request, url: CheckedUrl, head: bytes, accept: str
    ) -> Upgrade:
        clocks = request.clocks
        owner = request.pool[0] if request.pool else ""
        connected = await self._door.open_socket(url, owner, clocks.connect)
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        await self._door.secure(connected, url, opened, clocks.tls)
        opened.timing.connected = time.perf_counter()
        return await opened.shake_hands(head, clocks, accept)


def accept_key(key: str) -> str:
    """What a server answers to this `sec-websocket-key`."""
    digest = hashlib.sha1(key.encode() + _MAGIC, usedforsecurity=False).digest()
    return base64.b64encode(digest).decode()
