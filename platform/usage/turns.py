"""The turns of a call: from the end of speech to the first audio of the reply.

They are worked out from the events of the call's dispatches whenever somebody asks, never stored.
docs/api.md says what is assumed about which dispatch answers which.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from usage.grouping import Group, Said, grouped
from usage.models import CallEvent


@dataclass(frozen=True, slots=True)
class Step:
    """`ms` since the step before it, or since the turn began; `None` where it is the beginning.

    `gateway_ms`: Patchbay's own part of them, `None` where none was measured.
    """

    at: datetime
    ms: float | None
    gateway_ms: float | None


@dataclass(frozen=True, slots=True)
class Turn:
    """A step that did not happen, or that nobody saw, is `None`; dispatches are given by id."""

    began_at: datetime
    speech_end: Step | None
    final: Step | None
    utterance_end_at: datetime | None
    first_content: Step | None
    first_audio: Step | None
    transcriber: str | None
    llm: tuple[str, ...]
    voice: tuple[str, ...]

    @property
    def steps(self) -> tuple[Step, ...]:
        """Those that happened, in their order."""
        every = (self.speech_end, self.final, self.first_content, self.first_audio)
        return tuple(step for step in every if step is not None)

    @property
    def total_ms(self) -> float | None:
        """From the beginning to the last step; `None` where nothing followed the beginning."""
        timed = [step for step in self.steps if step.ms is not None]
        return _ms(timed[-1].at - self.began_at) if timed else None

    @property
    def gateway_ms(self) -> float | None:
        """Patchbay's own share of `total_ms`."""
        return _sum(step.gateway_ms for step in self.steps)


def turns(events: Iterable[CallEvent]) -> list[Turn]:
    """The turns of one call, in the order in which they began. The events may come in any."""
    return sorted(map(_turn, grouped(events)), key=lambda turn: turn.began_at)


def _turn(group: Group) -> Turn:
    said = group.said
    content, audio = _replied(group)
    speech_end = _speech_ended(said) if said else None
    began_at = speech_end or (said.at if said else (group.asked or group.spoken)[0].started_at)
    line = _Line(None if said else began_at)
    return Turn(
        began_at=began_at,
        speech_end=line.step(speech_end, None),
        final=line.step(said.at, _held(said)) if said else None,
        utterance_end_at=_moment(said.utterance.utterance_end_at) if said else None,
        first_content=line.step(content.at, _asking(group, content)) if content else None,
        first_audio=line.step(audio.at, _own(audio.event)) if audio else None,
        transcriber=said.dispatch_id if said else None,
        llm=tuple(event.dispatch_id for event in group.asked),
        voice=tuple(event.dispatch_id for event in group.spoken),
    )


class _Line:
    """Makes one step after the other, and remembers when the one before was."""

    def __init__(self, since: datetime | None) -> None:
        self._since = since

    def step(self, at: datetime | None, gateway_ms: float | None) -> Step | None:
        if at is None:
            return None
        ms = None if self._since is None else _ms(at - self._since)
        self._since = at
        return Step(at, ms, gateway_ms)


@dataclass(frozen=True, slots=True)
class _First:
    """The first content of a dispatch."""

    at: datetime
    event: CallEvent


def _replied(group: Group) -> tuple[_First | None, _First | None]:
    """The content that was spoken first, and the first audio that spoke it.

    Audio that began before any content (a filler) speaks none of it. Without a voice the last
    content counts: those before it asked for tools.
    """
    contents = [first for event in group.asked if (first := _first(event))]
    for event in group.spoken:
        audio = _first(event)
        before = [first for first in contents if first.at <= event.started_at]
        if audio and (before or not contents):
            return _latest(before), audio
    return _latest(contents), None


def _latest(firsts: list[_First]) -> _First | None:
    return max(firsts, key=lambda first: first.at, default=None)


def _first(event: CallEvent) -> _First | None:
    after = _measured(event, "first_content")
    if after is None:
        return None
    try:
        return _First(event.started_at + timedelta(milliseconds=after), event)
    except OverflowError:
        return None


def _speech_ended(said: Said) -> datetime | None:
    """A moment after the final is no end of the speech that the final is of."""
    ended = _moment(said.utterance.speech_ended_at)
    return ended if ended is not None and ended <= said.at else None


def _held(said: Said) -> float | None:
    """Two frames' delay: of the last audio on its way in, and of the final on its way out."""
    return None if said.frame_delay is None else round(2 * said.frame_delay, 2)


def _asking(group: Group, content: _First) -> float | None:
    """Of every request that led to the content, those for tools among them."""
    last = group.asked.index(content.event)
    return _sum(_own(event) for event in group.asked[: last + 1])


def _own(event: CallEvent) -> float | None:
    return _measured(event, "gateway")


def _measured(event: CallEvent, name: str) -> float | None:
    value = (event.timing_ms or {}).get(name)
    if not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        return None
    return float(value)


def _sum(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(sum(known), 2) if known else None


def _ms(span: timedelta) -> float:
    return round(span / timedelta(milliseconds=1), 2)


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
