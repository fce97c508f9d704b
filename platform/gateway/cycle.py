"""One request on a caller's connection, and its answer."""

import asyncio
import re
from http import HTTPStatus
from typing import Protocol

import structlog
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT, FlowControl

from gateway.asgi import Application, Headers, Message, Scope

log = structlog.get_logger(__name__)

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_CLOSE = b"connection: close\r\n"
_CHUNKED = b"transfer-encoding: chunked\r\n"
_BODILESS = (204, 304)
_BAD_NAME = re.compile(rb"[^!#$%&'*+\-.^_`|~0-9A-Za-z]|^$")  # RFC 9110, 5.6.2: no token
_BAD_VALUE = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_PHRASES = {each.value: each.phrase for each in HTTPStatus}
_STATUS_LINES = {
    status: f"HTTP/1.1 {status} {_PHRASES.get(status, '')}\r\n".encode()
    for status in range(200, 600)
}


class Line(Protocol):
    """What a cycle needs of its connection."""

    transport: asyncio.Transport
    flow: FlowControl

    @property
    def default_headers(self) -> Headers:
        """Of every answer."""
        ...

    def answered(self) -> None:
        """The cycle's answer is complete."""
        ...

    def ended(self, task: "asyncio.Task[None]") -> None:
        """The application has returned."""
        ...


