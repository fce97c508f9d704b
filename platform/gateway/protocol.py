"""HTTP on the wire: uvicorn's protocol, with the bounds that it leaves to a proxy in front."""

import asyncio
import socket
from collections.abc import Callable
from typing import Any, ClassVar
from urllib.parse import unquote
from weakref import ref

from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from gateway.asgi import ABORT, HANGUP, PIPE, Headers
from gateway.crowd import Crowd
from gateway.sockets import CallerSocket, is_upgrade

HEAD_SECONDS = 20.0
HEAD_LIMIT = 64 * 1024
SEND_BUFFER = 128 * 1024
RECEIVE_BUFFER = 64 * 1024  # of a socket, whose caller may send faster than its endpoint takes

_NO_UPGRADE = (
    b"HTTP/1.1 426 Upgrade Required\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)
_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)
_NO_ROOM = (
    b"HTTP/1.1 503 Service Unavailable\r\n"
    b"content-length: 0\r\nretry-after: 1\r\nconnection: close\r\n\r\n"
)
_BODY = (b"content-length", b"transfer-encoding")


_CONTINUE = b"HTTP/1.1 100 "


class HeldHead:
    """The transport of one answer, whose head waits for the body's first piece, as ASGI asks: both
    are one system call, and wake the caller once."""

    __slots__ = ("_head", "_transport", "is_closing")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._head: bytes | None = b""  # empty before it came, `None` when it has gone
        self.is_closing = transport.is_closing

    def write(self, data: bytes) -> None:
        if self._head is None or (not self._head and data.startswith(_CONTINUE)):
            self._transport.write(data)
        elif self._head:
            self._transport.writelines((self._head, data))
            self._head = None
        else:
            self._head = data

    def close(self) -> None:
        if self._head:
            self._transport.write(self._head)
            self._head = None
        self._transport.close()


class Hangup:
    """Tells the one who answers on a connection that its caller has gone, without a task."""

    __slots__ = ("_flow", "_happened", "_tell")

    def __init__(self, flow: FlowControl) -> None:
        self._flow = flow
        self._happened = False
        self._tell: Callable[[], None] | None = None

    def watch(self, tell: Callable[[], None] | None) -> None:
        """A `WatchHangup`."""
        self._tell = tell
        if tell is None:
            return
        if self._happened:
            tell()
        else:
            self._flow.resume_reading()  # who does not read does not notice

    def happen(self) -> None:
        self._happened = True
        if self._tell is not None:
            self._tell()


class CyclePipe:
    """One answer, or its chunked body, written past ASGI's `send`, which needs a task.

    It is in the scope of its cycle: held for good, both would wait for the garbage collector.
    """

    __slots__ = ("_cycle", "_transport")

    def __init__(self, cycle: RequestResponseCycle) -> None:
        self._cycle = ref(cycle)
        self._transport = cycle.transport

    def ready(self) -> bool:
        cycle = self._cycle()
        return (
            cycle is not None
            and cycle.response_started
            and cycle.chunked_encoding is True
            and not (cycle.response_complete or cycle.disconnected or cycle.flow.write_paused)
        )

    def put(self, piece: bytes) -> None:
        """Not empty: that would be the end of the body."""
        self._transport.write(b"%x\r\n%b\r\n" % (len(piece), piece))

    def answer(self, status: int, headers: Headers, body: bytes) -> bool:
        cycle = self._cycle()
        if cycle is None or cycle.response_started or cycle.disconnected or cycle.flow.write_paused:
            return False
        cycle.response_started = cycle.response_complete = True
        fields = [b"%b: %b\r\n" % field for field in (*cycle.default_headers, *headers)]
        end = b"\r\n" if cycle.keep_alive else b"connection: close\r\n\r\n"
        self._transport.write(b"".join((STATUS_LINE[status], *fields, end)))
        self._transport.write(body)
        cycle.message_event.set()
        if not cycle.keep_alive:
            self._transport.close()
        cycle.on_response()
        return True


class Protocol(HttpToolsProtocol):
    """Bounds what a stranger can make the process hold, in bytes and in seconds.

    A head must be complete `HEAD_SECONDS` after its connection or its first byte came, and neither
    it nor what a chunked body has besides its content (extensions, trailers) may be longer than
    `HEAD_LIMIT`. What the kernel buffers for a caller that does not read is bounded as well, and
    the application can cut such a caller's connection: closing it waits until the caller has read
    what is buffered, which may be never. There are never more connections than `crowd` allows.
    """

    crowd: ClassVar[Crowd["Protocol"]]
    _quiet = 0  # bytes since the last head or piece of a body was complete
    _moved = _in_head = False
    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        transport.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER
        )
        super().connection_made(transport)
        self._hangup = Hangup(self.flow)
        leaving = self.crowd.came(self, len(self.connections))
        if leaving is self:
            transport.write(_NO_ROOM)
            transport.close()
        elif leaving is not None:
            leaving.transport.abort()
        self._head_timer = self.loop.call_later(HEAD_SECONDS, transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_head_timer()
        self.crowd.forget(self)
        super().connection_lost(exc)
        self._hangup.happen()

    def data_received(self, data: bytes) -> None:
        self._moved = False
        super().data_received(data)
        self._quiet = 0 if self._moved else self._quiet + len(data)
        if self._quiet > HEAD_LIMIT:
            self._refuse()
        elif not self._in_head:
            self._stop_head_timer()
        elif self._head_timer is None:
            self._head_timer = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = True
        endings: dict[object, object] = {"cut": self.transport.abort, "close": self.transport.close}
        self.scope["extensions"] = {ABORT: endings, HANGUP: {"watch": self._hangup.watch}}

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._moved = True
        self.crowd.forget(self)
        super().on_headers_complete()
        if self.parser.should_upgrade() and any(name in _BODY for name, _ in self.headers):
            self.transport.abort()  # uvicorn would wait for the body, without a clock

    def on_response_complete(self) -> None:
        """As uvicorn's, without its timer: the crowd knows who rests since when."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        else:
            self.crowd.rests(self)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        if cycle.scope["method"] != "HEAD":  # nothing follows that head
            cycle.transport = HeldHead(cycle.transport)  # type: ignore[assignment]
        cycle.scope["extensions"][PIPE] = {"pipe": CyclePipe(cycle)}
        super()._start_asgi_task(cycle, app)

    def on_body(self, body: bytes) -> None:
        self._moved = True
        super().on_body(body)

    def handle_websocket_upgrade(self) -> None:
        """The connection is the socket's from now on."""
        transport = self.transport
        path, _, query = self.url.partition(b"?")
        answering = self.cycle is not None and not self.cycle.response_complete
        if answering or not is_upgrade(self.scope["method"], self.scope["headers"]):
            transport.write(_NO_UPGRADE)
            transport.close()
            return
        transport.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER
        )
        scope = {
            **self.scope,
            "type": "websocket",
            "scheme": "ws",
            "path": unquote(path.decode("latin-1")),
            "raw_path": path,
            "query_string": query,
            "subprotocols": [],
        }
        caller = CallerSocket(self, scope)
        self.connections.discard(self)
        transport.set_protocol(caller)
        caller.begin()

    def _refuse(self) -> None:
        """In words if nothing else is being answered on this connection."""
        answering = self.cycle is not None and not self.cycle.response_complete
        if answering or not self._in_head:
            self.transport.abort()
        elif not self.transport.is_closing():
            self.transport.write(_TOO_LARGE)
            self.transport.close()

    def _stop_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None
