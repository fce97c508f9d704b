"""What an endpoint can answer: a stream, a whole reply, or an error of its own."""

import asyncio
import time
from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Protocol

from dispatch.failures import DispatchFailed
from dispatch.received import Received
from egress.errors import EgressError
from egress.http import ExchangeTiming, Push
from wire.events import Failure
from wire.llm.base import LLMRelay, LLMTally

REPLY_LIMIT = 16 * 1024 * 1024
ERROR_BODY_LIMIT = 64 * 1024
AFTER_DONE_SECONDS = 1.0

Observer = Callable[[float, bytes], None]
_BLANK_LINES = (b"\n\n", b"\r\n\r\n")


class Outlet(Protocol):
    """The caller's side, when it can take bytes outside of any task."""

    def ready(self) -> bool:
        """Whether `put` may be called now: the caller keeps up."""
        ...

    def put(self, piece: bytes) -> None: ...


class Body:
    """The body of a response as it comes off the wire, counted, and shown to an observer."""

    __slots__ = ("_first", "_observe", "received", "response")

    def __init__(self, response: Received, observe: Observer | None) -> None:
        self.response = response
        self.received = 0
        self._observe = observe
        self._first = b""

    async def read(self, push: Push | None = None) -> bytes:
        """The next piece, `b""` at the end. Raises `DispatchFailed`; then all is closed.

        Pieces that `push` took (see `Response.read`) are not counted, and not observed.
        """
        if self._first:
            data, self._first = self._first, b""
            return data
        try:
            data = await self.response.read(push)
        except EgressError as error:
            self.response.close()
            raise DispatchFailed.of(error, self.response) from error
        self.received += len(data)
        if self._observe is not None and data:
            self._observe(time.perf_counter(), data)
        return data

    def unread(self, data: bytes) -> None:
        """Gives back what was read ahead; the next `read` returns it again."""
        self._first = data

    async def read_whole(self, limit: int, *, cut: bool = False) -> bytes:
        """All of it. A longer body is cut at `limit`, or else is a bad response."""
        pieces: list[bytes] = []
        size = 0
        while data := await self.read():
            pieces.append(data)
            size += len(data)
            if size > limit:
                self.response.close()
                if cut:
                    break
                raise self.bad(f"Its answer is longer than {limit // 1024 // 1024} MiB.")
        return b"".join(pieces)[:limit]

    def bad(self, detail: str) -> DispatchFailed:
        """The failure to raise for an answer that cannot be used; it is closed."""
        self.response.close()
        return DispatchFailed("upstream_bad_response", detail, self.response)

    def empty(self) -> DispatchFailed:
        """The failure to raise for a body that ended before it began."""
        return DispatchFailed("upstream_truncated", "Its answer was empty.", self.response)


