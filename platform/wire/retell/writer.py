"""Canonical events, written as Retell's messages of one turn: each a line of its own."""

from wire.events import Failure, Finish, LLMEvent, Reasoning, Text, ToolDelta, Usage
from wire.llm.base import LLMAnswer, LLMRequest, Stamp
from wire.retell.actions import Called
from wire.retell.frames import APOLOGY, response
from wire.retell.requests import is_reminder, response_id


class TurnWriter:
    """An `LLMWriter`. Reasoning and other choices are left out; what fails is completed too, with
    an apology if nothing was said before, for Retell waits until a turn is complete.
    """

    def __init__(self, request: LLMRequest) -> None:
        self._id = response_id(request)
        self._apology = "" if is_reminder(request) else APOLOGY
        self._called = Called()
        self._spoke = False

    def write(self, event: LLMEvent) -> bytes:
        if isinstance(event, Failure):
            return self.fail(code=event.code or "upstream_error", message=event.message)
        if isinstance(event, Usage | Finish | Reasoning) or event.choice != 0:
            return b""
        if isinstance(event, Text):
            self._spoke = self._spoke or bool(event.text.strip())
            return response(self._id, event.text, complete=False) + b"\n"
        self._called.add(event)
        return b""

    def end(self) -> bytes:
        return response(self._id, "", complete=True, **self._called.actions()) + b"\n"

    def fail(self, *, code: str, message: str) -> bytes:
        said = "" if self._spoke else self._apology
        return response(self._id, said, complete=True) + b"\n"


def write_answer(answer: LLMAnswer, request: LLMRequest, stamp: Stamp) -> bytes:
    """A turn in as few messages as can be."""
    writer = TurnWriter(request)
    said = writer.write(Text(answer.text)) if answer.text else b""
    for index, call in enumerate(answer.calls):
        writer.write(ToolDelta(index, call.id, call.name, call.arguments))
    return said + writer.end()
