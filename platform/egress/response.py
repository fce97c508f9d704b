"""An answer as it arrives: parses the head, hands out the body, watches the clocks."""

import asyncio
import time
from collections.abc import Callable
from typing import Any, Protocol

import httptools

from egress.alarm import Alarm
from egress.errors import BadResponse, EgressError, TimedOut, Truncated
from egress.exchange import Clocks, ExchangeTiming

MAX_HEAD = 32 * 1024
MAX_FIELDS = 100
HIGH_WATER = 64 * 1024
_NEVER = float("inf")

Push = Callable[[bytes], bool]
"""Takes a piece at once and says so, or leaves it to the reader. Never raises."""


class Carrier(Protocol):
    """The connection under an answer."""

    def pause_reading(self) -> None: ...
    def resume_reading(self) -> None: ...
    def abort(self) -> None: ...
    def release(self, *, reusable: bool) -> None: ...


class Response:
    """The head of an answer, and its body as it arrives.

    `headers` has lower-case names. `read()` gives the next piece as it came off the wire, never
    empty until the end, where it gives `b""`; it raises `TimedOut` or `Truncated`. Reading slower
    than the peer sends stops the peer (the buffer is bounded). `close()` may be called at any time,
    also twice; a connection whose body was read to its end goes back to the pool. One reader only.
    """

    __slots__ = (
        "_alarm", "_body", "_carrier", "_chunks", "_clock", "_clocks", "_complete", "_failure",
        "_fields", "_head_done", "_head_size", "_interim", "_keep", "_loop", "_parser", "_paused",
        "_push", "_quiet", "_seconds", "_size", "_total_at", "_until_eof", "_wait_at",
        "_waiter", "headers", "seen", "status", "timing",
    )  # fmt: skip

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        clocks: Clocks,
        timing: ExchangeTiming,
        carrier: Carrier,
        alarm: Alarm,
        total_at: float,
    ) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.timing = timing
        self.seen = False  # whether any byte of an answer came
        self._loop = loop
        self._clocks = clocks
        self._carrier = carrier
        self._alarm = alarm
        self._parser: Any = httptools.HttpResponseParser(self)
        self._chunks: list[bytes] = []
        self._size = 0  # bytes in `_chunks`
        self._body = 0  # bytes of the body so far
        self._quiet = 0  # bytes since the last body byte: head, chunk extensions, trailers
        self._fields = self._head_size = 0
        self._head_done = self._interim = self._until_eof = False
        self._complete = self._keep = self._paused = False
        self._failure: EgressError | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._push: Push | None = None
        self._clock, self._seconds = "first_byte", clocks.first_byte
        self._wait_at = _NEVER
        self._total_at = total_at

    # -- the reader's side

    async def read(self, push: Push | None = None) -> bytes:
        """As above. A piece that comes while this waits is offered to `push` first; one that it
        takes is no longer ours, and the wait begins anew: no task is woken for it.
        """
        chunks = self._chunks
        if not chunks:
            if self._failure is not None:
                raise self._failure
            if self._complete:
                return b""
            self._push = push
            await self._wait("idle", self._clocks.idle)
            if not chunks:
                if self._failure is not None:
                    raise self._failure
                return b""
        piece = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        chunks.clear()
        self._size = 0
        if self._paused:
            self._paused = False
            self._carrier.resume_reading()
        return piece

    def close(self) -> None:
        if not self._complete:
            self.fail(Truncated("The answer was closed before its end.", "closed"))

    async def until_head(self) -> None:
        """Waits for the head. Raises what went wrong."""
        while not self._head_done and self._failure is None:
            await self._wait("first_byte", self._clocks.first_byte)
        if not self._head_done and self._failure is not None:
            raise self._failure

    async def until_room(self) -> bool:
        """Waits until more may be sent; `False` when the answer or an error came first."""
        await self._wait("idle", self._clocks.idle)
        return not self.answered

    @property
    def answered(self) -> bool:
        return self._head_done or self._failure is not None

    async def _wait(self, clock: str, seconds: float) -> None:
        """Until something happens. Cancelling closes the connection."""
        waiter = self._waiter = self._loop.create_future()
        self._clock, self._seconds = clock, seconds
        self._wait_at = at = self._loop.time() + seconds
        self._alarm.set(min(at, self._total_at), self._ring)
        try:
            await waiter
        except asyncio.CancelledError:
            self._waiter = None
            self.close()
            raise

    def wake(self) -> None:
        waiter = self._waiter
        if waiter is not None:
            self._waiter = None
            if not waiter.done():
                waiter.set_result(None)

    def _ring(self) -> None:
        """The nearest deadline, as it was when the wait began: pieces that were pushed moved it."""
        now = self._loop.time()
        waiting_until = self._wait_at if self._waiter is not None else _NEVER
        if now >= self._total_at:
            self.fail(TimedOut("total", self._clocks.total))
        elif now >= waiting_until:
            self.fail(TimedOut(self._clock, self._seconds))
        else:
            self._alarm.set(min(waiting_until, self._total_at), self._ring)

    # -- the connection's side

    def feed(self, data: memoryview) -> None:
        """Bytes off the wire."""
        self.seen = True
        before = self._body
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            cause = error.__context__
            self._broken(cause if isinstance(cause, EgressError) else None)
            return
        if self._complete:
            self._release(reusable=self._keep)
            return
        self._quiet = self._quiet + len(data) if self._body == before else 0
        if self._quiet > MAX_HEAD:
            self.fail(BadResponse("Head, trailers or chunk lines are too large.", "head_too_large"))

    def _broken(self, cause: EgressError | None) -> None:
        """The parser gave up: after the end it only costs the connection, before it the answer."""
        if self._complete:
            self._release(reusable=False)
        else:
            self.fail(cause or BadResponse("The endpoint's answer is not valid HTTP/1.1."))

    def _release(self, *, reusable: bool) -> None:
        """Parts from the connection; all that was received is in `_chunks`."""
        self._parser = None  # it holds our methods: without this both would wait for the collector
        if self._paused:
            self._paused = False
            self._carrier.resume_reading()
        self._carrier.release(reusable=reusable)

    def ended(self, error: Exception | None) -> None:
        """The peer closed the connection, cleanly or (`error`) not."""
        if self._head_done and self._until_eof and error is None:
            self._finish()
            self._release(reusable=False)
        elif self.seen:
            self.fail(Truncated("The endpoint closed the connection before the answer's end."))
        else:
            self.fail(Truncated("The endpoint closed the connection unanswered.", "no_answer"))

    def fail(self, error: EgressError) -> None:
        """Ends the exchange; what was received before can still be read."""
        if self._failure is None and not self._complete:
            self._failure = error
            self._parser = self._push = None
            self._paused = False
            self._alarm.clear()
            self._carrier.abort()
            self.wake()

    # -- the parser's side

    def on_message_begin(self) -> None:
        if self._complete:
            raise BadResponse("The endpoint sent more than one answer.")
        if self.timing.first_byte is None:
            self.timing.first_byte = time.perf_counter()

    def on_header(self, name: bytes, value: bytes) -> None:
        self._fields += 1
        self._head_size += len(name) + len(value) + 4
        if self._fields > MAX_FIELDS or self._head_size > MAX_HEAD:
            raise BadResponse("The head of the endpoint's answer is too large.", "head_too_large")
        if self._head_done:
            return  # a trailer
        key, text = name.decode("latin-1").lower(), value.decode("latin-1").strip()
        known = self.headers.get(key)
        self.headers[key] = text if known is None else f"{known}, {text}"

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if 100 <= status < 200 and status != 101:
            self._interim = True
            return
        self.status = status
        self._check_head(status)
        self._until_eof = not self.headers.keys() & {"content-length", "transfer-encoding"}
        self._head_done = True
        self._fields = self._head_size = 0
        self.wake()

    def _check_head(self, status: int) -> None:
        if not 200 <= status < 600 or self._parser.get_http_version() not in ("1.1", "1.0"):
            raise BadResponse("The endpoint's answer has no valid HTTP/1.1 status.", "malformed")
        if 300 <= status < 400:
            raise BadResponse(
                f"The endpoint answered with a redirect ({status}); redirects are not followed.",
                "redirect",
            )
        if self.headers.get("transfer-encoding", "chunked").lower() != "chunked":
            raise BadResponse("The endpoint used a transfer coding that was not asked for.")
        if self.headers.get("content-encoding", "identity").lower() not in ("identity", ""):
            raise BadResponse("The endpoint compressed its answer, which was not asked.", "encoded")

    def on_body(self, data: bytes) -> None:
        size = len(data)
        self._body += size
        waiter = self._waiter
        if self._push is not None and waiter is not None and self._push(data):
            self._wait_at = self._loop.time() + self._seconds
            return
        self._chunks.append(data)
        self._size += size
        if self._size > HIGH_WATER and not self._paused:
            self._paused = True
            self._carrier.pause_reading()
        if waiter is not None:
            self._waiter = None
            if not waiter.done():
                waiter.set_result(None)

    def on_message_complete(self) -> None:
        if self._interim:
            self._interim = False
            self.headers.clear()
            return
        self._keep = self._parser.should_keep_alive()
        self._finish()

    def _finish(self) -> None:
        self._complete = True
        self._push = None  # it holds the reader, which holds us
        self._alarm.clear()
        self.wake()
