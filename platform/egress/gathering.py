"""Text messages that come in several pieces."""

from egress.frames import CONTINUATION, TEXT, Frame

TEXT_LIMIT = 256 * 1024


class TooLong(Exception):
    """A text message is longer than it may be."""


class Gatherer:
    """Makes whole text messages of one side's frames; `is_text` says what the last one was of.

    What is held is the text alone: a message may come in any number of pieces, empty ones too. Of
    one that is too long nothing is held, and none of its pieces is taken. `limit` in bytes.
    """

    __slots__ = ("_limit", "_passed_over", "_text", "is_text")

    def __init__(self, limit: int = TEXT_LIMIT) -> None:
        self.is_text = False
        self._passed_over = False  # the message that comes now is too long
        self._text = bytearray()
        self._limit = limit

    def take(self, frame: Frame) -> bytes | None:
        """A whole text; `None` for a piece of one, and for a binary message. Raises `TooLong`."""
        if frame.opcode != CONTINUATION:
            self.is_text = frame.opcode == TEXT
            self._passed_over = False
            self._text = bytearray()
        if not self.is_text:
            return None
        if self._passed_over or len(self._text) + len(frame.payload) > self._limit:
            self._passed_over = True
            self._text = bytearray()
            raise TooLong
        self._text += frame.payload
        return self._whole() if frame.final else None

    def _whole(self) -> bytes:
        """A session may last for hours, and say nothing more."""
        text, self._text = self._text, bytearray()
        return bytes(text)
