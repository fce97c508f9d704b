"""HTTP on the wire: callers' connections, with the bounds that most leave to a proxy in front."""

import asyncio
import socket
from collections import deque
from functools import partial
from typing import Any, ClassVar
from urllib.parse import unquote

import httptools
import structlog
import uvicorn
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.utils import get_local_addr, get_remote_addr
from uvicorn.server import ServerState

from gateway.asgi import ABORT, HANGUP, PIPE, Application, Headers, Scope
from gateway.crowd import Crowd
from gateway.cycle import Cycle
from gateway.hangup import Hangup
from gateway.sockets import CallerSocket, is_upgrade

log = structlog.get_logger(__name__)

HEAD_SECONDS = 20.0
HEAD_LIMIT = 64 * 1024
STALL_SECONDS = 30.0
MOST_WAITING = 100  # requests of one connection
SEND_BUFFER = 128 * 1024
RECEIVE_BUFFER = 64 * 1024  # of a socket, whose caller may send faster than its endpoint takes

_MALFORMED = (
    b"HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\n"
    b"content-length: 31\r\nconnection: close\r\n\r\nInvalid HTTP request received.\n"
)
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
_WISHES = (b"connection", b"upgrade", b"http2-settings")
_ASGI = {"version": "3.0", "spec_version": "2.3"}


class TooMany(Exception):
    """Requests wait on one connection, which ends it."""


