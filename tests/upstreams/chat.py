"""An OpenAI-chat endpoint as a script: streams words, reports usage, calls tools."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.upstreams.script import Seen, Step, reply, sse


@dataclass
class Chat:
    """`token`: required as `Authorization: Bearer …` when given. `pause`: seconds per chunk.

    `usage`: `asked` (with `include_usage`, as OpenAI does), `always` or `never`. A request with
    `tools` is answered by a call of the first one when `call_tools`. `done=False` leaves `[DONE]`
    out. `json_only` answers JSON although a stream was asked for.
    """

    words: Sequence[str] = ("Hel", "lo", " there", "!")
    pause: float = 0.0
    token: str | None = None
    usage: str = "asked"
    done: bool = True
    call_tools: bool = True
    json_only: bool = False
    model: str = "house-7b"

    def __call__(self, seen: Seen) -> Iterable[Step]:
        if self.token is not None and seen.header("authorization") != f"Bearer {self.token}":
            return [reply(401, _error("Incorrect API key provided", "invalid_api_key"))]
        if seen.method == "GET":
            return [reply(200, {"object": "list", "data": [{"id": self.model}]})]
        asked = seen.json()
        tools = asked.get("tools") if self.call_tools else None
        if asked.get("stream") and not self.json_only:
            options = asked.get("stream_options") or {}
            count = self.usage == "always" or (
                self.usage == "asked" and bool(options.get("include_usage"))
            )
            return sse(*self._events(tools, count), pause=self.pause)
        return [reply(200, self._whole(tools))]

    def _events(self, tools: Any, count: bool) -> Iterable[str]:
        yield self._chunk({"role": "assistant", "content": ""})
        if tools:
            yield from (self._chunk(delta) for delta in _tool_deltas(tools[0]))
        else:
            yield from (self._chunk({"content": word}) for word in self.words)
        yield self._chunk({}, "tool_calls" if tools else "stop")
        if count:
            yield "data: " + json.dumps({**self._frame(), "choices": [], "usage": self._usage()})
        if self.done:
            yield "data: [DONE]"

    def _frame(self, kind: str = "chat.completion.chunk") -> dict[str, Any]:
        return {"id": "chatcmpl-1", "object": kind, "created": 1790000000, "model": self.model}

    def _chunk(self, delta: dict[str, Any], finish: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return "data: " + json.dumps({**self._frame(), "choices": [choice]}, ensure_ascii=False)

    def _usage(self) -> dict[str, int]:
        spoken = len(self.words)
        return {"prompt_tokens": 9, "completion_tokens": spoken, "total_tokens": 9 + spoken}

    def _whole(self, tools: Any) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": "".join(self.words)}
        if tools:
            call = _call(tools[0], '{"city":"Oslo"}')
            message = {"role": "assistant", "content": None, "tool_calls": [call]}
        finish = "tool_calls" if tools else "stop"
        choice = {"index": 0, "message": message, "finish_reason": finish}
        whole = {**self._frame("chat.completion"), "choices": [choice]}
        return whole if self.usage == "never" else {**whole, "usage": self._usage()}


def _call(tool: Any, arguments: str) -> dict[str, Any]:
    function = {"name": tool["function"]["name"], "arguments": arguments}
    return {"id": "call_1", "type": "function", "function": function}


def _tool_deltas(tool: Any) -> Iterable[dict[str, Any]]:
    yield {"tool_calls": [{"index": 0, **_call(tool, "")}]}
    for piece in ('{"city":', '"Oslo"}'):
        yield {"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}


def _error(message: str, code: str) -> dict[str, Any]:
    return {
        "error": {"message": message, "type": "invalid_request_error", "param": None, "code": code}
    }
