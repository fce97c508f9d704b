"""Canonical events, written as a Responses stream or as a whole response."""

from typing import Any

from wire.events import Failure, Finish, FinishReason, LLMEvent, Reasoning, Text, ToolDelta, Usage
from wire.llm.base import LLMAnswer, LLMRequest, Stamp
from wire.llm.bounds import MOST_CALLS
from wire.members import dumps
from wire.responses import output
from wire.responses.blocks import Block, CallBlock, MessageBlock, ReasoningBlock
from wire.responses.errors import write_stream_error
from wire.responses.head import ending, head
from wire.responses.numbering import Numbered
from wire.responses.output import BEGUN, COMPLETED, INCOMPLETE
from wire.responses.requests import wants_reasoning

_MOST_THOUGHTS = 128


class ResponsesWriter:
    """An `LLMWriter`. Reasoning becomes the summary of `reasoning` items, if one was asked for.

    A message or a thought ends when another item begins; calls end with the answer, since their
    pieces may come interleaved. All text is gathered, for the last events repeat it.
    """

    def __init__(self, request: LLMRequest, stamp: Stamp) -> None:
        self._head = head(request, stamp)
        self._id = stamp.id
        self._shows_reasoning = wants_reasoning(request)
        self._events = Numbered()
        self._begun = False
        self._blocks: list[Block] = []
        self._open: Block | None = None
        self._calls: dict[int, CallBlock] = {}
        self._thoughts = 0
        self._usage: Usage | None = None
        self._reason: FinishReason = "stop"

    def write(self, event: LLMEvent) -> bytes:
        if isinstance(event, Failure):
            return self.fail(code=event.code or "upstream_error", message=event.message)
        if isinstance(event, Usage):
            self._usage = event
            return b""
        return self._choice(event) if event.choice == 0 else b""

    def end(self) -> bytes:
        ended = ending(self._reason, self._usage)
        out = [self._begin()]
        out += [block.end(ended["status"]) for block in self._blocks if block.status == BEGUN]
        return b"".join(out) + self._last(**ended)

    def fail(self, *, code: str, message: str) -> bytes:
        """The error, and the end of the response if that has begun."""
        error = write_stream_error(code=code, message=message, number=self._events.next)
        if not self._begun:
            return error
        self._events.next += 1
        for block in self._blocks:
            block.status = INCOMPLETE if block.status == BEGUN else block.status
        return error + self._last(
            status="failed", error={"code": "server_error", "message": message}
        )

    def _choice(self, event: Text | Reasoning | ToolDelta | Finish) -> bytes:
        if isinstance(event, Finish):
            self._reason = event.reason
            return b""
        if isinstance(event, Text):
            return self._words(MessageBlock, "msg", event.text)
        if isinstance(event, ToolDelta):
            return self._call(event)
        return self._thought(event.text) if self._shows_reasoning else b""

    def _thought(self, text: str) -> bytes:
        if not isinstance(self._open, ReasoningBlock):
            if self._thoughts == _MOST_THOUGHTS:
                return b""
            self._thoughts += 1
        return self._words(ReasoningBlock, "rs", text)

    def _words(self, kind: type[MessageBlock | ReasoningBlock], prefix: str, text: str) -> bytes:
        out = b""
        if not isinstance(self._open, kind):
            block = kind(self._events, len(self._blocks), self._new_id(prefix))
            out = self._start(block)
            self._open = block
        return out + self._open.add(text)

    def _call(self, event: ToolDelta) -> bytes:
        out = b""
        call = self._calls.get(event.index)
        if call is None:
            if len(self._calls) == MOST_CALLS:
                return b""
            place = len(self._blocks), self._new_id("fc")
            call = CallBlock(self._events, *place, event.id or "", event.name or "")
            self._calls[event.index] = call
            out = self._start(call)
        return out + call.add(event.arguments) if event.arguments else out

    def _start(self, block: Block) -> bytes:
        out = self._begin()
        if self._open is not None:
            out += self._open.end(COMPLETED)
        self._open = None
        self._blocks.append(block)
        return out + block.begin()

    def _new_id(self, prefix: str) -> str:
        return f"{prefix}_{self._id}_{len(self._blocks)}"

    def _begin(self) -> bytes:
        if self._begun:
            return b""
        self._begun = True
        return self._events.event("response.created", response=self._head) + self._events.event(
            "response.in_progress", response=self._head
        )

    def _last(self, status: str, **members: Any) -> bytes:
        items = [block.item() for block in self._blocks]
        response = {**self._head, **members, "status": status, "output": items}
        return self._events.event(f"response.{status}", response=response)


def write_answer(answer: LLMAnswer, request: LLMRequest, stamp: Stamp) -> bytes:
    ended = ending(answer.reason, answer.usage)
    items: list[dict[str, Any]] = []
    if answer.reasoning and wants_reasoning(request):
        items.append(output.reasoning(f"rs_{stamp.id}", answer.reasoning))
    if answer.text or not answer.calls:
        items.append(output.message(f"msg_{stamp.id}", answer.text, ended["status"]))
    items += [
        output.function_call(f"fc_{stamp.id}_{at}", call, ended["status"])
        for at, call in enumerate(answer.calls)
    ]
    return dumps({**head(request, stamp), **ended, "output": items})
