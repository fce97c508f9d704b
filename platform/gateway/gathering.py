"""Text messages that come in several pieces."""

from egress.frames import CONTINUATION, TEXT, Frame

TEXT_LIMIT = 256 * 1024


class TooLong(Exception):
    """A text message is longer than `TEXT_LIMIT`."""


class Gatherer:
    """Makes whole text messages of one side's frames; `is_text` says what the last one was of.

    What is held is the text alone: a message may come in any number of pieces, empty ones too.
    """

    __slots__ = ("_text", "is_text")

    def __init__(self) -> None:
        self.is_text = False
        self._text = bytearray()

    def take(self, frame: Frame) -> bytes | None:
        """A whole text; `None` for a piece of one, and for a binary message. Raises `TooLong`."""
        if frame.opcode != CONTINUATION:
            self.is_text = frame.opcode == TEXT
            self._text = bytearray()
        if not self.is_text:
            return None
        if len(self._text) + len(frame.payload) > TEXT_LIMIT:
            raise TooLong
        self._text += frame.payload
        return bytes(self._text) if frame.final else None
