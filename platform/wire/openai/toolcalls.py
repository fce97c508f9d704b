"""Tool calls of one choice: every piece gets the index of its call, whatever the endpoint says."""

from wire import callids
from wire.events import ToolDelta
from wire.openai.shapes import Function, ToolCall


class ToolCalls:
    """Numbers the calls of one choice.

    A piece belongs to the call of its own index. It begins a new one when its id is another than
    that call's (Gemini's compatible endpoint numbers all calls 0, or none). Without an index it
    belongs to the call of its id, else to the last one, unless it names a function.
    """

    def __init__(self, choice: int) -> None:
        self._choice = choice
        self._ids: list[str | None] = []
        self._by_index: dict[int, int] = {}
        self._by_id: dict[str, int] = {}

    def __bool__(self) -> bool:
        return bool(self._ids)

    def read(self, call: ToolCall) -> ToolDelta:
        function = call.function or (
            Function(call.custom.name, call.custom.input) if call.custom else Function()
        )
        position = self._position(call, function)
        begins = position == len(self._ids)
        if begins:
            self._ids.append(call.id or None)
            if call.id:
                self._by_id.setdefault(call.id, position)
        if call.index is not None:
            self._by_index[call.index] = position
        return ToolDelta(
            index=position,
            id=_id(call) if begins else None,
            name=(function.name or "") if begins else None,
            arguments=function.arguments or "",
            choice=self._choice,
        )

    def _position(self, call: ToolCall, function: Function) -> int:
        new = len(self._ids)
        if call.index is not None:
            known = self._by_index.get(call.index, new)
            same = known == new or not call.id or self._ids[known] in (None, call.id)
            return known if same else self._by_id.get(call.id or "", new)
        if call.id:
            return self._by_id.get(call.id, new)
        return new if function.name or not new else new - 1


def _id(call: ToolCall) -> str:
    google = call.extra_content.google if call.extra_content else None
    return callids.with_signature(call.id or "", google.thought_signature if google else None)
