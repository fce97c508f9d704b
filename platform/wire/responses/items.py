"""The items of an answer, read into canonical events: in pieces, or whole."""

from collections.abc import Callable

from wire.events import LLMEvent, Reasoning
from wire.responses.calls import KINDS, Calls
from wire.responses.shapes import Event, Item, Piece
from wire.words import Words

_MOST_PARTS = 1024
_PARAGRAPH = "\n\n"


class Items:
    """Tells each text and each call once, though a stream says them up to four times.

    What comes in pieces is not told again when its item is done. Kinds that are not known are left
    out. `calls` says whether there are any; methods raise `TooManyCalls`.
    """

    def __init__(self) -> None:
        self.calls = Calls()
        self._thought = False
        self._words = Words()
        self._speaking = 0  # the index of the last message
        self._told: set[tuple[int, int]] = set()

    def read(self, event: Event) -> list[LLMEvent]:
        read = _READ.get(event.type)
        return [] if read is None else read(self, event)

    def whole(self, output: list[Item]) -> list[LLMEvent]:
        """All items of a response, unless they were told already."""
        events: list[LLMEvent] = []
        if self._told or self.calls:
            return events
        for index, item in enumerate(output):
            events += self._reasoning(item) + self._item(index, item)
        return events

    def rest(self) -> list[LLMEvent]:
        """What is held at a good end: words, and arguments that came with no event of their own."""
        return [*self._words.rest(), *self.calls.rest()]

    def words(self) -> list[LLMEvent]:
        """What is held at any end."""
        return list(self._words.rest())

    def _item(self, index: int, item: Item) -> list[LLMEvent]:
        if item.type in KINDS:
            return list(self.calls.item(index, item))
        events: list[LLMEvent] = []
        if item.type == "message":
            for at, piece in enumerate(item.content or ()):
                events += self._once(index, at, piece.text or piece.refusal)
        return events

    def _reasoning(self, item: Item) -> list[LLMEvent]:
        if item.type != "reasoning" or self._thought:
            return []
        pieces: list[Piece] = item.summary or item.content or []
        text = _PARAGRAPH.join(piece.text for piece in pieces if piece.text)
        return [Reasoning(text)] if text else []

    def _once(self, index: int, at: int, text: str | None) -> list[LLMEvent]:
        """A text that repeats what may have come in pieces."""
        place = (index, at)
        if not text or place in self._told or len(self._told) == _MOST_PARTS:
            return []
        self._told.add(place)
        return self._said(index, text)

    def text(self, event: Event) -> list[LLMEvent]:
        if not event.delta:
            return []
        if len(self._told) < _MOST_PARTS:
            self._told.add((event.output_index, event.content_index))
        return self._said(event.output_index, event.delta)

    def _said(self, index: int, text: str) -> list[LLMEvent]:
        """Each message may begin with a thought of its own."""
        before: list[LLMEvent] = []
        if index > self._speaking:
            before += self._words.rest()
            self._words, self._speaking = Words(), index
        return [*before, *self._words.feed(text)]

    def text_done(self, event: Event) -> list[LLMEvent]:
        text = event.text or event.refusal
        return self._once(event.output_index, event.content_index, text)

    def thought(self, event: Event) -> list[LLMEvent]:
        self._thought = True
        return [Reasoning(event.delta)] if event.delta else []

    def paragraph(self, event: Event) -> list[LLMEvent]:
        return [Reasoning(_PARAGRAPH)] if event.summary_index else []

    def added(self, event: Event) -> list[LLMEvent]:
        item = event.item
        if item is None or item.type not in KINDS:
            return []
        return list(self.calls.begin(event.output_index, item))

    def arguments(self, event: Event) -> list[LLMEvent]:
        return list(self.calls.piece(event.output_index, event.delta))

    def arguments_done(self, event: Event) -> list[LLMEvent]:
        given = event.arguments if event.arguments is not None else event.input
        return list(self.calls.whole(event.output_index, given))

    def done(self, event: Event) -> list[LLMEvent]:
        return [] if event.item is None else self._item(event.output_index, event.item)


_READ: dict[str, Callable[[Items, Event], list[LLMEvent]]] = {
    "response.output_text.delta": Items.text,
    "response.refusal.delta": Items.text,
    "response.output_text.done": Items.text_done,
    "response.refusal.done": Items.text_done,
    "response.reasoning_text.delta": Items.thought,
    "response.reasoning_summary_text.delta": Items.thought,
    "response.reasoning_summary_part.added": Items.paragraph,
    "response.output_item.added": Items.added,
    "response.output_item.done": Items.done,
    "response.function_call_arguments.delta": Items.arguments,
    "response.function_call_arguments.done": Items.arguments_done,
    "response.custom_tool_call_input.delta": Items.arguments,
    "response.custom_tool_call_input.done": Items.arguments_done,
}
