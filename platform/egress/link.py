"""One end of a WebSocket on a transport: flow control, pings and the end, whoever the peer is."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

from egress.frames import (
    BINARY,
    CLOSE,
    LOST,
    PING,
    PONG,
    TEXT,
    BrokenProtocol,
    Frame,
    FrameReader,
    close_payload,
    encode,
    may_be_sent,
    read_close,
)

PING_SECONDS = 10.0
CLOSE_SECONDS = 5.0
HANG_UP_SECONDS = 0.2
STALL_SECONDS = 25.0
HIGH_WATER = 64 * 1024
AT_ONCE = 256  # frames; one takes some microseconds

How = Literal["closed", "lost", "broken", "silent", "stalled"]


@dataclass(frozen=True, slots=True)
class End:
    """How a peer ended: it sent a close frame, its connection was lost, it broke the protocol, it
    answered no ping, or it took nothing for `STALL_SECONDS`."""

    how: How
    code: int = LOST
    reason: str = ""


class Sink(Protocol):
    """What is told of a link, in the step of the event loop in which it happens."""

    def took(self, link: "Link", frame: Frame) -> None:
        """A piece of a message."""

    def room(self, link: "Link", free: bool) -> None:
        """Whether the peer keeps up with what is put."""

    def ended(self, link: "Link", end: End) -> None:
        """Once; nothing is taken after it."""


class Link:
    """Nothing is queued here: what is put goes to the transport, and `room` says when to stop.

    A peer that is gone without a word is found within three times `PING_SECONDS`; one that stops
    reading within four times.
    """

    __slots__ = (
        "_answered", "_client", "_close_sent", "_drained", "_flowing", "_loop", "_pong", "_reader",
        "_reading", "_rest", "_sink", "_ticker", "_timer", "_transport", "_writable", "_written",
        "arrived", "end", "within_message",
    )  # fmt: skip

    def __init__(self, transport: asyncio.Transport, *, client: bool) -> None:
        self._transport = transport
        self._client = client
        self._loop = asyncio.get_running_loop()
        self._reader = FrameReader(masked=not client)
        self._sink: Sink | None = None
        self.end: End | None = None
        self.arrived = 0.0  # when the bytes that are being read came, of `time.perf_counter()`
        self._reading = self._flowing = self._writable = True
        self._rest: Iterator[Frame] | None = None  # of what was read
        self._answered = True  # whether the peer was heard since the last ping
        self.within_message = False  # whether a piece was put that was not the last of its message
        self._close_sent = False
        self._pong: bytes | None = None  # owed to a peer that does not keep up: the newest only
        self._written = 0
        self._drained = (0, 0.0)  # bytes that had left at a moment, while there is no room
        self._timer: asyncio.TimerHandle | None = None
        self._ticker: asyncio.TimerHandle | None = None

    def start(self, sink: Sink) -> None:
        self._sink = sink
        self._transport.set_write_buffer_limits(high=HIGH_WATER)
        if self.end is not None:
            sink.ended(self, self.end)
        else:
            self._ticker = self._loop.call_later(PING_SECONDS, self._tick)

    # -- for whoever uses it

    def put(self, frame: Frame) -> None:
        """Sends a piece of a message; dropped once the end has begun."""
        if not self._close_sent:
            opcode, payload, final = frame
            self.within_message = not final
            self._write(encode(opcode, payload, final=final, masked=self._client))

    def put_text(self, text: bytes) -> None:
        self.put(Frame(TEXT, text, True))

    def put_bytes(self, data: bytes) -> None:
        self.put(Frame(BINARY, data, True))

    def pause_reading(self) -> None:
        self._reading = False
        self._set_flow()

    def resume_reading(self) -> None:
        self._reading = True
        self._set_flow()

    def close(self, code: int, reason: str = "") -> None:
        """Says so, and waits `CLOSE_SECONDS` at most for the peer's word; may come twice.

        A code that must not be sent says nothing, which is the close without a code.
        """
        if self._close_sent:
            return
        self._close_sent = True
        payload = close_payload(code, reason) if may_be_sent(code) else b""
        self._write(encode(CLOSE, payload, masked=self._client))
        self.resume_reading()
        if self.end is None:
            self._set_timer(CLOSE_SECONDS)
        else:
            self._part()

    def hang_up(self, code: int) -> None:
        """As `close`, without waiting for the peer's word."""
        self.close(code)
        self._transport.close()
        self._set_timer(HANG_UP_SECONDS)

    def abort(self) -> None:
        self._transport.abort()

    # -- for the transport

    def feed(self, data: bytes) -> None:
        self._answered = True
        if self.end is not None:
            return
        self.arrived = time.perf_counter()
        lone = self._reader.lone(data)
        if lone is not None:
            self._tell(lone)
            return
        self._take(self._reader.feed(data))

    def lost(self) -> None:
        """The connection is gone."""
        self._finish(End("lost"))
        for timer in (self._timer, self._ticker):
            if timer is not None:
                timer.cancel()
        self._timer = self._ticker = None
        self._sink = None  # it knows us: nothing must be left to the collector

    def pause_writing(self) -> None:
        self._writable = False
        self._drained = (self._left(), self._loop.time())
        if self._sink is not None:
            self._sink.room(self, False)

    def resume_writing(self) -> None:
        self._writable = True
        if self._pong is not None:
            pong, self._pong = self._pong, None
            if not self._close_sent:
                self._write(encode(PONG, pong, masked=self._client))
        if self._sink is not None:
            self._sink.room(self, True)

    # -- within

    def _write(self, data: bytes) -> None:
        if not self._transport.is_closing():
            self._written += len(data)
            self._transport.write(data)

    def _take(self, frames: Iterator[Frame]) -> None:
        """`AT_ONCE` of them; what else there is waits until others had their turn."""
        try:
            for count, frame in enumerate(frames, 1):
                if frame.opcode < CLOSE:
                    self._tell(frame)
                else:
                    self._control(frame)
                if self._is_over():
                    return
                if count == AT_ONCE:
                    self._rest = frames
                    self._set_flow()
                    self._loop.call_soon(self._take_on)
                    return
        except BrokenProtocol as error:
            self._finish(End("broken", error.code, error.reason))
            self.close(error.code, error.reason)

    def _take_on(self) -> None:
        rest, self._rest = self._rest, None
        if rest is not None:
            try:
                self._take(rest)
            except BaseException:
                self.abort()  # as the loop does for what `feed` raises
                raise
        self._set_flow()

    def _set_flow(self) -> None:
        """Reads while whoever uses it wants more, and nothing is left of what was read."""
        wanted = self._reading and self._rest is None
        if wanted is self._flowing:
            return
        self._flowing = wanted
        if wanted:
            self._answered = True  # it could not be heard meanwhile
        if self._transport.is_closing():
            return
        if wanted:
            self._transport.resume_reading()
        else:
            self._transport.pause_reading()

    def _tell(self, frame: Frame) -> None:
        if self._sink is not None:
            self._sink.took(self, frame)

    def _control(self, frame: Frame) -> None:
        if frame.opcode == PING:
            if not self._writable:
                self._pong = frame.payload
            elif not self._close_sent:
                self._write(encode(PONG, frame.payload, masked=self._client))
        elif frame.opcode == CLOSE:
            self._finish(End("closed", *read_close(frame.payload)))
            if self._close_sent:
                self._part()

    def _is_over(self) -> bool:
        return self.end is not None

    def _finish(self, end: End) -> None:
        if self.end is None:
            self.end = end
            self._rest = None
            if self._sink is not None:
                self._sink.ended(self, end)

    def _part(self) -> None:
        """Both have said their last word. It is the server that closes the connection."""
        if not self._client:
            self._transport.close()
        self._set_timer(CLOSE_SECONDS)

    def _set_timer(self, seconds: float) -> None:
        """When to give up waiting for the peer's part of the end."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(seconds, self.abort)

    def _tick(self) -> None:
        now = self._loop.time()
        self._ticker = self._loop.call_later(PING_SECONDS, self._tick)
        if self._stalled(now):
            self._give_up(End("stalled"))
        elif self._flowing and not self._answered:
            self._give_up(End("silent"))
        elif not self._close_sent and self._writable:
            self._answered = False
            self._write(encode(PING, b"", masked=self._client))

    def _stalled(self, now: float) -> bool:
        """Whether not a byte has left for too long, although there are some."""
        if self._writable:
            return False
        left = self._left()
        if left != self._drained[0]:
            self._drained = (left, now)
        return now - self._drained[1] > STALL_SECONDS

    def _left(self) -> int:
        return self._written - self._transport.get_write_buffer_size()

    def _give_up(self, end: End) -> None:
        self._finish(end)
        self.abort()
