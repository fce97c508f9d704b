"""Answers that are whole by nature, read as if they were streams."""

from collections.abc import Callable

from wire.events import LLMEvent, Unusable

LIMIT = 1024 * 1024
_CUT_OFF = Unusable("The endpoint's answer ended before it was finished.", "upstream_truncated")
_TOO_LONG = Unusable("The endpoint's answer is longer than 1 MiB.")


class WholeReader:
    """An `LLMReader` that has all its events at the end, of at most 1 MiB."""

    def __init__(self, read_answer: Callable[[bytes], list[LLMEvent]]) -> None:
        self.done = False
        self._read_answer = read_answer
        self._body = bytearray()

    def feed(self, data: bytes) -> list[LLMEvent]:
        self._body += data[: LIMIT + 1 - len(self._body)]
        return []

    def close(self) -> list[LLMEvent]:
        if len(self._body) > LIMIT:
            return [_TOO_LONG]
        if not self._body.rstrip().endswith((b"}", b"]", b'"')):
            return [_CUT_OFF]
        return self._read_answer(bytes(self._body))
