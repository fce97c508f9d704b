"""A call that passes between a caller and an endpoint of the same format: its figures."""

from dataclasses import dataclass, field
from typing import Any

from egress.frames import CONTINUATION, Frame
from egress.gathering import Gatherer, TooLong
from wire.llm.turns import TurnTap

MESSAGE_LIMIT = 1024 * 1024


@dataclass(slots=True)
class CallTally:
    """What metering saw of a call so far: it reads a copy, and changes nothing.

    `prompt_bytes` are of all that was asked, turn by turn, `content_bytes` of all that was said, in
    UTF-8; text messages of more than 1 MiB are in neither. `first_content_at` in seconds since the
    epoch.
    """

    tap: TurnTap
    turns: int = 0
    prompt_bytes: int = 0
    content_bytes: int = 0
    messages_in: int = 0
    messages_out: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    first_content_at: float | None = None
    close_asked: bool = False
    failed: bool = False
    _from_caller: Gatherer = field(default_factory=lambda: Gatherer(MESSAGE_LIMIT))
    _from_endpoint: Gatherer = field(default_factory=lambda: Gatherer(MESSAGE_LIMIT))

    def from_caller(self, frame: Frame, now: float) -> None:
        """`now` in seconds since the epoch."""
        self.bytes_in += len(frame.payload)
        self.messages_in += frame.opcode != CONTINUATION
        text = _gathered(self._from_caller, frame)
        size = None if text is None else self.tap.asked(text)
        if size is not None:
            self.turns += 1
            self.prompt_bytes += size

    def from_endpoint(self, frame: Frame, now: float) -> None:
        """`now` in seconds since the epoch."""
        self.bytes_out += len(frame.payload)
        self.messages_out += frame.opcode != CONTINUATION
        text = _gathered(self._from_endpoint, frame)
        size = 0 if text is None else self.tap.said(text)
        self.content_bytes += size
        if size and self.first_content_at is None:
            self.first_content_at = now

    def details(self) -> dict[str, Any]:
        """As the page of the format in the docs gives them."""
        counts = ("turns", "messages_in", "messages_out")
        return {name: getattr(self, name) for name in counts}


def _gathered(gatherer: Gatherer, frame: Frame) -> bytes | None:
    try:
        return gatherer.take(frame)
    except TooLong:
        return None
