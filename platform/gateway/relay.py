"""The pump: an endpoint's answer goes to the caller, piece by piece, never faster than it reads."""

import asyncio
import re
import time
from collections.abc import Mapping

from dispatch.answers import ErrorAnswer, FlowingAnswer, ReplyAnswer, StreamAnswer, media_type
from gateway.accounting import Account
from gateway.asgi import Headers, Pipe, Send, send_whole, with_length
from gateway.errors import told
from gateway.live import Live

FAREWELL_SECONDS = 2.0

SSE = b"text/event-stream; charset=utf-8"
_PLAIN = b"text/plain; charset=utf-8"
JSON = b"application/json"
_PRINTABLE = re.compile(r"[\x20-\x7e]{1,64}")
_KEPT_ERROR_HEADERS = ("retry-after", "retry-after-ms", "x-should-retry")


class Relay:
    """Carries one answer to one caller. `started`: the head is sent, errors go into the stream.

    It is the answer's `Outlet`: with a pipe, most of a stream goes from the endpoint's socket to
    the caller's in one step of the event loop, without waking this task.
    """

    __slots__ = ("_account", "_headers", "_live", "_pipe", "_send", "started")

    def __init__(
        self,
        send: Send,
        headers: Headers,
        live: Live,
        account: Account,
        pipe: Pipe | None = None,
    ) -> None:
        self._send = send
        self._pipe = pipe
        self._headers = headers
        self._live = live
        self._account = account
        self.started = False

    async def stream(self, answer: FlowingAnswer, content_type: bytes) -> None:
        """The head goes out with the first piece. Raises `DispatchFailed`."""
        meter, live, send = self._account.meter, self._live, self._send
        outlet = self if self._pipe is not None else None
        piece = await answer.read()
        meter.first_piece = time.perf_counter()
        meter.saw(answer)
        await self._start(200, content_type)
        live.sending = True
        while piece:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            meter.bytes_out += len(piece)
            live.sends += 1
            if meter.first_sent is None:
                meter.first_sent = time.perf_counter()
            live.sending = False
            piece = await answer.read(outlet)
            live.sending = True
        await send({"type": "http.response.body", "body": b"", "more_body": False})
        live.sending = False

    def ready(self) -> bool:
        return self._pipe is not None and self._pipe.ready()

    def put(self, piece: bytes) -> None:
        """Only when `ready`."""
        if self._pipe is not None:
            self._pipe.put(piece)
            self._account.meter.bytes_out += len(piece)
            self._live.sends += 1

    async def reply(self, answer: ReplyAnswer, content_type: bytes) -> None:
        await self._whole(answer, 200, [(b"content-type", content_type)])

    async def error(self, answer: ErrorAnswer, status: int) -> None:
        """The endpoint's own error, with its body and when to try again."""
        fields = {**answer.headers, "content-type": answer.kind}
        await self._whole(answer, status, error_headers(fields))

    async def fail(self, answer: StreamAnswer, code: str, detail: str) -> None:
        """Ends a stream that has begun: one error event, and no end marker."""
        await self.farewell(answer.fail(code, told(code, detail)))

    async def farewell(self, last: bytes) -> None:
        """What an answer that has begun ends with. Raises `TimeoutError`."""
        async with asyncio.timeout(FAREWELL_SECONDS):
            await self._send({"type": "http.response.body", "body": last, "more_body": False})
        self._account.meter.bytes_out += len(last)

    async def _whole(
        self, answer: ReplyAnswer | ErrorAnswer, status: int, headers: Headers
    ) -> None:
        meter, live = self._account.meter, self._live
        meter.first_piece = time.perf_counter()
        meter.saw(answer)
        headers = [*self._headers, *headers, (b"server-timing", meter.server_timing())]
        self.started = True
        live.sending = True
        content = answer.content
        if self._pipe is None or not self._pipe.answer(
            status, with_length(headers, content), content
        ):
            await send_whole(self._send, status, headers, content)
        live.sending = False
        meter.first_sent = time.perf_counter()
        meter.bytes_out = len(answer.content)

    async def _start(self, status: int, content_type: bytes) -> None:
        headers = [
            *self._headers,
            (b"content-type", content_type),
            (b"x-accel-buffering", b"no"),
            (b"server-timing", self._account.meter.server_timing()),
        ]
        self.started = True
        await self._send({"type": "http.response.start", "status": status, "headers": headers})


def error_headers(fields: Mapping[str, str]) -> Headers:
    """What a caller gets of the head of an endpoint's own error."""
    headers = [(b"content-type", _safe_type(fields)), (b"x-content-type-options", b"nosniff")]
    for name in _KEPT_ERROR_HEADERS:
        if _PRINTABLE.fullmatch(value := fields.get(name, "")):
            headers.append((name.encode(), value.encode()))
    headers.append((b"x-patchbay-error-source", b"upstream"))
    return headers


def _safe_type(fields: Mapping[str, str]) -> bytes:
    """JSON stays JSON; all else is shown as text, since a browser may be the one that reads it."""
    declared = media_type(fields)
    return JSON if declared == "application/json" or declared.endswith("+json") else _PLAIN
