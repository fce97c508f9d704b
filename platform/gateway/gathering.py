"""Text messages that come in several pieces."""

from egress.frames import CONTINUATION, TEXT, Frame

TEXT_LIMIT = 256 * 1024


class TooLong(Exception):
    """A text message is longer than `TEXT_LIMIT`."""


class Gatherer:
    """Makes whole text messages of one side's frames; `is_text` says what the last one was of."""

    __slots__ = ("_parts", "_size", "is_text")

    def __init__(self) -> None:
        self.is_text = False
        self._parts: list[bytes] = []
        self._size = 0

    def take(self, frame: Frame) -> bytes | None:
        """A whole text; `None` for a piece of one, and for a binary message. Raises `TooLong`."""
        if frame.opcode != CONTINUATION:
            self.is_text = frame.opcode == TEXT
            self._parts, self._size = [], 0
        if not self.is_text:
            return None
        self._size += len(frame.payload)
        if self._size > TEXT_LIMIT:
            raise TooLong
        self._parts.append(frame.payload)
        return b"".join(self._parts) if frame.final else None
