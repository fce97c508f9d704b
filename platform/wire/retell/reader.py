"""A Retell-style server's messages of one turn, read into canonical events."""

from collections.abc import Mapping
from typing import Any

from wire.events import Finish, LLMEvent, ToolDelta
from wire.llm.reading import CUT_OFF, UNREADABLE, StreamReader
from wire.members import dumps
from wire.retell.said import Said, read_said
from wire.settings import Setting, is_text
from wire.sse import read_event
from wire.words import Words

END_CALL_TOOL = Setting(
    "end_call_tool",
    "The tool that callers see called for `end_call`.",
    "the name of a tool",
    "end_call",
    is_text,
)
TRANSFER_TOOL = Setting(
    "transfer_tool",
    "The tool that callers see called for `transfer_number`, with that as its `number`.",
    "the name of a tool",
    "transfer_call",
    is_text,
)
DIGIT_TOOL = Setting(
    "digit_tool",
    "The tool that callers see called for `digit_to_press`, with that as its `digit`.",
    "the name of a tool",
    "press_digit",
    is_text,
)
SETTINGS = (END_CALL_TOOL, TRANSFER_TOOL, DIGIT_TOOL)


class TurnReader(StreamReader):
    """Of the event stream that `RetellDialogue` makes of messages.

    Of several actions the one counts that Retell would do.
    """

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__()
        self._settings = settings
        self._words = Words()
        self._hangs_up = False
        self._number = self._digit = ""

    def _piece(self, piece: bytes) -> list[LLMEvent]:
        data = read_event(piece).data
        if not data or self.done:
            return []
        said = read_said(data)
        if said is None:
            return self._fail(UNREADABLE)
        return self._said(said) if said.answers else []

    def _ending(self) -> list[LLMEvent]:
        return [] if self.done else [*self._words.rest(), CUT_OFF]

    def _said(self, said: Said) -> list[LLMEvent]:
        self._hangs_up = self._hangs_up or said.end_call
        self._number = str(said.transfer_number) or self._number
        self._digit = str(said.digit_to_press) or self._digit
        events: list[LLMEvent] = [*self._words.feed(said.content)] if said.content else []
        if said.content_complete:
            self.done = True
            events += [*self._words.rest(), *self._finish()]
        return events

    def _finish(self) -> list[LLMEvent]:
        call = self._call()
        return [Finish("stop")] if call is None else [call, Finish("tool_calls")]

    def _call(self) -> ToolDelta | None:
        if self._hangs_up:
            return self._called(END_CALL_TOOL)
        if self._number:
            return self._called(TRANSFER_TOOL, number=self._number)
        return self._called(DIGIT_TOOL, digit=self._digit) if self._digit else None

    def _called(self, tool: Setting, **arguments: str) -> ToolDelta:
        name = self._settings.get(tool.name, tool.default)
        return ToolDelta(0, "", name, dumps(arguments).decode())


def read_answer(body: bytes, settings: Mapping[str, Any]) -> list[LLMEvent]:
    """A whole turn; a `Failure` is in it if it is none."""
    reader = TurnReader(settings)
    return [*reader.feed(body), *reader.close()]
