"""Text messages that come in several pieces."""

from egress.frames import CONTINUATION, TEXT, Frame

TEXT_LIMIT = 256 * 1024


class TooLong(Exception):
    """A text message is longer than it may be."""


class Gatherer:
    """Makes whole text messages of one side's frames; `is_text` says what the last one was of.

    What is held is the text alone: a message may come in any number of pieces, empty ones too.
    `limit` in bytes.
    """

    __slots__ = ("_limit", "_text", "is_text")

    def __init__(self, limit: int = TEXT_LIMIT) -> None:
        self.is_text = False
        self._text = bytearray()
        self._limit = limit

    def take(self, frame: Frame) -> bytes | None:
        """A whole text; `None` for a piece of one, and for a binary message. Raises `TooLong`."""
        if frame.opcode != CONTINUATION:
            self.is_text = frame.opcode == TEXT
            self._text = bytearray()
        if not self.is_text:
            return None
        if len(self._text) + len(frame.payload) > self._limit:
            raise TooLong
        self._text += frame.payload
        return bytes(self._text) if frame.final else None
