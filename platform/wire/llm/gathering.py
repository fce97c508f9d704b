"""Canonical events of an answer: counted while they pass, gathered when it is whole."""

from collections.abc import Iterable, Sequence

from wire.conversation import ToolCall
from wire.events import Finish, LLMEvent, Reasoning, Text, ToolDelta, Unusable, Usage
from wire.llm.base import LLMAnswer, LLMTally
from wire.tokens import utf8_size


def count(tally: LLMTally, event: LLMEvent) -> None:
    """Adds one event to what metering saw; the first failure is the one that counts."""
    if isinstance(event, Text):
        _count_content(tally, event.text)
    elif isinstance(event, ToolDelta):
        _count_content(tally, (event.name or "") + event.arguments)
    elif isinstance(event, Reasoning):
        tally.reasoning_bytes += utf8_size(event.text)
    elif isinstance(event, Usage):
        tally.usage = event
    elif isinstance(event, Finish):
        tally.finished = True
    else:
        tally.failure = tally.failure or event


def _count_content(tally: LLMTally, text: str) -> None:
    tally.has_content = True
    tally.content_bytes += utf8_size(text)


def tallied(events: Iterable[LLMEvent]) -> LLMTally:
    """What metering makes of a whole answer."""
    tally = LLMTally(done=True)
    for event in events:
        count(tally, event)
    return tally


def not_cut(events: list[LLMEvent]) -> list[LLMEvent]:
    """The last events of a stream, without the failure that stands for its being cut off.

    Half an event at the end cannot be read, and stands for that too.
    """
    return [event for event in events if not isinstance(event, Unusable)]


def gather(events: Sequence[LLMEvent]) -> LLMAnswer:
    """The first choice of a whole answer."""
    usage = [event for event in events if isinstance(event, Usage)]
    own = [event for event in events if getattr(event, "choice", None) == 0]
    reasons = [event.reason for event in own if isinstance(event, Finish)]
    return LLMAnswer(
        text="".join(event.text for event in own if isinstance(event, Text)),
        reasoning="".join(event.text for event in own if isinstance(event, Reasoning)),
        calls=_calls([event for event in own if isinstance(event, ToolDelta)]),
        usage=usage[-1] if usage else None,
        reason=reasons[-1] if reasons else "stop",
    )


def _calls(deltas: list[ToolDelta]) -> tuple[ToolCall, ...]:
    pieces: dict[int, list[ToolDelta]] = {}
    for delta in deltas:
        pieces.setdefault(delta.index, []).append(delta)
    return tuple(_call(pieces[index]) for index in sorted(pieces))


def _call(pieces: list[ToolDelta]) -> ToolCall:
    first = pieces[0]
    return ToolCall(first.id or "", first.name or "", "".join(each.arguments for each in pieces))
