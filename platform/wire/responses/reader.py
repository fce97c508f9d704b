"""A Responses stream or a whole response, read into canonical events."""

from wire.events import Finish, FinishReason, LLMEvent
from wire.llm.bounds import TOO_MANY_CALLS
from wire.llm.reading import CUT_OFF, FOREIGN, TOO_LARGE, UNREADABLE, StreamReader
from wire.openai.errors import event_failure
from wire.openai.tally import DONE
from wire.responses.calls import TooManyCalls
from wire.responses.errors import failure_in, failure_of
from wire.responses.items import Items
from wire.responses.long import LONGEST_EVENT, LongEvents
from wire.responses.shapes import Event, Response, read_event_data
from wire.responses.usage import usage_of
from wire.sse import read_event

COMPLETED, INCOMPLETE, FAILED = (
    "response.completed",
    "response.incomplete",
    "response.failed",
)
_ENDINGS = (COMPLETED, INCOMPLETE, FAILED)
_REPEATS = frozenset(
    {
        "response.created", "response.queued", "response.in_progress", "response.output_text.done",
        "response.content_part.done", "response.output_item.done", "response.refusal.done",
        "response.reasoning_text.done", "response.function_call_arguments.done",
        "response.reasoning_summary_text.done", "response.reasoning_summary_part.done",
    }
)  # fmt: skip
"""What may be left out where it is too long: it was said in pieces, or by the caller."""


class ResponsesReader(StreamReader):
    """Events of kinds that are not known are left out, but some must be of the format: other
    formats have the same end mark.

    A reason for an incomplete answer that is not known counts as `length`. `number` is the last
    event's own.
    """

    def __init__(self) -> None:
        super().__init__(LONGEST_EVENT)
        self.number = -1
        self._known = False
        self._long = LongEvents()
        self._items = Items()

    def whole(self, response: Response) -> list[LLMEvent]:
        """A whole response, read as its stream would be."""
        failure = failure_of(response)
        if failure is not None:
            return self._fail(failure)
        try:
            return self._end(response, COMPLETED)
        except TooManyCalls:
            return self._fail(TOO_MANY_CALLS)

    def long(self, piece: bytes) -> list[LLMEvent] | None:
        """What a piece of an overlong event tells; `None` if that cannot be known."""
        name = self._long.name(piece)
        self._known = self._known or bool(name)
        if name is None or name in _REPEATS:
            return []
        if name in (COMPLETED, INCOMPLETE):
            return self._end(Response(), name)
        return None

    def _ending(self) -> list[LLMEvent]:
        return [] if self.done else [*self._items.words(), CUT_OFF]

    def _overlong(self, piece: bytes) -> list[LLMEvent]:
        if self.done:
            return []
        events = self.long(piece)
        return self._fail(TOO_LARGE) if events is None else events

    def _piece(self, piece: bytes) -> list[LLMEvent]:
        if self.done:
            return []
        found = read_event(piece)
        failure = event_failure(found)
        if failure is not None:
            return self._fail(failure)
        data = (found.data or b"").strip()
        if not data:
            return []
        if data.startswith(DONE):
            self.done = True
            return self._items.rest() if self._known else self._fail(FOREIGN)
        event = read_event_data(data)
        if event is None:
            return self._fail(UNREADABLE)
        event.type = event.type or found.event.decode("utf-8", "replace")
        return self._event(event)

    def _event(self, event: Event) -> list[LLMEvent]:
        self._known = self._known or event.type.startswith("response.")
        if event.sequence_number is not None:
            self.number = event.sequence_number
        failure = failure_in(event)
        if failure is not None:
            return self._fail(failure)
        try:
            if event.type in _ENDINGS:
                return self._ended(event.response or Response(), event.type)
            return self._items.read(event)
        except TooManyCalls:
            return self._fail(TOO_MANY_CALLS)

    def _ended(self, response: Response, kind: str) -> list[LLMEvent]:
        failure = failure_of(response)
        if failure is None and kind == FAILED:
            failure = failure_of(Response(status="failed"))
        if failure is None:
            return self._end(response, kind)
        self.done = True
        return self._fail(failure)

    def _end(self, response: Response, kind: str) -> list[LLMEvent]:
        events = self._items.whole(response.output or []) + self._items.rest()
        self.done = True
        events.append(Finish(self._reason(response, kind)))
        usage = usage_of(response.usage)
        return events if usage is None else [*events, usage]

    def _reason(self, response: Response, kind: str) -> FinishReason:
        if kind == INCOMPLETE or response.status == "incomplete":
            told = response.incomplete_details
            filtered = told is not None and told.reason == "content_filter"
            return "content_filter" if filtered else "length"
        return "tool_calls" if self._items.calls else "stop"
