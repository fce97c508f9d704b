"""Canonical events, written as a Chat Completions stream or as a whole completion."""

from typing import Any

from wire.events import Failure, Finish, LLMEvent, Reasoning, Text, ToolDelta, Usage
from wire.llm.base import LLMAnswer, LLMRequest, Stamp
from wire.llm.bounds import MOST_CHOICES
from wire.members import dumps
from wire.openai.errors import write_stream_error

_END = b"data: [DONE]\n\n"


class ChatWriter:
    """An `LLMWriter`. Reasoning goes into `delta.reasoning`, never into the text.

    Every choice begins with its role and has exactly one finish reason, so that a late second one
    gives nothing.
    """

    def __init__(self, request: LLMRequest, stamp: Stamp) -> None:
        head = dumps(frame(request, stamp, "chat.completion.chunk")).removesuffix(b"}")
        self._head = b"data: " + head + b',"choices":'
        self._asked_usage = request.asked_usage
        self._usage: Usage | None = None
        self._begun: set[int] = set()
        self._finished: set[int] = set()

    def write(self, event: LLMEvent) -> bytes:
        if isinstance(event, Text) and event.choice in self._begun:
            return self._delta(event.choice, {"content": event.text})
        if isinstance(event, Usage):
            self._usage = event
            return b""
        if isinstance(event, Failure):
            return self.fail(code=event.code or "upstream_error", message=event.message)
        if event.choice not in self._begun and len(self._begun) == MOST_CHOICES:
            return b""
        if isinstance(event, Finish):
            return self._finish(event.choice, event.reason)
        return self._delta(event.choice, _delta(event))

    def end(self) -> bytes:
        out = b"" if self._finished else self._finish(0, "stop")
        if self._asked_usage and self._usage is not None:
            out += self._event([], usage_body(self._usage))
        return out + _END

    def fail(self, *, code: str, message: str) -> bytes:
        return write_stream_error(code=code, message=message)

    def _delta(self, choice: int, delta: dict[str, Any]) -> bytes:
        if choice not in self._begun:
            self._begun.add(choice)
            delta = {"role": "assistant", "content": "", **delta}
        return self._event([{"index": choice, "delta": delta, "finish_reason": None}])

    def _finish(self, choice: int, reason: str) -> bytes:
        if choice in self._finished:
            return b""
        self._finished.add(choice)
        role = b"" if choice in self._begun else self._delta(choice, {})
        return role + self._event([{"index": choice, "delta": {}, "finish_reason": reason}])

    def _event(self, choices: list[dict[str, Any]], usage: Any = None) -> bytes:
        used = b',"usage":' + dumps(usage) if self._asked_usage else b""
        return self._head + dumps(choices) + used + b"}\n\n"


def frame(request: LLMRequest, stamp: Stamp, kind: str) -> dict[str, Any]:
    """What every chunk and every completion begins with."""
    return {
        "id": f"chatcmpl-{stamp.id}",
        "object": kind,
        "created": stamp.created,
        "model": request.model or "default",
    }


def _delta(event: Text | Reasoning | ToolDelta) -> dict[str, Any]:
    if isinstance(event, Text):
        return {"content": event.text}
    if isinstance(event, Reasoning):
        return {"reasoning": event.text}
    function = {"arguments": event.arguments}
    if event.id is None:
        return {"tool_calls": [{"index": event.index, "function": function}]}
    named = {"name": event.name, **function}
    call = {"index": event.index, "id": event.id, "type": "function", "function": named}
    return {"tool_calls": [call]}


def usage_body(usage: Usage) -> dict[str, Any]:
    return {
        "prompt_tokens": usage.prompt,
        "completion_tokens": usage.completion,
        "total_tokens": usage.prompt + usage.completion,
        "prompt_tokens_details": {
            "cached_tokens": usage.cached,
            "cache_write_tokens": usage.cache_written,
        },
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning},
    }


def write_answer(answer: LLMAnswer, request: LLMRequest, stamp: Stamp) -> bytes:
    """A whole completion; `content` is null where there is nothing but tool calls."""
    message: dict[str, Any] = {
        "role": "assistant",
        "content": answer.text or (None if answer.calls else ""),
        "refusal": None,
    }
    if answer.reasoning:
        message["reasoning"] = answer.reasoning
    if answer.calls:
        message["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for call in answer.calls
        ]
    choice = {"index": 0, "message": message, "finish_reason": answer.reason, "logprobs": None}
    completion = {**frame(request, stamp, "chat.completion"), "choices": [choice]}
    if answer.usage is not None:
        completion["usage"] = usage_body(answer.usage)
    return dumps(completion)
