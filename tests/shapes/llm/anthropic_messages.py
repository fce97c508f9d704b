"""Anthropic's messages."""

from typing import Any

from tests.shapes.llm.shape import PICTURE, USER, Shape, event


def _block(index: int, *deltas: Any, **block: Any) -> list[str]:
    return [
        event("content_block_start", index=index, content_block=block),
        *(event("content_block_delta", index=index, delta=delta) for delta in deltas),
        event("content_block_stop", index=index),
    ]


def _input(*pieces: str) -> list[dict[str, str]]:
    return [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]


_COUNTS = {"input_tokens": 4, "cache_read_input_tokens": 5, "output_tokens": 1}
_HEAD = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m"}

SHAPE = Shape(
    path="/v1/messages",
    asked={
        "text": {"max_tokens": 50, "system": "Be brief.", "messages": [USER],
                 "thinking": {"type": "adaptive"}},
        "tool": {"max_tokens": 50, "messages": [USER],
                 "tools": [{"name": "weather", "input_schema": {"type": "object"}}]},
        "result": {"max_tokens": 50, "messages": [
            USER,
            {"role": "assistant", "content": [
                {"type": "tool_use", "id": "t1", "name": "weather", "input": {}}]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "t1", "content": "sun"}]}]},
        "picture": {"max_tokens": 50, "messages": [{"role": "user", "content": [
            {"type": "image", "source": {"type": "base64", "media_type": "image/png",
                                         "data": PICTURE}}]}]},
    },
    parts={
        "begin": [event("message_start", message={**_HEAD, "content": [], "usage": _COUNTS})],
        "text": _block(0, {"type": "text_delta", "text": "Hel"},
                       {"type": "text_delta", "text": "lo"}, type="text", text=""),
        "thought then text": [
            *_block(0, {"type": "thinking_delta", "thinking": "Hm"},
                    {"type": "signature_delta", "signature": "s"},
                    type="thinking", thinking="", signature=""),
            *_block(1, {"type": "text_delta", "text": "Hello"}, type="text", text=""),
        ],
        "tool": _block(1, *_input('{"city":', '"Oslo"}'), type="tool_use", id="t1",
                       name="weather", input={}),
        "end": [event("message_delta", delta={"stop_reason": "end_turn"},
                       usage={"output_tokens": 4}), event("message_stop")],
        "full": [event("message_delta", delta={"stop_reason": "max_tokens"},
                        usage={"output_tokens": 4}), event("message_stop")],
        "error": [event("error", error={"type": "oom", "message": "Out of memory."})],
    },
    whole={**_HEAD, "content": [{"type": "text", "text": "Hello"}], "stop_reason": "end_turn",
           "usage": {**_COUNTS, "output_tokens": 4}},
    error={"type": "error", "error": {"type": "slow_down", "message": "Too fast."}},
    told={
        "system": lambda body: {"role": "system", "content": body["system"]},
        "tool": lambda body: body["tools"][0]["name"],
        "result": lambda body: (body["messages"][2]["content"][0]["tool_use_id"],
                                body["messages"][2]["content"][0]["content"]),
        "picture": lambda body: "data:image/png;base64,"
        + body["messages"][0]["content"][0]["source"]["data"],
    },
    more={"top_k": 5, "thinking": {"type": "enabled", "budget_tokens": 9}},
)  # fmt: skip
