"""Made-up calls: events of the three channels, their moments in milliseconds of the call."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from usage.models import CallEvent

RING = datetime(2026, 11, 19, 12, tzinfo=UTC)

_numbers = count(1)


def at(ms: float) -> datetime:
    return RING + timedelta(milliseconds=ms)


def epoch(ms: float | None) -> float | None:
    return None if ms is None else at(ms).timestamp()


def dispatch(provider: str, begin: float, **given: Any) -> CallEvent:
    number = next(_numbers)
    values: dict[str, Any] = {
        "id": f"evt_{number:026d}", "dispatch_id": f"dsp_{number:026d}", "provider": provider,
        "started_at": at(begin), "ended_at": at(begin + 2000), "outcome": "ok",
    }  # fmt: skip
    return CallEvent(**values | given)


def llm(begin: float, content: float | None = None, gateway: float | None = None) -> CallEvent:
    """`content`: when its first content was there."""
    return dispatch("custom-llm", begin, timing_ms=_timing(begin, content, gateway))


def voice(begin: float, audio: float | None = None, gateway: float | None = None) -> CallEvent:
    return dispatch("custom-voice", begin, timing_ms=_timing(begin, audio, gateway))


def _timing(begin: float, first: float | None, gateway: float | None) -> dict[str, float | None]:
    return {"first_content": None if first is None else first - begin, "gateway": gateway}


def said(end: float | None, final: float | None, closed: float | None = None) -> dict[str, Any]:
    """An utterance: the end of its speech, its final, and its `utterance_end`."""
    return {
        "speech_ended_at": epoch(end), "finalize_at": None, "final_at": epoch(final),
        "utterance_end_at": epoch(closed),
    }  # fmt: skip


def transcriber(*utterances: dict[str, Any], delay: float = 0.2) -> CallEvent:
    """A dispatch of the whole call, whose frames were held for `delay` milliseconds."""
    details = {
        "messages_in": 0, "messages_out": len(utterances), "finals": len(utterances), "ignored": 0,
        "frame_delay_ms": {"p50": delay, "p99": 2 * delay, "max": 9 * delay},
        "utterances": list(utterances), "utterances_left_out": 0,
    }  # fmt: skip
    return dispatch("custom-transcriber", 0, details=details, timing_ms={"gateway": 4.0})
