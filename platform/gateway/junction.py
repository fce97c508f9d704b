"""The pump of a session: two links, each the sink of the other's messages, until one ends."""

import asyncio
import time
from dataclasses import dataclass
from typing import ClassVar, Generic, Protocol, TypeVar

from dispatch.failures import DispatchFailed
from egress.frames import LOST, NO_CODE, Frame, may_be_sent
from egress.link import End, Link
from gateway.delays import Delays

GOING_AWAY = 1001
_CLEAN = (1000, GOING_AWAY, NO_CODE, LOST)

_LOST = {
    "lost": ("upstream_truncated", "The endpoint closed the connection in mid-session."),
    "broken": ("upstream_bad_response", "The endpoint broke the WebSocket protocol."),
    "silent": ("upstream_timeout", "The endpoint answered no ping."),
    "stalled": ("upstream_timeout", "The endpoint stopped reading."),
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a session ended that the endpoint did not break: for `Account.failed`."""

    outcome: str
    code: str = ""
    message: str = ""


_OK = Verdict("ok")
_CALLER_LOST = {
    "lost": Verdict("client_gone"),
    "broken": Verdict("client_gone", "invalid_request", "The caller broke the WebSocket protocol."),
    "silent": Verdict("client_gone", "caller_silent", "The caller answered no ping."),
    "stalled": Verdict("client_gone", "caller_stalled", "The caller stopped reading."),
}


class SessionTally(Protocol):
    """What metering sees of a session: it reads a copy, and changes nothing.

    `first_content_at` in seconds since the epoch. `close_asked`: the caller has said that it is the
    end; `failed`: the endpoint has said that it failed.
    """

    bytes_in: int
    bytes_out: int
    first_content_at: float | None
    close_asked: bool

    @property
    def failed(self) -> bool: ...

    def from_caller(self, frame: Frame, now: float) -> None: ...

    def from_endpoint(self, frame: Frame, now: float) -> None: ...


T = TypeVar("T", bound=SessionTally)


class CallerEnd(Protocol):
    """The caller's link, or what stands for it where several junctions share one."""

    def put(self, frame: Frame) -> None: ...
    def put_text(self, text: bytes) -> None: ...
    def close(self, code: int, reason: str = "") -> None: ...
    def pause_reading(self) -> None: ...
    def resume_reading(self) -> None: ...


class Junction(Generic[T]):
    """Passes messages on in the step of the event loop in which they come, as they came.

    There is no queue: a side that does not keep up stops the other from being read. `over` is
    settled once, with a verdict or with `DispatchFailed`; the ends are told each other's by then.
    `codeless` is what the caller is told where the endpoint closes without a code.
    """

    __slots__ = (
        "_caller", "_caller_end", "_idle_seconds", "_idle_timer", "_loop", "_moved_at", "_tally",
        "_upstream", "delays", "over",
    )  # fmt: skip

    codeless: ClassVar[int] = 1000

    def __init__(self, upstream: Link, tally: T, idle_seconds: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._upstream = upstream
        self._caller: CallerEnd | None = None
        self._caller_end: End | None = None
        self._tally = tally
        self.delays = Delays()
        self.over: asyncio.Future[Verdict] = self._loop.create_future()
        self._moved_at = time.perf_counter()
        self._idle_seconds = idle_seconds
        self._idle_timer = self._loop.call_later(idle_seconds, self._idle)

    def joins(self, caller: CallerEnd) -> None:
        self._caller = caller

    @property
    def leaving(self) -> bool:
        """Whether its caller wants no more."""
        return self._caller_end is not None or self._tally.close_asked

    def part(self) -> None:
        """Nothing is passed on any more; may come twice."""
        self._idle_timer.cancel()
        self._caller = None
        if not self.over.done():
            self.over.cancel()

    # -- for the links

    def took(self, link: Link, frame: Frame) -> None:
        if link is self._upstream:
            if self._caller is None:
                return
            self._caller.put(frame)
            self._tally.from_endpoint(frame, time.time())
        else:
            self._upstream.put(frame)
            self._tally.from_caller(frame, time.time())
        self._moved_at = now = time.perf_counter()
        self.delays.add(now - link.arrived)

    def room(self, link: Link, free: bool) -> None:
        other: CallerEnd | None = self._caller if link is self._upstream else self._upstream
        if other is None:
            return
        if free:
            other.resume_reading()
        else:
            other.pause_reading()

    def ended(self, link: Link, end: End) -> None:
        if link is self._upstream:
            self._upstream_ended(end)
        else:
            self._caller_ended(end)

    # -- within

    def _caller_ended(self, end: End) -> None:
        """A polite caller may still be told what the endpoint has to say; it is asked to end."""
        if self._caller_end is None:
            self._caller_end = end
        if end.how == "closed":
            self._upstream.close(end.code if may_be_sent(end.code) else 1000, end.reason)
            self._upstream.resume_reading()
        else:
            self._upstream.hang_up(GOING_AWAY)
            self._settle(_CALLER_LOST[end.how])

    def _upstream_ended(self, end: End) -> None:
        caller, left = self._caller, self._caller_end
        if left is not None:
            if caller is not None:
                caller.close(left.code)
            self._settle(_OK)
        elif end.how == "closed" or self._tally.close_asked:
            self._upstream.close(end.code)
            if caller is not None:
                caller.close(end.code if may_be_sent(end.code) else self.codeless, end.reason)
            self._settle(_OK if end.code in _CLEAN else _closed_with(end.code))
        else:
            self._fail(*_LOST[end.how], clock="idle" if end.how in ("silent", "stalled") else None)

    def _settle(self, verdict: Verdict) -> None:
        if not self.over.done():
            self.over.set_result(verdict)

    def _fail(self, code: str, detail: str, clock: str | None = None) -> None:
        if not self.over.done():
            failure = DispatchFailed(code, detail)
            failure.clock = clock
            self.over.set_exception(failure)

    def _idle(self) -> None:
        """Pings do not count: a session in which nobody says anything is over."""
        left = self._moved_at + self._idle_seconds - time.perf_counter()
        if left > 0:
            self._idle_timer = self._loop.call_later(left, self._idle)
        else:
            seconds = self._idle_seconds
            self._fail("upstream_timeout", f"The idle clock of {seconds:g} s ran out.", "idle")


def _closed_with(code: int) -> Verdict:
    message = f"The endpoint closed the session with code {code}."
    return Verdict("upstream_error", "upstream_error", message)
