"""What a dispatch used, in the words of its channel."""

from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median

from usage.details import FrameDelay, Heard, Utterance, heard
from usage.models import CallEvent

Fact = tuple[str, str]
NOTHING = "–"


@dataclass(frozen=True, slots=True)
class UtteranceRow:
    """Moments of the day (UTC), and milliseconds up to the final."""

    speech_end: str
    finalize: str
    final: str
    utterance_end: str
    since_speech_end: str
    since_finalize: str


def used(event: CallEvent) -> list[Fact]:
    facts = {"custom-voice": _voice, "custom-transcriber": _transcriber}
    return [
        *facts.get(event.provider, _llm)(event),
        ("Bytes in / out", f"{event.bytes_in:,} / {event.bytes_out:,}"),
        ("Attempts", str(event.attempts)),
    ]


def used_in_short(event: CallEvent) -> str:
    """A word or two for lists."""
    if event.provider == "custom-voice":
        many = "" if event.characters == 1 else "s"
        return NOTHING if event.characters is None else f"{event.characters:,} character{many}"
    if event.provider == "custom-transcriber":
        return _seconds(event.audio_ms)
    if event.tokens_prompt is None and event.tokens_completion is None:
        return NOTHING
    mark = "~" if event.tokens_source == "estimated" else ""
    return f"{mark}{event.tokens_prompt or 0} / {mark}{event.tokens_completion or 0} tokens"


def utterance_rows(event: CallEvent) -> list[UtteranceRow]:
    return [_row(each) for each in heard(event.details).utterances]


def utterances_left_out(event: CallEvent) -> int:
    return heard(event.details).utterances_left_out


def _llm(event: CallEvent) -> list[Fact]:
    counted = {"reported": "the endpoint", "estimated": "Patchbay’s estimate"}
    return [
        ("Tokens in", _count(event.tokens_prompt)),
        ("Tokens out", _count(event.tokens_completion)),
        ("of which reasoning", _count(event.tokens_reasoning)),
        ("Counted by", counted.get(event.tokens_source, "nobody")),
    ]


def _voice(event: CallEvent) -> list[Fact]:
    details = event.details if isinstance(event.details, dict) else {}
    rate, form = details.get("rate"), details.get("form")
    return [
        ("Characters", _count(event.characters)),
        ("Audio", _seconds(event.audio_ms)),
        ("Rate", f"{rate:,} Hz" if isinstance(rate, int) else NOTHING),
        *([("Form", form.upper())] if isinstance(form, str) else []),
        ("To the first audio", _ms((event.timing_ms or {}).get("first_content"))),
    ]


def _transcriber(event: CallEvent) -> list[Fact]:
    told = heard(event.details)
    return [
        ("Audio", _seconds(event.audio_ms)),
        ("Messages in / out", f"{told.messages_in:,} / {told.messages_out:,}"),
        ("Finals", f"{told.finals:,}"),
        ("Unknown messages", f"{told.ignored:,}"),
        ("From finalize to final", _finalized(told)),
        ("Patchbay’s delay per frame", _delay(told.frame_delay_ms)),
    ]


def _finalized(told: Heard) -> str:
    spans = [each.finalize_ms for each in told.utterances if each.finalize_ms is not None]
    if not spans:
        return NOTHING
    often = "once" if len(spans) == 1 else f"median of {len(spans)}"
    return f"{_ms(median(spans))} ({often})"


def _delay(delay: FrameDelay) -> str:
    if delay.p50 is None:
        return NOTHING
    return f"{_ms(delay.p50)} median, {_ms(delay.p99)} p99, {_ms(delay.max)} at most"


def _row(each: Utterance) -> UtteranceRow:
    since = None
    if each.speech_ended_at is not None and each.final_at is not None:
        since = (each.final_at - each.speech_ended_at) * 1000
    return UtteranceRow(
        speech_end=_moment(each.speech_ended_at),
        finalize=_moment(each.finalize_at),
        final=_moment(each.final_at),
        utterance_end=_moment(each.utterance_end_at),
        since_speech_end=_ms(since),
        since_finalize=_ms(each.finalize_ms),
    )


def _count(value: int | None) -> str:
    return NOTHING if value is None else str(value)


def _ms(value: float | None) -> str:
    return NOTHING if value is None else f"{value:,.1f} ms"


def _seconds(milliseconds: float | None) -> str:
    return NOTHING if milliseconds is None else f"{milliseconds / 1000:,.1f} s"


def _moment(seconds: float | None) -> str:
    if seconds is None:
        return NOTHING
    return datetime.fromtimestamp(seconds, UTC).strftime("%H:%M:%S.%f")[:-3]
