"""What the `details` of an event tell, read with every doubt: they are JSON that was stored."""

from typing import Annotated, Any, TypeAlias

import msgspec
from msgspec import Meta

Moment: TypeAlias = Annotated[float, Meta(ge=0, le=253_402_300_799)]
"""Seconds since the epoch that a calendar has a day for."""

Span: TypeAlias = Annotated[float, Meta(ge=0)]


class Utterance(msgspec.Struct, frozen=True):
    """One final of a transcriber, and what is known around it."""

    speech_ended_at: Moment | None = None
    finalize_at: Moment | None = None
    final_at: Moment | None = None
    utterance_end_at: Moment | None = None

    @property
    def finalize_ms(self) -> float | None:
        """From the caller's `finalize` to the final; `None` where nobody asked for it."""
        if self.finalize_at is None or self.final_at is None:
            return None
        return round((self.final_at - self.finalize_at) * 1000, 2)


class FrameDelay(msgspec.Struct, frozen=True):
    """Milliseconds that Patchbay itself held a frame, either way."""

    p50: Span | None = None
    p99: Span | None = None
    max: Span | None = None


class Heard(msgspec.Struct, frozen=True):
    """Of a transcriber's dispatch, which is of one `channel` of its caller's."""

    messages_in: int = 0
    messages_out: int = 0
    finals: int = 0
    ignored: int = 0
    frame_delay_ms: FrameDelay = FrameDelay()
    utterances: tuple[Utterance, ...] = ()
    utterances_left_out: int = 0
    channel: int = 0


def heard(details: Any) -> Heard:
    """Details in which anything is not as it should be tell nothing."""
    try:
        return msgspec.convert(details, Heard)
    except msgspec.ValidationError:
        return Heard()
