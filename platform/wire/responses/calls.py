"""The tool calls of one answer, by the index of their items."""

from dataclasses import dataclass
from typing import Any

from wire.events import ToolDelta
from wire.llm.bounds import MOST_CALLS
from wire.members import dumps
from wire.responses.shapes import Item

KINDS = ("function_call", "custom_tool_call")


class TooManyCalls(Exception):
    """More than anyone's tools: an attempt to fill the memory."""


@dataclass(slots=True)
class _Call:
    """`pending`: the arguments in its first event, unless pieces come; `None` once told."""

    number: int
    id: str | None
    pending: str | None


class Calls:
    """Numbers the calls, and tells the arguments of each once: in pieces, or whole.

    The id that is told is the `call_id`, which results refer to, and not the item's own.
    """

    def __init__(self) -> None:
        self._calls: dict[int, _Call] = {}
        self._count = 0

    def __bool__(self) -> bool:
        return self._count > 0

    def begin(self, index: int, item: Item) -> list[ToolDelta]:
        """Raises `TooManyCalls`."""
        if self._count == MOST_CALLS:
            raise TooManyCalls
        closed = self._close(self._calls.get(index))
        number, self._count = self._count, self._count + 1
        call_id = item.call_id or item.id
        given = arguments_of(item.arguments if item.arguments is not None else item.input)
        self._calls[index] = _Call(number, call_id, given)
        return [*closed, ToolDelta(number, call_id or "", item.name or "", "")]

    def piece(self, index: int, text: str | None) -> list[ToolDelta]:
        call = self._calls.get(index)
        if call is None or not text:
            return []
        call.pending = None
        return [ToolDelta(call.number, None, None, text)]

    def whole(self, index: int, arguments: Any) -> list[ToolDelta]:
        """The end of the arguments at this index, which repeats all of them."""
        return self._tell(self._calls.get(index), arguments_of(arguments))

    def item(self, index: int, item: Item) -> list[ToolDelta]:
        """A whole call, whether or not it was told before. Raises `TooManyCalls`."""
        call = self._calls.get(index)
        same = call is not None and call.id == (item.call_id or item.id)
        begun = [] if same else self.begin(index, item)
        given = item.arguments if item.arguments is not None else item.input
        return begun + self.whole(index, given)

    def rest(self) -> list[ToolDelta]:
        """What is still to be told at a good end."""
        return [delta for call in self._calls.values() for delta in self._close(call)]

    def _close(self, call: _Call | None) -> list[ToolDelta]:
        """No more will be said of it: a call that never got arguments has an empty object."""
        return [] if call is None else self._tell(call, call.pending or "{}")

    def _tell(self, call: _Call | None, arguments: str) -> list[ToolDelta]:
        """Once; a call that has none yet may still get them."""
        told = call and call.pending is not None and (arguments or call.pending)
        if not (call and told):
            return []
        call.pending = None
        return [ToolDelta(call.number, None, None, told)]


def arguments_of(value: Any) -> str:
    """Arguments as JSON text, also where a server gives the object itself."""
    if value is None or isinstance(value, str):
        return value or ""
    return dumps(value).decode()
