"""What the readers of event streams share: events one by one, and nothing behind a failure."""

from abc import ABC, abstractmethod

from wire.events import Failure, LLMEvent, Unusable
from wire.sse import EVENT_LIMIT, Overlong, SSESplitter

CUT_OFF = Unusable("The endpoint's stream ended before it was finished.", "upstream_truncated")
TOO_LARGE = Unusable("An event of the endpoint is too large.")
UNREADABLE = Unusable("An event of the endpoint cannot be read.")
FOREIGN = Unusable("None of the endpoint's events is of its wire format.")


class StreamReader(ABC):
    """An `LLMReader` of server-sent events; those over `limit` bytes fail it."""

    def __init__(self, limit: int = EVENT_LIMIT) -> None:
        self.done = False
        self._failed = False
        self._splitter = SSESplitter(limit)

    def feed(self, data: bytes) -> list[LLMEvent]:
        return self._read(self._splitter.feed(data))

    def close(self) -> list[LLMEvent]:
        events = self._read([self._splitter.close()])
        return events if self._failed else events + self._ending()

    @abstractmethod
    def _piece(self, piece: bytes) -> list[LLMEvent]:
        """What one event tells; of what is empty or a comment, nothing."""

    @abstractmethod
    def _ending(self) -> list[LLMEvent]:
        """What is held at the end of a stream that did not fail; `CUT_OFF` last if it is one."""

    def _overlong(self, piece: bytes) -> list[LLMEvent]:
        return self._fail(TOO_LARGE)

    def _fail(self, failure: Failure) -> list[LLMEvent]:
        self._failed = True
        return [failure]

    def _read(self, pieces: list[bytes]) -> list[LLMEvent]:
        events: list[LLMEvent] = []
        for piece in pieces:
            if not self._failed:
                long = isinstance(piece, Overlong)
                events += self._overlong(piece) if long else self._piece(piece)
        return events
