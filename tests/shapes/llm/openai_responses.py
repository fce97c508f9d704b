"""OpenAI's responses."""

from typing import Any

from tests.shapes.llm.openai_chat import FUNCTION
from tests.shapes.llm.shape import PICTURE, USER, Shape, event


def _response(status: str, **members: Any) -> dict[str, Any]:
    return {"id": "resp_1", "object": "response", "created_at": 1790000000, "model": "m",
            "status": status, "error": None, **members}  # fmt: skip


def _ended(status: str, **members: Any) -> str:
    return event(f"response.{status}", response=_response(status, **members))


def _item(index: int, begun: Any, *inner: str, **grown: Any) -> list[str]:
    """An item as it begins, its events, and what it has become."""
    return [
        event(
            "response.output_item.added",
            output_index=index,
            item={**begun, "status": "in_progress"},
        ),
        *inner,
        event(
            "response.output_item.done",
            output_index=index,
            item={**begun, **grown, "status": "completed"},
        ),
    ]


def _pieces(index: int, item_id: str, kind: str, *pieces: str, **place: Any) -> list[str]:
    place = {"item_id": item_id, "output_index": index, **place}
    return [event(f"response.{kind}.delta", **place, delta=each) for each in pieces]


def _said(index: int, *pieces: str) -> list[str]:
    place = {"item_id": "msg_1", "output_index": index, "content_index": 0}
    part = {"type": "output_text", "annotations": [], "logprobs": []}
    whole = {**part, "text": "".join(pieces)}
    message = {"type": "message", "id": "msg_1", "role": "assistant", "content": []}
    return _item(
        index, message,
        event("response.content_part.added", **place, part={**part, "text": ""}),
        *_pieces(index, "msg_1", "output_text", *pieces, content_index=0),
        event("response.output_text.done", **place, text=whole["text"], logprobs=[]),
        event("response.content_part.done", **place, part=whole),
        content=[whole],
    )  # fmt: skip


_THOUGHT = {"type": "reasoning", "id": "rs_1", "summary": []}


def _summed(index: int, text: str) -> list[str]:
    part = {"type": "summary_text", "text": ""}
    place = {"item_id": "rs_1", "output_index": index, "summary_index": 0}
    whole = {**part, "text": text}
    return _item(
        index, _THOUGHT,
        event("response.reasoning_summary_part.added", **place, part=part),
        *_pieces(index, "rs_1", "reasoning_summary_text", text, summary_index=0),
        event("response.reasoning_summary_part.done", **place, part=whole),
        summary=[whole],
    )  # fmt: skip


_TOKENS = {"input_tokens": 9, "input_tokens_details": {"cached_tokens": 5}, "output_tokens": 4,
           "total_tokens": 13}  # fmt: skip
_CALL = {"type": "function_call", "id": "fc_1", "call_id": "t1", "name": "weather", "arguments": ""}

SHAPE = Shape(
    path="/v1/responses",
    asked={
        "text": {"instructions": "Be brief.", "input": "Hi", "reasoning": {"summary": "auto"}},
        "tool": {"input": [USER], "tools": [{"type": "function", **FUNCTION}]},
        "result": {"input": [
            USER, {"type": "function_call", "call_id": "t1", "name": "weather", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "t1", "output": "sun"}]},
        "picture": {"input": [{"role": "user", "content": [
            {"type": "input_image", "image_url": f"data:image/png;base64,{PICTURE}"}]}]},
    },
    parts={
        "begin": [event(f"response.{each}", response=_response("in_progress", output=[]))
                  for each in ("created", "in_progress")],
        "text": _said(0, "Hel", "lo"),
        "thought then text": [
            *_summed(0, "Hm"),
            *_said(1, "Hello"),
        ],
        "tool": _item(
            1, _CALL, *_pieces(1, "fc_1", "function_call_arguments", '{"city":', '"Oslo"}'),
            arguments='{"city":"Oslo"}'),
        "end": [_ended("completed", usage=_TOKENS)],
        "full": [_ended("incomplete", usage=_TOKENS,
                        incomplete_details={"reason": "max_output_tokens"})],
        "error": [event("error", error={"type": "t", "code": "oom", "message": "Out of memory."})],
    },
    whole=_response("completed", usage=_TOKENS, output=[
        {"type": "message", "id": "msg_1", "role": "assistant", "content": [
            {"type": "output_text", "text": "Hello", "annotations": []}]}]),
    error={"error": {"message": "Too fast.", "type": "t", "param": None, "code": "slow_down"}},
    told={
        "system": lambda body: {"role": "system", "content": body["instructions"]},
        "tool": lambda body: body["tools"][0]["name"],
        "result": lambda body: (body["input"][2]["call_id"], body["input"][2]["output"]),
        "picture": lambda body: body["input"][0]["content"][0]["image_url"],
    },
    more={"store": True, "truncation": "auto", "metadata": {"a": "b"},
          "include": ["reasoning.encrypted_content"], "reasoning": {"effort": "low"},
          "text": {"format": {"type": "json_object"}}},
)  # fmt: skip
