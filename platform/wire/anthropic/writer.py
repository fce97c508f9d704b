"""Canonical events, written as a Messages stream or as a whole message."""

from typing import Any

from wire.anthropic.errors import write_stream_error
from wire.anthropic.requests import wants_thinking
from wire.anthropic.toolblock import ToolBlock
from wire.anthropic.usage import usage_body
from wire.conversation import arguments
from wire.events import Failure, Finish, LLMEvent, Reasoning, Text, ToolDelta, Usage
from wire.llm.base import LLMAnswer, LLMRequest, Stamp
from wire.llm.bounds import MOST_CALLS
from wire.members import dumps

_WHITE_LIMIT = 4096
_REASONS = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "content_filter": "refusal",
}


class MessagesWriter:
    """An `LLMWriter`. Reasoning becomes `thinking` blocks, if the caller asked for thinking.

    A block is stopped when another begins; that of a tool only if its arguments are whole by then,
    since pieces may come interleaved, and else at the end. White space is a block's beginning or,
    where tools are called, nothing.
    """

    def __init__(self, request: LLMRequest, stamp: Stamp) -> None:
        self._head = head(request, stamp)
        self._shows_thinking = wants_thinking(request)
        self._begun = False
        self._blocks = 0
        self._open: tuple[int, str] | None = None
        self._tools: dict[int, ToolBlock] = {}
        self._tool: ToolBlock | None = None
        self._white = ""
        self._usage: Usage | None = None
        self._reason: str | None = None

    def write(self, event: LLMEvent) -> bytes:
        if isinstance(event, Failure):
            return self.fail(code=event.code or "upstream_error", message=event.message)
        if isinstance(event, Usage):
            self._usage = event
            return b""
        return self._choice(event) if event.choice == 0 else b""

    def end(self) -> bytes:
        white = self._in_block("text", "text", self._white) if self._white else b""
        out = white + self._begin() + self._stop()
        for tool in self._tools.values():
            if tool.open:
                out += sse_event("content_block_stop", index=tool.index)
        reason = self._reason or ("tool_calls" if self._tools else "stop")
        delta = {"stop_reason": _REASONS[reason], "stop_sequence": None}
        out += sse_event("message_delta", delta=delta, usage=usage_body(self._usage))
        return out + sse_event("message_stop")

    def fail(self, *, code: str, message: str) -> bytes:
        return write_stream_error(code=code, message=message)

    def _choice(self, event: Text | Reasoning | ToolDelta | Finish) -> bytes:
        if isinstance(event, Finish):
            self._reason = event.reason
            return b""
        if isinstance(event, Text):
            return self._text(event.text)
        if isinstance(event, ToolDelta):
            return self._call(event)
        return self._in_block("thinking", "thinking", event.text) if self._shows_thinking else b""

    def _text(self, text: str) -> bytes:
        begun = self._open is not None and self._open[1] == "text"
        text, self._white = self._white + text, ""
        if begun or text.strip() or len(text) > _WHITE_LIMIT:
            return self._in_block("text", "text", text)
        if not self._tools:
            self._white = text
        return b""

    def _in_block(self, kind: str, member: str, text: str) -> bytes:
        out = b""
        if self._open is None or self._open[1] != kind:
            empty = {"type": kind, member: ""}
            if kind == "thinking":
                empty["signature"] = ""
            out = self._start(empty)
            self._open = (self._blocks - 1, kind)
        delta = {"type": f"{kind}_delta", member: text}
        return out + sse_event("content_block_delta", index=self._blocks - 1, delta=delta)

    def _call(self, event: ToolDelta) -> bytes:
        out = b""
        if event.index not in self._tools:
            if len(self._tools) == MOST_CALLS:
                return b""
            block: dict[str, Any] = {
                "type": "tool_use",
                "id": event.id,
                "name": event.name,
                "input": {},
            }
            self._white = ""
            out = self._start(block)
            self._tools[event.index] = ToolBlock(self._blocks - 1)
        tool = self._tool = self._tools[event.index]
        if event.arguments and tool.open:
            tool.add(event.arguments)
            delta = {"type": "input_json_delta", "partial_json": event.arguments}
            out += sse_event("content_block_delta", index=tool.index, delta=delta)
        return out

    def _start(self, block: dict[str, Any]) -> bytes:
        out = self._begin() + self._stop()
        self._blocks += 1
        return out + sse_event("content_block_start", index=self._blocks - 1, content_block=block)

    def _stop(self) -> bytes:
        """Of the block of words that is open, and of the last tool's if it is whole."""
        out = b""
        if self._open is not None:
            out = sse_event("content_block_stop", index=self._open[0])
        tool, self._open, self._tool = self._tool, None, None
        if tool is not None and tool.open and tool.whole:
            tool.open = False
            out += sse_event("content_block_stop", index=tool.index)
        return out

    def _begin(self) -> bytes:
        if self._begun:
            return b""
        self._begun = True
        return sse_event("message_start", message={**self._head, "usage": usage_body(None)})


def sse_event(kind: str, /, **members: Any) -> bytes:
    data = dumps({"type": kind, **members})
    return b"event: " + kind.encode() + b"\ndata: " + data + b"\n\n"


def head(request: LLMRequest, stamp: Stamp) -> dict[str, Any]:
    """A message that says nothing yet."""
    return {
        "id": f"msg_{stamp.id}",
        "type": "message",
        "role": "assistant",
        "model": request.model or "default",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
    }


def write_answer(answer: LLMAnswer, request: LLMRequest, stamp: Stamp) -> bytes:
    content: list[dict[str, Any]] = []
    if answer.reasoning and wants_thinking(request):
        content.append({"type": "thinking", "thinking": answer.reasoning, "signature": ""})
    if answer.text.strip() or (answer.text and not answer.calls):
        content.append({"type": "text", "text": answer.text})
    content += [
        {"type": "tool_use", "id": call.id, "name": call.name, "input": arguments(call.arguments)}
        for call in answer.calls
    ]
    said = {"content": content, "stop_reason": _REASONS[answer.reason]}
    return dumps({**head(request, stamp), **said, "usage": usage_body(answer.usage)})