def media_type(headers: Mapping[str, str]) -> str:
    """The declared type without its parameters, in lower case; empty when there is none."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


class Answer:
    """`status`, `headers` and `timing` are as the endpoint gave them; `close` may come twice."""

    __slots__ = ("attempts", "body", "first_content")

    def __init__(self, body: Body) -> None:
        self.body = body
        self.attempts = 1
        self.first_content: float | None = None

    @property
    def status(self) -> int:
        return self.body.response.status

    @property
    def headers(self) -> dict[str, str]:
        return self.body.response.headers

    @property
    def timing(self) -> ExchangeTiming:
        return self.body.response.timing

    @property
    def failure(self) -> Failure | None:
        """What the endpoint said went wrong, in an answer that had begun well."""
        return None

    def close(self) -> None:
        self.body.response.close()


class FlowingAnswer(Answer):
    """A body that reaches the caller as it comes."""

    __slots__ = ()

    @abstractmethod
    async def read(self, outlet: Outlet | None = None) -> bytes:
        """The next bytes for the caller, `b""` at a good end. Raises `DispatchFailed`.

        With an `outlet`, what can go to the caller at once goes there; this returns the rest.
        """

    async def _read_rest(self) -> bytes:
        """After the end marker a peer that keeps its connection open need not be waited for."""
        try:
            async with asyncio.timeout(AFTER_DONE_SECONDS):
                return await self.body.read()
        except (TimeoutError, DispatchFailed):
            self.close()
            return b""


class StreamAnswer(FlowingAnswer):
    """A stream of events, carried unchanged but for what the relay withholds."""

    __slots__ = ("_ahead", "_between", "_end_mark", "_ended", "_outlet", "_relay", "_rest", "tally")

    def __init__(self, body: Body, relay: LLMRelay) -> None:
        super().__init__(body)
        self.tally = relay.tally
        self._relay = relay
        self._end_mark = relay.end_mark
        self._between = False
        self._ahead: tuple[int, bytes] | None = None
        self._outlet: Outlet | None = None
        self._ended = False
        self._rest = b""

    async def read(self, outlet: Outlet | None = None) -> bytes:
        """By the outlet goes what comes between the first event and the last; this returns what
        begins inside an event, or comes while the outlet is not ready.
        """
        self._outlet = outlet
        push = None if outlet is None else self._pass_on
        while not self._ended:
            data = await (self._read_rest() if self.tally.done else self.body.read(push))
            if not data:
                return self._end()
            if out := self._fed(data):
                return out
        return b""

    def _fed(self, data: bytes) -> bytes:
        """What comes of `data`, whose beginning may have been fed as it came."""
        if self._ahead is None:
            return self._feed(data)
        (size, out), self._ahead = self._ahead, None
        return out + self._feed(data[size:]) if len(data) > size else out

    def _feed(self, data: bytes) -> bytes:
        out = self._relay.feed(data)
        self._between = data.endswith(_BLANK_LINES)
        if self.first_content is None and self.tally.has_content:
            self.first_content = time.perf_counter()
        return out

    def _pass_on(self, data: bytes) -> bool:
        """Not across the end, by a marker or by an error: what follows is read against another
        clock. An error is seen only once it is fed, and what came of it is kept for the reader.
        """
        outlet = self._outlet
        if outlet is None or not self._between or self._end_mark in data or not outlet.ready():
            return False
        out = self._feed(data)
        if self.tally.done:
            self._ahead = len(data), out
            return False
        if out:
            outlet.put(out)
        return True

    @property
    def failure(self) -> Failure | None:
        return self.tally.failure

    def fail(self, code: str, message: str) -> bytes:
        """What ends the stream for the caller when it cannot be finished."""
        self.close()
        return self._rest + self._relay.fail(code=code, message=message)

    def _end(self) -> bytes:
        self._ended = True
        out = self._relay.close()
        if not self.tally.complete:
            self._rest = out
            self.close()
            raise DispatchFailed(
                "upstream_truncated",
                "Its stream ended without a finish reason and without an end marker.",
                self.body.response,
            )
        return out


class ReplyAnswer(Answer):
    """A whole answer; `as_stream` when it was turned into the stream that was asked for."""

    __slots__ = ("as_stream", "content", "tally")

    def __init__(self, body: Body, content: bytes, tally: LLMTally, *, as_stream: bool) -> None:
        super().__init__(body)
        self.tally = tally
        self.content = content
        self.as_stream = as_stream
        self.first_content = time.perf_counter()

    @property
    def failure(self) -> Failure | None:
        return self.tally.failure


async def gathered(answer: StreamAnswer) -> ReplyAnswer:
    """What a stream amounts to, for a caller that takes answers whole. Raises `DispatchFailed`.

    Of a format that has nothing to say before the end; what the endpoint sends behind its end mark
    is left for later.
    """
    pieces: list[bytes] = []
    while not (pieces and answer.tally.done) and (piece := await answer.read()):
        pieces.append(piece)
    whole = ReplyAnswer(answer.body, b"".join(pieces), answer.tally, as_stream=False)
    whole.attempts, whole.first_content = answer.attempts, answer.first_content
    return whole


class ErrorAnswer(Answer):
    """The endpoint's own 4xx or 5xx; `content` is the first 64 KiB of its body, of `kind`.

    `translated`: it has the caller's shape and not the endpoint's.
    """

    __slots__ = ("content", "kind", "translated")

    def __init__(self, body: Body, content: bytes) -> None:
        super().__init__(body)
        self.content = content
        self.kind = media_type(body.response.headers)
        self.translated = False

    def translate(self, content: bytes | None) -> None:
        """Takes JSON in the caller's shape in place of the endpoint's own, unless it is `None`."""
        if content is not None:
            self.content = content
            self.kind = "application/json"
            self.translated = True
