"""A call that passes between a caller and an endpoint of the same format: its figures."""

from dataclasses import dataclass
from typing import Any

from dispatch.passing import PassedTally
from egress.frames import Frame
from wire.llm.turns import TurnTap


@dataclass(slots=True)
class CallTally(PassedTally[TurnTap]):
    """`prompt_bytes` are of all that was asked, turn by turn, `content_bytes` of all that was said,
    in UTF-8; `ignored` messages are in neither.
    """

    turns: int = 0
    prompt_bytes: int = 0
    content_bytes: int = 0

    def from_caller(self, frame: Frame, now: float) -> None:
        """`now` in seconds since the epoch."""
        text = self.heard_from_caller(frame)
        size = None if text is None else self.tap.asked(text)
        if size is not None:
            self.turns += 1
            self.prompt_bytes += size

    def from_endpoint(self, frame: Frame, now: float) -> None:
        """`now` in seconds since the epoch."""
        text = self.heard_from_endpoint(frame)
        size = 0 if text is None else self.tap.said(text)
        self.content_bytes += size
        self.saw_content(size, now)

    def details(self) -> dict[str, Any]:
        """As the page of the format in the docs gives them."""
        counts = ("turns", "messages_in", "messages_out")
        return {name: getattr(self, name) for name in counts}
