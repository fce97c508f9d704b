"""The items of an answer while they are written: each begins, grows and ends in events.

`end` gives the last events; `item` is what stands in the response, ended or not.
"""

from abc import ABC, abstractmethod
from typing import Any

from wire.conversation import ToolCall
from wire.responses import output
from wire.responses.gathered import Gathered
from wire.responses.numbering import Numbered


class Block(ABC):
    """What all have: a place among the items, an id of its own, the text so far, a status."""

    __slots__ = ("_events", "_index", "_place", "_text", "id", "status")

    def __init__(self, events: Numbered, index: int, item_id: str) -> None:
        self.id = item_id
        self.status = output.BEGUN
        self._events = events
        self._index = index
        self._place: dict[str, Any] = {"item_id": item_id, "output_index": index}
        self._text = Gathered()

    @abstractmethod
    def begin(self) -> bytes: ...

    @abstractmethod
    def add(self, text: str) -> bytes: ...

    @abstractmethod
    def end(self, status: str) -> bytes: ...

    @abstractmethod
    def item(self) -> dict[str, Any]: ...

    def _added(self, item: dict[str, Any]) -> bytes:
        return self._events.event("response.output_item.added", output_index=self._index, item=item)

    def _done(self) -> bytes:
        kind = "response.output_item.done"
        return self._events.event(kind, output_index=self._index, item=self.item())


class MessageBlock(Block):
    __slots__ = ()

    def begin(self) -> bytes:
        added = self._added(output.empty_message(self.id))
        part = output.text_part("")
        return added + self._tell("response.content_part.added", part=part)

    def add(self, text: str) -> bytes:
        self._text.add(text)
        return self._tell("response.output_text.delta", delta=text, logprobs=[])

    def end(self, status: str) -> bytes:
        self.status = status
        text = str(self._text)
        return (
            self._tell("response.output_text.done", text=text, logprobs=[])
            + self._tell("response.content_part.done", part=output.text_part(text))
            + self._done()
        )

    def item(self) -> dict[str, Any]:
        return output.message(self.id, str(self._text), self.status)

    def _tell(self, kind: str, **members: Any) -> bytes:
        return self._events.event(kind, **self._place, content_index=0, **members)


class ReasoningBlock(Block):
    __slots__ = ()

    def begin(self) -> bytes:
        added = self._added(output.empty_reasoning(self.id))
        part = output.summary_part("")
        return added + self._tell("response.reasoning_summary_part.added", part=part)

    def add(self, text: str) -> bytes:
        self._text.add(text)
        return self._tell("response.reasoning_summary_text.delta", delta=text)

    def end(self, status: str) -> bytes:
        self.status = status
        text = str(self._text)
        return (
            self._tell("response.reasoning_summary_text.done", text=text)
            + self._tell("response.reasoning_summary_part.done", part=output.summary_part(text))
            + self._done()
        )

    def item(self) -> dict[str, Any]:
        return output.reasoning(self.id, str(self._text))

    def _tell(self, kind: str, **members: Any) -> bytes:
        return self._events.event(kind, **self._place, summary_index=0, **members)


class CallBlock(Block):
    """`call_id` is what the result will refer to."""

    __slots__ = ("_call_id", "_name")

    def __init__(self, events: Numbered, index: int, item_id: str, call_id: str, name: str) -> None:
        super().__init__(events, index, item_id)
        self._call_id = call_id
        self._name = name

    def begin(self) -> bytes:
        return self._added(self.item())

    def add(self, text: str) -> bytes:
        self._text.add(text)
        kind = "response.function_call_arguments.delta"
        return self._events.event(kind, **self._place, delta=text)

    def end(self, status: str) -> bytes:
        self.status = status
        kind = "response.function_call_arguments.done"
        told = {"name": self._name, "arguments": str(self._text)}
        return self._events.event(kind, **self._place, **told) + self._done()

    def item(self) -> dict[str, Any]:
        call = ToolCall(self._call_id, self._name, str(self._text))
        return output.function_call(self.id, call, self.status)
