"""OpenAI's chat completions."""

import json
from typing import Any

from tests.shapes.llm.shape import PICTURE, USER, Shape


def _chunk(delta: Any, finish: str | None = None, **members: Any) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return "data: " + json.dumps({"id": "c", "model": "m", "choices": [choice], **members})


def _call(**members: Any) -> str:
    return _chunk({"tool_calls": [{"index": 0, **members}]})


FUNCTION = {"name": "weather", "parameters": {"type": "object"}}
_CALLED = {"id": "t1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
_USAGE = {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13,
          "prompt_tokens_details": {"cached_tokens": 5}}  # fmt: skip

SHAPE = Shape(
    path="/v1/chat/completions",
    asked={
        "text": {"messages": [{"role": "system", "content": "Be brief."}, USER]},
        "tool": {"messages": [USER], "tools": [{"type": "function", "function": FUNCTION}]},
        "result": {"messages": [
            USER, {"role": "assistant", "content": None, "tool_calls": [_CALLED]},
            {"role": "tool", "tool_call_id": "t1", "content": "sun"}]},
        "picture": {"messages": [{"role": "user", "content": [
            {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PICTURE}"}}]}]},
    },
    parts={
        "begin": [_chunk({"role": "assistant", "content": ""})],
        "text": [_chunk({"content": "Hel"}), _chunk({"content": "lo"})],
        "thought then text": [_chunk({"reasoning_content": "Hm"}), _chunk({"content": "Hello"})],
        "tool": [
            _call(id="t1", type="function", function={"name": "weather", "arguments": ""}),
            _call(function={"arguments": '{"city":'}), _call(function={"arguments": '"Oslo"}'}),
        ],
        "end": [
            _chunk({}, "stop"), _chunk({}, choices=[], usage=_USAGE), "data: [DONE]",
        ],
        "full": [_chunk({}, "length"), "data: [DONE]"],
        "error": ['data: {"error":{"message":"Out of memory.","code":"oom"}}'],
    },
    whole={"id": "c", "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello"},
                                   "finish_reason": "stop"}], "usage": _USAGE},
    error={"error": {"message": "Too fast.", "type": "t", "param": None, "code": "slow_down"}},
    told={
        "system": lambda body: body["messages"][0],
        "tool": lambda body: body["tools"][0]["function"]["name"],
        "result": lambda body: (body["messages"][2]["tool_call_id"],
                                body["messages"][2]["content"]),
        "picture": lambda body: body["messages"][0]["content"][0]["image_url"]["url"],
    },
    more={"n": 2, "seed": 1, "logprobs": True, "reasoning_effort": "low",
          "response_format": {"type": "json_object"}},
)  # fmt: skip
