"""Canonical events, written as the one JSON object that VEXYL waits for."""

from wire.events import Failure, LLMEvent, Text, ToolDelta
from wire.llm.base import LLMAnswer, LLMRequest, Stamp
from wire.members import dumps
from wire.vexyl.actions import Actions, of_tool, without_marks
from wire.vexyl.errors import write_stream_error
from wire.vexyl.requests import session_id

TEXT_LIMIT = 64 * 1024
"""Characters of an answer, an hour of speech; nobody hears what comes after."""


class ReplyWriter:
    """An `LLMWriter` that gives all at the end: the first choice's text, and what its tools ask
    for. Reasoning and other tools have no place here.
    """

    def __init__(self, request: LLMRequest, stamp: Stamp) -> None:
        self._session = session_id(request.fields) or stamp.id
        self._texts: list[str] = []
        self._room = TEXT_LIMIT
        self._actions = Actions()

    def write(self, event: LLMEvent) -> bytes:
        if isinstance(event, Failure):
            return self.fail(code=event.code or "upstream_error", message=event.message)
        if isinstance(event, Text) and event.choice == 0 and self._room > 0:
            self._texts.append(event.text[: self._room])
            self._room -= len(event.text)
        elif isinstance(event, ToolDelta) and event.choice == 0 and event.name:
            self._actions |= of_tool(event.name)
        return b""

    def end(self) -> bytes:
        return _reply("".join(self._texts), self._actions, self._session)

    def fail(self, *, code: str, message: str) -> bytes:
        return write_stream_error(code=code, message=message)


def write_answer(answer: LLMAnswer, request: LLMRequest, stamp: Stamp) -> bytes:
    actions = Actions()
    for call in answer.calls:
        actions |= of_tool(call.name)
    return _reply(answer.text, actions, session_id(request.fields) or stamp.id)


def _reply(said: str, called: Actions, session: str) -> bytes:
    text, marked = without_marks(said)
    actions = called | marked
    return dumps(
        {
            "response": text,
            "sessionId": session,
            "shouldEscalate": actions.escalate,
            "shouldHangup": actions.hangup,
        }
    )
