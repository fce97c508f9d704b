"""An intent and its final as one row of `call_events`, made to fit whatever they hold."""

import math
from datetime import UTC, datetime
from typing import Any

import msgspec

from usage.records import Final, Intent

_LAST_SECOND = 253_402_300_799.0
_BIGGEST = (1 << 63) - 1
_BIGGEST_SMALL = (1 << 15) - 1


class EventRow(msgspec.Struct, frozen=True, gc=False):
    """The columns of `call_events`, in the order of their names here.

    `timing_ms`, `error` and `details` are JSON text. A lost process has no `status`.
    """

    id: str
    type: str
    tenant_id: str
    agent_id: str
    endpoint_id: str
    call_id: str
    dispatch_id: str
    provider: str
    format_in: str
    format_out: str
    outcome: str
    status: int | None
    attempts: int
    bytes_in: int
    bytes_out: int
    tokens_prompt: int | None
    tokens_completion: int | None
    tokens_reasoning: int | None
    tokens_source: str
    characters: int | None
    audio_ms: float | None
    timing_ms: msgspec.Raw
    error: msgspec.Raw | None
    details: msgspec.Raw | None
    started_at: datetime
    ended_at: datetime


class CallRow(msgspec.Struct, frozen=True, gc=False):
    id: str
    tenant_id: str
    agent_id: str
    external_id: str
    started_at: datetime
    ended_at: datetime


def event_row(intent: Intent, final: Final) -> EventRow:
    return EventRow(
        id=_text(intent.event_id, 40),
        type="provider_usage",
        tenant_id=_text(intent.tenant_id, 40),
        agent_id=_text(intent.agent_id, 40),
        endpoint_id=_text(intent.endpoint_id, 40),
        call_id=_text(intent.call_id, 40),
        dispatch_id=_text(intent.dispatch_id, 40),
        provider=_text(intent.provider, 30),
        format_in=_text(intent.format_in, 40),
        format_out=_text(intent.format_out, 40),
        outcome=_text(final.outcome, 20),
        status=_count(final.status, _BIGGEST_SMALL),
        attempts=_count(final.attempts, _BIGGEST_SMALL) or 0,
        bytes_in=_count(intent.bytes_in if final.bytes_in is None else final.bytes_in) or 0,
        bytes_out=_count(final.bytes_out) or 0,
        tokens_prompt=_count(final.tokens_prompt),
        tokens_completion=_count(final.tokens_completion),
        tokens_reasoning=_count(final.tokens_reasoning),
        tokens_source=_text(final.tokens_source, 10),
        characters=_count(final.characters),
        audio_ms=_finite(final.audio_ms),
        timing_ms=_json(final.timing_ms),
        error=None if final.error is None else _json(final.error),
        details=None if final.details is None else _json(final.details),
        started_at=_moment(intent.started_at),
        ended_at=_moment(max(final.ended_at, intent.started_at)),
    )


def call_rows(pairs: list[tuple[Intent, Final]]) -> list[CallRow]:
    """One row per call, spanning the dispatches given, in the order of ids.

    All writers take calls in the same order, so none waits for another in a circle.
    """
    spans: dict[str, tuple[Intent, float, float]] = {}
    for intent, final in pairs:
        start, end = intent.started_at, max(final.ended_at, intent.started_at)
        known = spans.get(intent.call_id)
        if known is not None:
            start, end = min(start, known[1]), max(end, known[2])
        spans[intent.call_id] = (intent, start, end)
    return [_call_row(*spans[call_id]) for call_id in sorted(spans)]


def _call_row(intent: Intent, start: float, end: float) -> CallRow:
    return CallRow(
        id=_text(intent.call_id, 40),
        tenant_id=_text(intent.tenant_id, 40),
        agent_id=_text(intent.agent_id, 40),
        external_id=_text(intent.external_call_id, 200),
        started_at=_moment(start),
        ended_at=_moment(end),
    )


def _text(value: str, width: int) -> str:
    """PostgreSQL refuses a zero character and whatever is wider than its column."""
    if len(value) > width or "\0" in value:
        return value[:width].replace("\0", "\N{REPLACEMENT CHARACTER}")
    return value


def _count(value: int | None, biggest: int = _BIGGEST) -> int | None:
    return None if value is None else min(max(value, 0), biggest)


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _moment(seconds: float) -> datetime:
    if not 0 <= seconds <= _LAST_SECOND:
        seconds = 0.0 if math.isnan(seconds) or seconds < 0 else _LAST_SECOND
    return datetime.fromtimestamp(seconds, UTC)


def _json(value: dict[str, Any]) -> msgspec.Raw:
    """PostgreSQL's `jsonb` refuses a zero character too."""
    text = msgspec.json.encode(value)
    if b"\\u0000" in text:
        text = msgspec.json.encode(_without_zeros(value))
    return msgspec.Raw(text)


def _without_zeros(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "\N{REPLACEMENT CHARACTER}")
    if isinstance(value, list):
        return [_without_zeros(each) for each in value]
    if isinstance(value, dict):
        return {_without_zeros(name): _without_zeros(each) for name, each in value.items()}
    return value