class Cycle:
    """ASGI's `receive` and `send`, and the `Pipe` past them, which needs no task.

    The head of an answer waits for the first piece of its body, as ASGI asks: both are one system
    call, and wake the caller once. A cycle does not know its scope, which knows it: held for good,
    both would wait for the garbage collector.
    """

    __slots__ = ("_bell", "_body", "_chunked", "_head", "_head_alone", "_is_old", "_left", "_line",
                 "_news", "_open_ended", "_size", "_task", "_transport", "_wants_continue",
                 "disconnected", "done", "keep_alive", "more_body", "started")  # fmt: skip

    def __init__(
        self, line: Line, *, is_head: bool, is_old: bool, keep_alive: bool, wants_continue: bool
    ) -> None:
        """`is_head`: it asks for the head alone. `is_old`: in HTTP/1.0, whose callers know no
        chunks, no `100 Continue` and no connections that are kept: a stream ends with its own.
        """
        self._line = line
        self._transport = line.transport
        self._head_alone = is_head
        self._is_old = is_old
        self.keep_alive = keep_alive and not is_old
        self._wants_continue = wants_continue and not is_old
        self._body: list[bytes] = []
        self._size = 0
        self.more_body = True
        self._news = False  # `receive` has something to tell
        self._bell: asyncio.Event | None = None
        self._head: bytes | None = None
        self._open_ended = self._chunked = False
        self._left = 0  # of the declared length
        self.started = self.done = self.disconnected = False
        self._task: asyncio.Task[None] | None = None

    # -- for the connection

    def start(self, application: Application, scope: Scope) -> "asyncio.Task[None]":
        self._task = asyncio.get_running_loop().create_task(self._run(application, scope))
        return self._task

    def came(self, piece: bytes) -> None:
        """Of the request's body."""
        if self.done:
            return
        self._body.append(piece)
        self._size += len(piece)
        if self._size > HIGH_WATER_LIMIT:
            self._line.flow.pause_reading()
        self._ring()

    def came_whole(self) -> None:
        self.more_body = False
        self._ring()

    def disconnect(self) -> None:
        self.disconnected = not self.done
        self._ring()

    def _ring(self) -> None:
        self._news = True
        if self._bell is not None:
            self._bell.set()

    async def _run(self, application: Application, scope: Scope) -> None:
        try:
            await application(scope, self.receive, self.send)
        except BaseException as error:
            log.exception("gateway.application_failed", error=type(error).__name__)
        else:
            if not (self.done or self.disconnected):
                log.error("gateway.answer_unfinished", begun=self.started)
        finally:
            task, self._task = self._task, None
            if not (self.done or self.disconnected):
                self._give_up()
            if task is not None:
                self._line.ended(task)

    def _give_up(self) -> None:
        """The application left its answer unfinished."""
        self.keep_alive = False
        text = b"Internal Server Error"
        headers = [(b"content-type", b"text/plain"), (b"content-length", b"%d" % len(text))]
        if not self.answer(500, headers, text):
            self._flush()
            self._transport.close()

    # -- ASGI

    async def receive(self) -> Message:
        if self._wants_continue:
            self._wants_continue = False
            if not (self.started or self._transport.is_closing()):
                self._transport.write(_CONTINUE)
        self._line.flow.resume_reading()
        if not self._news:
            await self._wait()
        self._news = False
        if self.done or self.disconnected:
            self._news = True  # and says so again to whoever asks again
            return {"type": "http.disconnect"}
        body, self._body, self._size = self._body, [], 0
        whole = body[0] if len(body) == 1 else b"".join(body)
        return {"type": "http.request", "body": whole, "more_body": self.more_body}

    async def _wait(self) -> None:
        if self._bell is None:
            self._bell = asyncio.Event()
        self._bell.clear()
        await self._bell.wait()

    async def send(self, message: Message) -> None:
        """Raises `RuntimeError` for what ASGI does not allow."""
        flow = self._line.flow
        if flow.write_paused and not self.disconnected:
            await flow.drain()
        if self.disconnected:
            return
        kind = message["type"]
        if kind == "http.response.start" and not self.started:
            self._begin(message["status"], message.get("headers", ()))
        elif kind == "http.response.body" and self.started and not self.done:
            self._go_on(message.get("body", b""), more=message.get("more_body", False))
        else:
            raise RuntimeError(f"{kind} is out of turn")

    def _begin(self, status: int, headers: Headers) -> None:
        parts = [_STATUS_LINES[status]]
        length: int | None = None
        closing = False
        for name, value in (*self._line.default_headers, *headers):
            name = name.lower()
            if _BAD_NAME.search(name) or _BAD_VALUE.search(value):
                raise RuntimeError(f"the header {name!r} cannot be sent")
            parts.append(b"%b: %b\r\n" % (name, value))
            if name == b"content-length":
                length = int(value)
            elif name == b"connection":
                closing = closing or b"close" in value.lower()
        self.started = True
        self.keep_alive = self.keep_alive and not closing
        if not (self.keep_alive or closing):
            parts.append(_CLOSE)
        self._head_alone = self._head_alone or status in _BODILESS
        self._open_ended = length is None and not self._head_alone
        self._chunked = self._open_ended and not self._is_old
        self._left = length or 0
        self._head = b"".join((*parts, _CHUNKED if self._chunked else b"", b"\r\n"))

    def _go_on(self, body: bytes, *, more: bool) -> None:
        if self._head_alone:
            body = b""
        elif self._chunked:
            body = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
            if not more:
                body += b"0\r\n\r\n"
        elif not self._open_ended:
            self._left -= len(body)
            if self._left < 0 or (self._left and not more):
                raise RuntimeError("the body has not its declared length")
        self._flush(body)
        if not more:
            self._finish()

    def _flush(self, body: bytes = b"") -> None:
        """Writes what is held of the head, and the piece."""
        head, self._head = self._head, None
        if head is None:
            if body:
                self._transport.write(body)
        elif body:
            self._transport.writelines((head, body))
        else:
            self._transport.write(head)

    def _finish(self) -> None:
        self.done = True
        self._ring()
        if not self.keep_alive:
            self._transport.close()
        self._line.answered()

    # -- `gateway.asgi.Pipe`

    def ready(self) -> bool:
        return (
            self._open_ended
            and self._head is None
            and not (self.done or self.disconnected or self._line.flow.write_paused)
        )

    def put(self, piece: bytes) -> None:
        """Not empty: that would be the end of the body."""
        self._transport.write(b"%x\r\n%b\r\n" % (len(piece), piece) if self._chunked else piece)

    def answer(self, status: int, headers: Headers, body: bytes) -> bool:
        if self.started or self.disconnected or self._line.flow.write_paused:
            return False
        self.started = True
        fields = [b"%b: %b\r\n" % field for field in (*self._line.default_headers, *headers)]
        end = b"\r\n" if self.keep_alive else b"connection: close\r\n\r\n"
        head = b"".join((_STATUS_LINES[status], *fields, end))
        if self._head_alone:
            self._transport.write(head)
        else:
            self._transport.writelines((head, body))
        self._finish()
        return True
