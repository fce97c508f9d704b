"""A Chat Completions stream, read into canonical events."""

from wire.events import Failure, Finish, FinishReason, LLMEvent, Reasoning
from wire.llm.bounds import MOST_CALLS, MOST_CHOICES, TOO_MANY_CALLS, TOO_MANY_CHOICES
from wire.llm.reading import CUT_OFF, FOREIGN, UNREADABLE, StreamReader
from wire.openai.chunks import failure_of, read_chunk, reasoning_of, usage_of
from wire.openai.errors import event_failure
from wire.openai.shapes import Choice, Chunk, Delta, ToolCall
from wire.openai.tally import DONE
from wire.openai.toolcalls import ToolCalls
from wire.sse import read_event
from wire.words import Words

_FINISHES: dict[str, FinishReason] = {
    "length": "length",
    "max_tokens": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
}
_FAILURES = ("error", "insufficient_system_resource")


class _ChoiceState:
    """What reading one choice has to remember."""

    def __init__(self, index: int) -> None:
        self.index = index
        self.calls = ToolCalls(index)
        self.words = Words(index)


class ChatReader(StreamReader):
    """Finish reasons that are not known count as `stop`, and `stop` behind tool
    calls is `tool_calls`. A second one for a choice (Azure's late content filter) is told as well.
    """

    def __init__(self) -> None:
        super().__init__()
        self._choices: dict[int, _ChoiceState] = {}
        self._called = 0
        self._refused: Failure | None = None
        self._complete = False
        self._known = False

    def whole(self, completion: Chunk) -> list[LLMEvent]:
        """A whole answer, which is one chunk with all in it."""
        return self._chunk(completion) + ([] if self._failed else self._rest())

    def _piece(self, piece: bytes) -> list[LLMEvent]:
        event = read_event(piece)
        failure = event_failure(event)
        if failure is not None:
            return self._fail(failure)
        if event.data is None or not event.data.strip():
            return []
        chunk = read_chunk(event.data)
        if chunk is not None:
            return self._chunk(chunk)
        if event.data.strip().startswith(DONE):
            self._complete = self.done = True
            return self._rest() if self._known else self._fail(FOREIGN)
        return self._fail(UNREADABLE)

    def _chunk(self, chunk: Chunk) -> list[LLMEvent]:
        self._known = (
            self._known or isinstance(chunk.choices, list) or chunk.function_call is not None
        )
        self._refused = failure_of(chunk)
        events: list[LLMEvent] = []
        for choice in chunk.choices or ():
            events += self._choice(choice)
        if chunk.function_call is not None:
            events += self._delta(0, Delta(function_call=chunk.function_call))
        usage = usage_of(chunk)
        if usage is not None:
            events.append(usage)
        return events + self._fail(self._refused) if self._refused is not None else events

    def _choice(self, choice: Choice) -> list[LLMEvent]:
        delta = choice.delta or choice.message
        events = self._delta(choice.index, delta) if delta is not None else []
        if choice.finish_reason and self._refused is None:
            events += self._finish(choice.index, choice.finish_reason)
        return events

    def _delta(self, index: int, delta: Delta) -> list[LLMEvent]:
        state = self._state(index)
        if state is None:
            return []
        events: list[LLMEvent] = []
        reasoning = reasoning_of(delta)
        if reasoning:
            events.append(Reasoning(reasoning, state.index))
        for text in (delta.content, delta.refusal):
            if text:
                events += state.words.feed(text)
        calls = list(delta.tool_calls or ())
        if delta.function_call is not None:
            calls.append(ToolCall(index=0, function=delta.function_call))
        return events + self._call_pieces(state, calls)

    def _call_pieces(self, state: _ChoiceState, calls: list[ToolCall]) -> list[LLMEvent]:
        events: list[LLMEvent] = []
        for call in calls:
            piece = state.calls.read(call)
            self._called += piece.id is not None
            if self._called > MOST_CALLS:
                self._refused = self._refused or TOO_MANY_CALLS
                break
            events.append(piece)
        return events

    def _finish(self, index: int, reason: str) -> list[LLMEvent]:
        state = self._state(index)
        if state is None:
            return []
        self._complete = True
        if reason in _FAILURES:
            self._refused = Failure(f"The endpoint finished with {reason!r}.", reason)
            return list(state.words.rest())
        known = _FINISHES.get(reason, "stop")
        if known == "stop" and state.calls:
            known = "tool_calls"
        return [*state.words.rest(), Finish(known, index)]

    def _ending(self) -> list[LLMEvent]:
        return self._rest() if self._complete else [*self._rest(), CUT_OFF]

    def _rest(self) -> list[LLMEvent]:
        return [event for state in self._choices.values() for event in state.words.rest()]

    def _state(self, index: int) -> _ChoiceState | None:
        """`None` for one choice too many."""
        state = self._choices.get(index)
        if state is None and len(self._choices) < MOST_CHOICES:
            state = self._choices[index] = _ChoiceState(index)
        if state is None:
            self._refused = self._refused or TOO_MANY_CHOICES
        return state
