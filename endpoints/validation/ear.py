"""Keeps what passes over a WebSocket during a test, within bounds."""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from dispatch.transcriber import TEXT_LIMIT
from egress.frames import CONTINUATION, TEXT, Frame
from egress.link import End, Link
from endpoints.validation.talk import Line
from wire.events import TranscriberEvent

Hear = Callable[[bytes], Sequence[TranscriberEvent] | None]

MOST_FRAMES = 1_000
MOST_BYTES = 256 * 1024


class Ear:
    """The sink of an endpoint's link; nothing is taken once it is `full` or has ended.

    `hear` reads its text messages as `EndpointSide.hear` does.
    """

    def __init__(self, hear: Hear, started: float) -> None:
        self._hear = hear
        self._started = started
        self._news = asyncio.Event()
        self._parts: list[bytes] = []
        self._is_text = False
        self._frames = self._bytes = 0
        self._deaf = False
        self.lines: list[Line] = []
        self.end: End | None = None
        self.end_at = 0.0

    @property
    def now(self) -> float:
        return time.perf_counter() - self._started

    def full(self) -> bool:
        return self._frames > MOST_FRAMES or self._bytes > MOST_BYTES

    def over(self) -> bool:
        return self.full() or self.end is not None

    async def until(self, done: Callable[[], bool], seconds: float) -> None:
        """Returns once it is so, when nothing more will come, or after that time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not (done() or self.over()):
                    self._news.clear()
                    await self._news.wait()

    def stop(self) -> None:
        """What comes from now on is an answer to our leaving, and nobody's fault."""
        self._deaf = True

    def said(self, data: bytes) -> float:
        """The moment at which a text of ours was sent."""
        at = self.now
        self.lines.append(Line(at, True, "text", len(data), data))
        return at

    def played(self, size: int) -> None:
        self._add_binary(self.now, True, size)

    # -- for the link

    def took(self, link: Link, frame: Frame) -> None:
        if self._deaf or self.full():
            return
        self._frames += 1
        if frame.opcode != CONTINUATION:
            self._is_text, self._parts = frame.opcode == TEXT, []
        self._bytes += len(frame.payload)
        self._parts.append(frame.payload)
        if frame.final:
            self._whole(link.arrived - self._started, b"".join(self._parts))
        if self.full():
            link.pause_reading()
            self._news.set()

    def room(self, link: Link, free: bool) -> None:
        """Of no use: the recorded sentence is all that can ever wait."""

    def ended(self, link: Link, end: End) -> None:
        if self._deaf:
            return
        self.end, self.end_at = end, self.now
        said = end.reason if end.how == "closed" else f"{end.how}: {end.reason}"
        self.lines.append(Line(self.end_at, False, "close", data=said.encode(), code=end.code))
        self._news.set()

    # -- within

    def _whole(self, at: float, data: bytes) -> None:
        if self._is_text:
            events = self._hear(data) if len(data) < TEXT_LIMIT else None
            first, *further = events or (None,)
            known = events is not None
            self.lines.append(Line(at, False, "text", len(data), data, first, known=known))
            self.lines += [Line(at, False, "event", event=event) for event in further]
        else:
            self._add_binary(at, False, len(data))
        self._news.set()

    def _add_binary(self, at: float, ours: bool, size: int) -> None:
        last = self.lines[-1] if self.lines else None
        if last is not None and last.kind == "binary" and last.ours == ours:
            size, count = last.size + size, last.count + 1
            self.lines[-1] = replace(last, size=size, count=count, until=at)
        else:
            self.lines.append(Line(at, ours, "binary", size, until=at))
