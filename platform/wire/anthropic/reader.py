"""A Messages stream or a whole message, read into canonical events."""

import json
import re
from dataclasses import dataclass

from wire.anthropic.errors import describe
from wire.anthropic.shapes import Block, Delta, Event, Message, UsageBody, read_event_data
from wire.anthropic.usage import Counts
from wire.events import Finish, FinishReason, LLMEvent, Reasoning, ToolDelta
from wire.llm.bounds import MOST_CALLS, TOO_MANY_CALLS
from wire.llm.reading import CUT_OFF, UNREADABLE, StreamReader
from wire.sse import read_event
from wire.words import Words

_FINISHES: dict[str, FinishReason] = {
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}
_DELTA = re.compile(rb"event: content_block_delta\ndata: (\{[^\r\n]*)\n\n")


@dataclass(slots=True)
class _Call:
    """A tool's block: its number among the calls, and what of its input is still to be told."""

    number: int
    pending: str


class MessagesReader(StreamReader):
    """Events and blocks of kinds that are not known are left out.

    Reasons to stop that are not known count as `stop`, and `stop` behind tool calls is
    `tool_calls`.
    """

    def __init__(self) -> None:
        super().__init__()
        self._words = Words()
        self._calls: dict[int, _Call] = {}
        self._called = 0
        self._counts = Counts()
        self._finished = False

    def feed(self, data: bytes) -> list[LLMEvent]:
        if not self._failed and self._splitter.is_alone(data):
            text = _only_text(data)
            if text:
                return [*self._words.feed(text)]
        return super().feed(data)

    def whole(self, message: Message) -> list[LLMEvent]:
        """A whole message, read as its stream would be."""
        events: list[LLMEvent] = []
        for index, block in enumerate(message.content or ()):
            events += self._start(index, block) + self._stop(index)
            if self._failed:
                return events
        return events + self._finish(message.stop_reason or "end_turn", message.usage)

    def _piece(self, piece: bytes) -> list[LLMEvent]:
        data = read_event(piece).data
        if data is None or not data.strip():
            return []
        event = read_event_data(data)
        if event is None:
            return self._fail(UNREADABLE)
        if event.type == "error" or event.error:
            return self._fail(describe(event.error))
        return self._event(event)

    def _ending(self) -> list[LLMEvent]:
        held: list[LLMEvent] = [*self._words.rest()]
        return held if self._finished or self.done else [*held, CUT_OFF]

    def _event(self, event: Event) -> list[LLMEvent]:
        index = event.index or 0
        if event.type == "content_block_delta" and event.delta is not None:
            return self._delta(index, event.delta)
        if event.type == "content_block_start" and event.content_block is not None:
            return self._start(index, event.content_block)
        if event.type == "content_block_stop":
            return self._stop(index)
        if event.type == "message_start" and event.message is not None:
            self._counts.add(event.message.usage)
        if event.type == "message_delta":
            reason = event.delta.stop_reason if event.delta is not None else None
            return self._finish(reason, event.usage)
        if event.type == "message_stop":
            self.done = True
            return self._rest()
        return []

    def _start(self, index: int, block: Block) -> list[LLMEvent]:
        if block.type == "tool_use":
            return self._stop(index) + self._call(index, block)
        return self._delta(index, Delta(text=block.text, thinking=block.thinking))

    def _call(self, index: int, block: Block) -> list[LLMEvent]:
        if self._called == MOST_CALLS:
            return self._fail(TOO_MANY_CALLS)
        number = self._called
        self._called += 1
        self._calls[index] = _Call(number, json.dumps(block.input or {}, separators=(",", ":")))
        return [ToolDelta(number, block.id or "", block.name or "", "")]

    def _delta(self, index: int, delta: Delta) -> list[LLMEvent]:
        events: list[LLMEvent] = []
        if delta.text:
            events += self._words.feed(delta.text)
        if delta.thinking:
            events.append(Reasoning(delta.thinking))
        call = self._calls.get(index)
        if delta.partial_json and call is not None:
            call.pending = ""
            events.append(ToolDelta(call.number, None, None, delta.partial_json))
        return events

    def _stop(self, index: int) -> list[LLMEvent]:
        """A tool whose input came in no pieces has it in the block itself, if only as `{}`."""
        call = self._calls.get(index)
        if call is None or not call.pending:
            return []
        pending, call.pending = call.pending, ""
        return [ToolDelta(call.number, None, None, pending)]

    def _finish(self, reason: str | None, usage: UsageBody | None) -> list[LLMEvent]:
        self._counts.add(usage)
        events: list[LLMEvent] = []
        if reason is not None:
            self._finished = True
            known = _FINISHES.get(reason, "stop")
            if known == "stop" and self._calls:
                known = "tool_calls"
            events += [*self._rest(), Finish(known)]
        counted = self._counts.usage() if usage is not None else None
        return events if counted is None else [*events, counted]

    def _rest(self) -> list[LLMEvent]:
        """What is held at a good end: words, and inputs whose blocks were never stopped."""
        events: list[LLMEvent] = list(self._words.rest())
        for index in self._calls:
            events += self._stop(index)
        return events


def _only_text(piece: bytes) -> str | None:
    """What an event adds to the text if it does nothing else: most are that, so it is quick."""
    found = _DELTA.fullmatch(piece)
    event = read_event_data(found[1]) if found is not None else None
    if event is None or event.error is not None or event.type != "content_block_delta":
        return None
    delta = event.delta
    return delta.text if delta is not None and delta == Delta(text=delta.text) else None
