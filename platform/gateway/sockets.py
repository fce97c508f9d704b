"""WebSockets of callers: ASGI until they are accepted, then a link of their own.

What is relayed does not pass through ASGI: its `send` and `receive` cost a queue and the waking of
a task for each message, and hand out messages only when they are whole.
"""

import asyncio
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from uvicorn.server import ServerState

from egress.link import Link, Sink
from egress.websocket import accept_key
from gateway.asgi import ABORT, HANGUP, LINK, Application, Headers, Message, Scope


class CallerSocket(asyncio.Protocol):
    """Speaks ASGI's `websocket`, with its extension for HTTP answers, up to the upgrade.

    From then on whoever took the link (the extension `LINK` of the scope) is told of the caller's
    end, and `receive` says nothing more.
    """

    def __init__(
        self, transport: asyncio.Transport, server: ServerState, app: Application, scope: Scope
    ) -> None:
        self._transport = transport
        self._connections: set[Any] = server.connections
        self._tasks = server.tasks
        self._default_headers = server.default_headers
        self._app = app
        self._scope = scope
        # Not a queue, whose three kilobytes would last as long as the session.
        self._connected = False
        self._disconnected: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._status: int | None = None
        self._head: Headers = []
        self._link: Link | None = None
        self._gone = False
        self._tell: Callable[[], None] | None = None
        scope["extensions"] = {
            "websocket.http.response": {},
            ABORT: {"cut": self._transport.abort},
            HANGUP: {"watch": self._watch},
            LINK: {"take": self._take},
        }

    def begin(self) -> None:
        """Runs the application."""
        self._connections.add(self)
        task = asyncio.get_running_loop().create_task(self._run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self) -> None:
        try:
            await self._app(self._scope, self._receive, self._send)
        finally:
            self._scope = {}  # it holds our methods: nothing must be left to the collector
            if self._link is None:
                self._transport.close()
            else:
                self._link.close(1011)

    def _take(self, sink: Sink) -> Link:
        """After the upgrade; once."""
        self._link = link = Link(self._transport, client=False)
        link.start(sink)
        if self._gone:
            link.lost()
            self._link = None
        return link

    def _watch(self, tell: Callable[[], None] | None) -> None:
        """A `WatchHangup`, for as long as there is no link."""
        self._tell = tell
        if tell is not None and self._gone:
            tell()

    # -- ASGI

    async def _receive(self) -> Message:
        if not self._connected:
            self._connected = True
            return {"type": "websocket.connect"}
        await asyncio.shield(self._disconnected)
        return {"type": "websocket.disconnect", "code": 1006}

    async def _send(self, message: Message) -> None:
        match message["type"]:
            case "websocket.accept":
                self._accept(list(message.get("headers", ())))
            case "websocket.http.response.start":
                self._status, self._head = message["status"], list(message["headers"])
            case "websocket.http.response.body":
                self._answer(self._status or 500, self._head, message["body"])
            case "websocket.close":
                self._answer(403, [(b"content-length", b"0")], b"")

    def _accept(self, headers: Headers) -> None:
        key = dict(self._scope["headers"])[b"sec-websocket-key"].decode()
        self._write_head(
            101,
            [
                (b"upgrade", b"websocket"),
                (b"connection", b"Upgrade"),
                (b"sec-websocket-accept", accept_key(key).encode()),
                *headers,
            ],
        )

    def _answer(self, status: int, headers: Headers, body: bytes) -> None:
        self._write_head(status, [*headers, (b"connection", b"close")], body)
        self._transport.close()

    def _write_head(self, status: int, headers: Headers, body: bytes = b"") -> None:
        lines = [f"HTTP/1.1 {status} {_phrase(status)}".encode()]
        lines += [b"%b: %b" % pair for pair in (*self._default_headers, *headers)]
        if not self._transport.is_closing():
            self._transport.write(b"\r\n".join(lines) + b"\r\n\r\n" + body)

    # -- for the event loop and uvicorn

    def data_received(self, data: bytes) -> None:
        if self._link is not None:
            self._link.feed(data)
        else:
            self._transport.abort()  # frames before the upgrade

    def eof_received(self) -> None:
        """The transport closes itself."""

    def connection_lost(self, exc: Exception | None) -> None:
        self._gone = True
        self._connections.discard(self)
        if self._link is not None:
            self._link.lost()
            self._link = None  # it knows the transport, which knows us
        elif self._tell is not None:
            self._tell()
        else:
            self._disconnected.set_result(None)

    def pause_writing(self) -> None:
        if self._link is not None:
            self._link.pause_writing()

    def resume_writing(self) -> None:
        if self._link is not None:
            self._link.resume_writing()

    def shutdown(self) -> None:
        """The process ends."""
        if self._link is not None:
            self._link.close(1012)


def is_upgrade(method: str, headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether the request is one for a WebSocket as RFC 6455 has it."""
    given = dict(headers)
    try:
        key = b64decode(given.get(b"sec-websocket-key", b""), validate=True)
    except NotBase64:
        return False
    return method == "GET" and len(key) == 16 and given.get(b"sec-websocket-version") == b"13"


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in _STATUSES else ""


_STATUSES = frozenset(HTTPStatus)
