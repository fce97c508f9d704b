"""Pass-through of event streams that need nothing but metering: what most formats are."""

from collections.abc import Mapping
from typing import Any

from wire.events import LLMEvent
from wire.llm.base import LLMFormat, LLMReader, LLMRelay, LLMRequest, LLMTally
from wire.llm.gathering import count, not_cut, tallied
from wire.sse import Overlong, SSESplitter


class MeteredFormat(LLMFormat):
    """A format whose own reader meters what passes through unchanged."""

    def relay(self, request: LLMRequest, settings: Mapping[str, Any]) -> LLMRelay:
        return MeteredRelay(self, self.reader(settings))

    def read_reply(self, body: bytes) -> LLMTally:
        return tallied(self.read_answer(body))


class MeteredRelay:
    """An `LLMRelay`. Whole events go out, as they came in."""

    __slots__ = ("_format", "_part", "_reader", "_splitter", "end_mark", "tally")

    def __init__(self, wire_format: LLMFormat, reader: LLMReader) -> None:
        self.tally = LLMTally()
        self.end_mark = wire_format.end_mark
        self._format = wire_format
        self._reader = reader
        self._splitter = SSESplitter()
        self._part = False  # of an event that is too long to be held went out, and not its end

    def feed(self, data: bytes) -> bytes:
        pieces = self._splitter.feed(data)
        for piece in pieces:
            self._meter(piece)
        self._part = self._splitter.overlong
        return b"".join(pieces)

    def close(self) -> bytes:
        rest = self._splitter.close()
        self._meter(rest)
        self._count(not_cut(self._reader.close()))
        self.tally.done = self._reader.done
        return rest if self.tally.complete else b""

    def fail(self, *, code: str, message: str) -> bytes:
        separator = b"\n\n" if self._part else b""
        return separator + self._error(code, message)

    def _error(self, code: str, message: str) -> bytes:
        return self._format.write_stream_error(code=code, message=message)

    def _meter(self, piece: bytes) -> None:
        if isinstance(piece, Overlong):
            self.tally.has_content = True
            self.tally.content_bytes += len(piece)  # it is not read, so it counts as it stands
        else:
            self._count(self._reader.feed(piece))
            self.tally.done = self._reader.done

    def _count(self, events: list[LLMEvent]) -> None:
        for event in events:
            count(self.tally, event)
