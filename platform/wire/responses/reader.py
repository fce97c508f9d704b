"""A Responses stream or a whole response, read into canonical events."""

from wire.events import Failure, Finish, FinishReason, LLMEvent
from wire.llm.bounds import TOO_MANY_CALLS
from wire.openai.errors import event_failure
from wire.openai.tally import DONE
from wire.responses.calls import TooManyCalls
from wire.responses.errors import failure_in, failure_of
from wire.responses.items import Items
from wire.responses.long import LONGEST_EVENT, LongEvents
from wire.responses.shapes import Event, Response, read_event_data
from wire.responses.usage import usage_of
from wire.sse import Overlong, SSESplitter, read_event

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
_BAD = "upstream_bad_response"


class ResponsesReader:
    """An `LLMReader`. Events of kinds that are not known are left out.

    A reason for an incomplete answer that is not known counts as `length`. `number` is the last
    event's own.
    """

    def __init__(self) -> None:
        self.done = False
        self.number = -1
        self._splitter = SSESplitter(LONGEST_EVENT)
        self._long = LongEvents()
        self._items = Items()
        self._failed = False

    def feed(self, data: bytes) -> list[LLMEvent]:
        return self._read(self._splitter.feed(data))

    def close(self) -> list[LLMEvent]:
        events = self._read([self._splitter.close()])
        if self._failed or self.done:
            return events
        cut = "The endpoint's stream ended before it was finished."
        return [*events, *self._items.words(), Failure(cut, "upstream_truncated")]

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
        if name is None or name in _REPEATS:
            return []
        if name in (COMPLETED, INCOMPLETE):
            return self._end(Response(), name)
        return None

    def _read(self, pieces: list[bytes]) -> list[LLMEvent]:
        events: list[LLMEvent] = []
        for piece in pieces:
            if not (self._failed or self.done):
                events += self._piece(piece)
        return events

    def _piece(self, piece: bytes) -> list[LLMEvent]:
        if isinstance(piece, Overlong):
            events = self.long(piece)
            too_large = Failure("An event of the endpoint is too large.", _BAD)
            return self._fail(too_large) if events is None else events
        found = read_event(piece)
        failure = event_failure(found)
        if failure is not None:
            return self._fail(failure)
        data = (found.data or b"").strip()
        if not data:
            return []
        if data.startswith(DONE):
            self.done = True
            return self._items.rest()
        event = read_event_data(data)
        if event is None:
            return self._fail(Failure("An event of the endpoint cannot be read.", _BAD))
        event.type = event.type or found.event.decode("utf-8", "replace")
        return self._event(event)

    def _event(self, event: Event) -> list[LLMEvent]:
        if event.sequence_number is not None:
            self.number = event.sequence_number
        failure = failure_in(event)
        if failure is not None:
            return self._fail(failure)
        try:
            if event.type in _ENDINGS:
                return self._ending(event.response or Response(), event.type)
            return self._items.read(event)
        except TooManyCalls:
            return self._fail(TOO_MANY_CALLS)

    def _ending(self, response: Response, kind: str) -> list[LLMEvent]:
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

    def _fail(self, failure: Failure) -> list[LLMEvent]:
        self._failed = True
        return [failure]
