"""Which dispatches of a call, and which utterances, belong to the same turn."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from usage.details import Utterance, heard
from usage.models import CallEvent

_ORDER = {"custom-transcriber": 0, "custom-llm": 1, "custom-voice": 2}


@dataclass(frozen=True, slots=True)
class Said:
    """What the person on the line said, which became text `at`; `frame_delay` in milliseconds."""

    dispatch_id: str
    at: datetime
    utterance: Utterance
    frame_delay: float | None


@dataclass(slots=True)
class Group:
    """One turn's own: each list in the order in which its dispatches began."""

    said: Said | None = None
    asked: list[CallEvent] = field(default_factory=list)
    spoken: list[CallEvent] = field(default_factory=list)


def grouped(events: Iterable[CallEvent]) -> Iterator[Group]:
    """Every dispatch of an LLM or a voice is in one group. The groups are in no order."""
    events = list(events)
    groups = _Groups(thinks=any(event.provider == "custom-llm" for event in events))
    for _, _, _, thing in sorted(_happenings(events), key=lambda each: each[:3]):
        groups.take(thing)
    return groups.finish()


def _happenings(events: list[CallEvent]) -> Iterator[tuple[datetime, int, str, Said | CallEvent]]:
    """When, in which order at the same moment, and what."""
    for event in events:
        order = _ORDER.get(event.provider)
        if order == 0:
            for said in _said(event):
                yield said.at, order, said.dispatch_id, said
        elif order is not None:
            yield event.started_at, order, event.dispatch_id, event


def _said(event: CallEvent) -> Iterator[Said]:
    """By the person on the line, who has the first channel: on others is the agent's own voice."""
    told = heard(event.details)
    if told.channel:
        return
    for utterance in told.utterances:
        if utterance.final_at is not None:
            at = datetime.fromtimestamp(utterance.final_at, UTC)
            yield Said(event.dispatch_id, at, utterance, told.frame_delay_ms.p50)


class _Groups:
    """Takes what happened, one after the other.

    Where the call `thinks` only an LLM's dispatch answers what was said, else a voice's does; an
    answer is to the last thing said before it.
    """

    def __init__(self, *, thinks: bool) -> None:
        self._thinks = thinks
        self._done: list[Group] = []
        self._open = Group()
        self._unanswered: list[Said] = []

    def take(self, thing: Said | CallEvent) -> None:
        if isinstance(thing, Said):
            self._unanswered.append(thing)
        elif thing.provider == "custom-llm":
            if self._unanswered or self._open.spoken:
                self._begin(self._answered())
            self._open.asked.append(thing)
        elif self._thinks:
            if not self._open.asked:
                self._begin(None)
            self._open.spoken.append(thing)
        else:
            if self._unanswered or self._open.said is None:
                self._begin(self._answered())
            self._open.spoken.append(thing)

    def _answered(self) -> Said | None:
        said = self._unanswered[-1] if self._unanswered else None
        self._unanswered.clear()
        return said

    def _begin(self, said: Said | None) -> None:
        self._done.append(self._open)
        self._open = Group(said)

    def finish(self) -> Iterator[Group]:
        for group in (*self._done, self._open):
            yield from _apart(group)
        for said in self._unanswered:
            yield Group(said)


def _apart(group: Group) -> Iterator[Group]:
    """Requests that neither an utterance nor a voice holds together are turns of their own."""
    if group.said is None and not group.spoken:
        yield from (Group(asked=[event]) for event in group.asked)
    else:
        yield group
