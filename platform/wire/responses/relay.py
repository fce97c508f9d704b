"""Pass-through of Responses streams."""

from wire.llm.base import LLMFormat
from wire.llm.metered import MeteredRelay
from wire.responses.errors import write_stream_error
from wire.responses.long import LONGEST_EVENT
from wire.responses.reader import ResponsesReader
from wire.sse import Overlong, SSESplitter


class ResponsesRelay(MeteredRelay):
    """Knows the ends of streams also where they are too long to be read, and numbers its error."""

    __slots__ = ("_responses",)

    def __init__(self, wire_format: LLMFormat, reader: ResponsesReader) -> None:
        super().__init__(wire_format, reader)
        self._responses = reader
        self._splitter = SSESplitter(LONGEST_EVENT)

    def _meter(self, piece: bytes) -> None:
        events = self._responses.long(piece) if isinstance(piece, Overlong) else None
        if events is None:
            super()._meter(piece)
        else:
            self._count(events)
            self.tally.done = self._responses.done

    def _error(self, code: str, message: str) -> bytes:
        number = self._responses.number + 1
        return write_stream_error(code=code, message=message, number=number)