class Protocol(asyncio.Protocol):
    """One caller's connection, for uvicorn's server.

    Bounds what a stranger can make the process hold, in bytes and in seconds.
    A head must be complete `HEAD_SECONDS` after its connection or its first byte came, and neither
    it nor what a chunked body has besides its content (extensions, trailers) may be longer than
    `HEAD_LIMIT`. What the kernel buffers for a caller that does not read is bounded as well, and
    the application can cut such a caller's connection: closing it waits until the caller has read
    what is buffered, which may be never; one that takes nothing for `STALL_SECONDS` is cut in two
    or three times that. There are never more connections than `crowd` allows.

    Requests that come before an answer is complete wait for it, and reading with them: up to
    `MOST_WAITING`, for one read may hold ten thousand, each a hundred times its own size.
    """

    crowd: ClassVar[Crowd["Protocol"]]
    transport: asyncio.Transport
    flow: FlowControl

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self.app: Application = config.loaded_app
        self.server_state = server_state
        self.connections = server_state.connections
        self.tasks = server_state.tasks
        self._parser = self._new_parser()
        self._loop = asyncio.get_running_loop()
        self._quiet = 0  # bytes since the last head or piece of a body was complete
        self._moved = self._in_head = False
        self._head_timer: asyncio.TimerHandle | None = None
        self._stall_timer: asyncio.TimerHandle | None = None
        self._url = b""
        self._headers: Headers = []
        self._wants_continue = self._upgrading = False
        self._scope: Scope = {}  # of an upgrade
        self._reading: Cycle | None = None  # its request comes in, or came in last
        self._answering: Cycle | None = None
        self._waiting: deque[tuple[Cycle, Scope]] = deque()

    # -- for the event loop

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.transport = transport
        peer = transport.get_extra_info("socket")
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        self.flow = FlowControl(transport)
        self._client, self._server = get_remote_addr(transport), get_local_addr(transport)
        self._hangup = Hangup(self.flow)
        self._endings = {"cut": transport.abort, "close": transport.close}
        self._watching = {"watch": self._hangup.watch}
        self.connections.add(self)  # type: ignore[arg-type] # uvicorn lists its own protocols
        leaving = self.crowd.came(self, len(self.connections))
        if leaving is self:
            transport.write(_NO_ROOM)
            transport.close()
        elif leaving is not None:
            leaving.transport.abort()
        self._head_timer = self._loop.call_later(HEAD_SECONDS, self._head_overdue)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_head_timer()
        self._stop_stall_timer()
        self.crowd.forget(self)
        self.connections.discard(self)
        for cycle in (self._answering, self._reading, *(each for each, _ in self._waiting)):
            if cycle is not None:
                cycle.disconnect()
        self._answering = self._reading = None
        self._waiting.clear()
        self.flow.resume_writing()
        self._hangup.happen()
        del self._parser  # it knows us, too

    def data_received(self, data: bytes) -> None:
        self._moved = False
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as end:
            if self._upgrading:
                self._upgrade(early=end.args[0] < len(data))
            else:
                self._stay(data[end.args[0] :])
                return
        except httptools.HttpParserError:
            log.warning("gateway.malformed_request")
            self._refuse(_MALFORMED, in_words=True)
            return
        self._quiet = 0 if self._moved else self._quiet + len(data)
        if self._quiet > HEAD_LIMIT:
            self._refuse(_TOO_LARGE, in_words=self._in_head)
        elif self._in_head and self._head_timer is None:
            self._head_timer = self._loop.call_later(HEAD_SECONDS, self._head_overdue)

    def pause_writing(self) -> None:
        self.flow.pause_writing()
        self._expect_progress()

    def resume_writing(self) -> None:
        self.flow.resume_writing()
        if not self.transport.is_closing():
            self._stop_stall_timer()

    # -- for httptools

    def on_message_begin(self) -> None:
        self._in_head = True
        self._url = b""
        self._headers = []
        self._wants_continue = self._upgrading = False

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._in_head:
            return  # a trailer: it must not pass for a field that a proxy has looked at
        name = name.lower()
        self._headers.append((name, value))
        if name == b"expect":
            self._wants_continue = value.lower() == b"100-continue"

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._moved = True
        self._stop_head_timer()
        self.crowd.forget(self)
        parser = self._parser
        scope = self._new_scope(parser)
        if parser.should_upgrade():
            self._reading = None
            if not _is_websocket(self._headers):
                return  # it is read anew: the parser does not tell of its body
            if any(name in _BODY for name, _ in self._headers):
                self.transport.abort()  # it has none
            else:
                self._upgrading = True
                self._scope = scope
            return
        cycle = self._reading = Cycle(
            self,
            is_head=scope["method"] == "HEAD",
            is_old=scope["http_version"] == "1.0",
            keep_alive=parser.should_keep_alive(),
            wants_continue=self._wants_continue,
        )
        # Extensions that hold what knows the scope would be left to the garbage collector.
        scope["extensions"] = {ABORT: self._endings, HANGUP: self._watching, PIPE: {"pipe": cycle}}
        if self._answering is None:
            self._answer(cycle, scope)
        elif len(self._waiting) < MOST_WAITING:
            self.flow.pause_reading()
            self._waiting.append((cycle, scope))
        else:
            raise TooMany

    def on_body(self, piece: bytes) -> None:
        self._moved = True
        if self._reading is not None:
            self._reading.came(piece)

    def on_message_complete(self) -> None:
        if self._reading is not None:
            self._reading.came_whole()

    def _new_parser(self) -> httptools.HttpRequestParser:
        parser = httptools.HttpRequestParser(self)
        parser.set_dangerous_leniencies(lenient_data_after_close=True)
        return parser

    def _stay(self, rest: bytes) -> None:
        """Reads a request without its wish for another protocol, such as h2c: it is not granted."""
        old = self._parser
        line = b"%b %b HTTP/%b" % (old.get_method(), self._url, old.get_http_version().encode())
        kept = [b"%b: %b" % pair for pair in self._headers if pair[0] not in _WISHES]
        self._parser = self._new_parser()
        self.data_received(b"\r\n".join((line, *kept, b"connection: close", b"", rest)))

    def _new_scope(self, parser: httptools.HttpRequestParser) -> Scope:
        """Raises `UnicodeDecodeError` and httptools' errors, which end the connection."""
        url = self._url
        if url.startswith(b"/") and b"#" not in url:
            path, _, query = url.partition(b"?")
        else:
            parsed = httptools.parse_url(url)
            path, query = parsed.path or b"/", parsed.query or b""
        words = path.decode("ascii")
        return {
            "type": "http",
            "asgi": _ASGI,
            "http_version": parser.get_http_version(),
            "method": parser.get_method().decode("ascii"),
            "scheme": "http",
            "path": unquote(words) if "%" in words else words,
            "raw_path": path,
            "query_string": query,
            "root_path": "",
            "headers": self._headers,
            "client": self._client,
            "server": self._server,
        }

    # -- for the cycles

    @property
    def default_headers(self) -> Headers:
        return self.server_state.default_headers

    def _answer(self, cycle: Cycle, scope: Scope) -> None:
        self._answering = cycle
        self.tasks.add(cycle.start(self.app, scope))

    def ended(self, task: "asyncio.Task[None]") -> None:
        self.tasks.discard(task)

    def answered(self) -> None:
        """The crowd knows who rests since when: there is no timer."""
        self._answering = None
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            self._expect_progress()
            return
        if len(self._waiting) <= 1:
            self.flow.resume_reading()
        if self._waiting:
            self._answer(*self._waiting.popleft())
        else:
            self.crowd.rests(self)

    # -- for the server

    def shutdown(self) -> None:
        """The process ends."""
        if self._answering is None:
            self.transport.close()
        elif self._reading is not None:
            self._reading.keep_alive = False

    def _upgrade(self, *, early: bool) -> None:
        """The connection is the socket's from now on. `early`: bytes came before our answer."""
        transport = self.transport
        if early or not is_upgrade(self._scope["method"], self._headers):
            self._refuse(_NO_UPGRADE, in_words=not early)
            return
        if self._answering is not None:
            transport.abort()  # its answer would stand inside another
            return
        transport.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER
        )
        scope = {**self._scope, "type": "websocket", "scheme": "ws", "subprotocols": []}
        caller = CallerSocket(transport, self.server_state, self.app, scope)
        self.connections.discard(self)
        transport.set_protocol(caller)
        caller.begin()
        del self._parser  # it knows us, too

    def _refuse(self, answer: bytes, *, in_words: bool) -> None:
        """In words if nothing else is being answered on this connection."""
        if self._answering is not None or not in_words:
            self.transport.abort()
        elif not self.transport.is_closing():
            self.transport.write(answer)
            self.transport.close()

    def _expect_progress(self) -> None:
        """Of what the caller takes, until there is nothing more to take."""
        self._stop_stall_timer()
        left = self.transport.get_write_buffer_size()
        if left:
            self._stall_timer = self._loop.call_later(STALL_SECONDS, self._look, left)

    def _look(self, left: int, *, again: bool = True) -> None:
        """What is being answered has a clock of its own, and more to tell of its end."""
        if self.transport.get_write_buffer_size() < left:
            self._expect_progress()
        elif self._answering is not None and again:
            look = partial(self._look, left, again=False)
            self._stall_timer = self._loop.call_later(STALL_SECONDS, look)
        else:
            self.transport.abort()

    def _stop_stall_timer(self) -> None:
        if self._stall_timer is not None:
            self._stall_timer.cancel()
            self._stall_timer = None

    def _head_overdue(self) -> None:
        """Behind a request that is being answered it may be that we do not read."""
        if self._answering is None:
            self.transport.abort()
        else:
            self._head_timer = self._loop.call_later(HEAD_SECONDS, self._head_overdue)

    def _stop_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


def _is_websocket(headers: Headers) -> bool:
    given = dict(headers)
    tokens = [each.strip() for each in given.get(b"connection", b"").lower().split(b",")]
    return b"upgrade" in tokens and given.get(b"upgrade", b"").lower() == b"websocket"
