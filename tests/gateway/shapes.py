"""LLM formats as their servers and callers speak them, by hand: what the pair matrix is run with.

A server's answer is a list of parts by name (`begin`, `text`, `tool`, `end` …): one test
plays the same scene in every shape.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tests.upstreams.script import Close, Hear, Seen, Step, Upgrade, Wait, said, sse

PICTURE = "iVBORw0KGgo="
USER = {"role": "user", "content": "Hi"}


def _in_the_body(seen: Seen) -> tuple[str, bool]:
    body = seen.json()
    return body["model"], body["stream"]


@dataclass(frozen=True)
class Shape:
    """`asked` are request bodies by scene (none where no caller speaks it), `parts` events of a
    stream, which `steps` plays, `whole` a reply. Where there are no `parts`, every good answer is
    the reply; where there is no `whole`, it is a stream.

    `told` picks out of a request's body, as its server sees it, what the scene is about, `asks` out
    of the whole request the model and whether to stream.
    """

    path: str
    asked: Mapping[str, Mapping[str, Any]]
    parts: Mapping[str, Sequence[str]]
    whole: Mapping[str, Any]
    error: Mapping[str, Any]
    told: Mapping[str, Any]
    asks: Callable[[Seen], tuple[str, bool]] = _in_the_body
    steps: Callable[..., list[Step]] = sse


def _chunk(delta: Any, finish: str | None = None, **members: Any) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return "data: " + json.dumps({"id": "c", "model": "m", "choices": [choice], **members})


def _call(**members: Any) -> str:
    return _chunk({"tool_calls": [{"index": 0, **members}]})


_FUNCTION = {"name": "weather", "parameters": {"type": "object"}}
_CALLED = {"id": "t1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
_USAGE = {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13,
          "prompt_tokens_details": {"cached_tokens": 5}}  # fmt: skip

CHAT = Shape(
    path="/v1/chat/completions",
    asked={
        "text": {"messages": [{"role": "system", "content": "Be brief."}, USER]},
        "tool": {"messages": [USER], "tools": [{"type": "function", "function": _FUNCTION}]},
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
)  # fmt: skip


def _event(kind: str, **members: Any) -> str:
    return f"event: {kind}\ndata: " + json.dumps({"type": kind, **members})


def _block(index: int, *deltas: Any, **block: Any) -> list[str]:
    return [
        _event("content_block_start", index=index, content_block=block),
        *(_event("content_block_delta", index=index, delta=delta) for delta in deltas),
        _event("content_block_stop", index=index),
    ]


def _input(*pieces: str) -> list[dict[str, str]]:
    return [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]


_COUNTS = {"input_tokens": 4, "cache_read_input_tokens": 5, "output_tokens": 1}
_HEAD = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m"}

MESSAGES = Shape(
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
        "begin": [_event("message_start", message={**_HEAD, "content": [], "usage": _COUNTS})],
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
        "end": [_event("message_delta", delta={"stop_reason": "end_turn"},
                       usage={"output_tokens": 4}), _event("message_stop")],
        "full": [_event("message_delta", delta={"stop_reason": "max_tokens"},
                        usage={"output_tokens": 4}), _event("message_stop")],
        "error": [_event("error", error={"type": "oom", "message": "Out of memory."})],
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
)  # fmt: skip


def _response(status: str, **members: Any) -> dict[str, Any]:
    return {"id": "resp_1", "object": "response", "created_at": 1790000000, "model": "m",
            "status": status, "error": None, **members}  # fmt: skip


def _ended(status: str, **members: Any) -> str:
    return _event(f"response.{status}", response=_response(status, **members))


def _item(index: int, begun: Any, *inner: str, **grown: Any) -> list[str]:
    """An item as it begins, its events, and what it has become."""
    return [
        _event(
            "response.output_item.added",
            output_index=index,
            item={**begun, "status": "in_progress"},
        ),
        *inner,
        _event(
            "response.output_item.done",
            output_index=index,
            item={**begun, **grown, "status": "completed"},
        ),
    ]


def _pieces(index: int, item_id: str, kind: str, *pieces: str, **place: Any) -> list[str]:
    place = {"item_id": item_id, "output_index": index, **place}
    return [_event(f"response.{kind}.delta", **place, delta=each) for each in pieces]


def _said(index: int, *pieces: str) -> list[str]:
    place = {"item_id": "msg_1", "output_index": index, "content_index": 0}
    part = {"type": "output_text", "annotations": [], "logprobs": []}
    whole = {**part, "text": "".join(pieces)}
    message = {"type": "message", "id": "msg_1", "role": "assistant", "content": []}
    return _item(
        index, message,
        _event("response.content_part.added", **place, part={**part, "text": ""}),
        *_pieces(index, "msg_1", "output_text", *pieces, content_index=0),
        _event("response.output_text.done", **place, text=whole["text"], logprobs=[]),
        _event("response.content_part.done", **place, part=whole),
        content=[whole],
    )  # fmt: skip


_THOUGHT = {"type": "reasoning", "id": "rs_1", "summary": []}


def _summed(index: int, text: str) -> list[str]:
    part = {"type": "summary_text", "text": ""}
    place = {"item_id": "rs_1", "output_index": index, "summary_index": 0}
    whole = {**part, "text": text}
    return _item(
        index, _THOUGHT,
        _event("response.reasoning_summary_part.added", **place, part=part),
        *_pieces(index, "rs_1", "reasoning_summary_text", text, summary_index=0),
        _event("response.reasoning_summary_part.done", **place, part=whole),
        summary=[whole],
    )  # fmt: skip


_TOKENS = {"input_tokens": 9, "input_tokens_details": {"cached_tokens": 5}, "output_tokens": 4,
           "total_tokens": 13}  # fmt: skip
_CALL = {"type": "function_call", "id": "fc_1", "call_id": "t1", "name": "weather", "arguments": ""}

RESPONSES = Shape(
    path="/v1/responses",
    asked={
        "text": {"instructions": "Be brief.", "input": "Hi", "reasoning": {"summary": "auto"}},
        "tool": {"input": [USER], "tools": [{"type": "function", **_FUNCTION}]},
        "result": {"input": [
            USER, {"type": "function_call", "call_id": "t1", "name": "weather", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "t1", "output": "sun"}]},
        "picture": {"input": [{"role": "user", "content": [
            {"type": "input_image", "image_url": f"data:image/png;base64,{PICTURE}"}]}]},
    },
    parts={
        "begin": [_event(f"response.{each}", response=_response("in_progress", output=[]))
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
        "error": [_event("error", error={"type": "t", "code": "oom", "message": "Out of memory."})],
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
)  # fmt: skip


def _answer(*parts: Any, **members: Any) -> str:
    candidate = {"content": {"role": "model", "parts": parts}, "index": 0, **members}
    return "data: " + json.dumps({"candidates": [candidate], "responseId": "r1"})


def _last(reason: str) -> str:
    candidate = {"content": {"role": "model", "parts": [{"text": ""}]}, "finishReason": reason}
    return "data: " + json.dumps({"candidates": [candidate], "usageMetadata": _COUNTS})


def _in_the_path(seen: Seen) -> tuple[str, bool]:
    path, _, query = seen.target.partition("?")
    model, _, method = path.removeprefix("/v1beta/models/").partition(":")
    assert (method, query) in (("generateContent", ""), ("streamGenerateContent", "alt=sse"))
    return model, query == "alt=sse"


_COUNTS = {"promptTokenCount": 9, "candidatesTokenCount": 4, "cachedContentTokenCount": 5}
_TO_WEATHER = {"id": "t1", "name": "weather", "args": {"city": "Oslo"}}

GEMINI = Shape(
    path="/v1beta",
    asked={},
    parts={
        "begin": [],
        "text": [_answer({"text": "Hel"}), _answer({"text": "lo"})],
        "thought then text": [
            _answer({"text": "Hm", "thought": True}),
            _answer({"text": "Hello", "thoughtSignature": "QUJD"}),
        ],
        "tool": [_answer({"functionCall": _TO_WEATHER})],
        "end": [_last("STOP")],
        "full": [_last("MAX_TOKENS")],
        "error": ['data: {"error":{"code":500,"message":"Out of memory.","status":"INTERNAL"}}'],
    },
    whole={"candidates": [{"content": {"role": "model", "parts": [{"text": "Hello"}]},
                           "finishReason": "STOP"}], "usageMetadata": _COUNTS},
    error={"error": {"code": 429, "message": "Too fast.", "status": "RESOURCE_EXHAUSTED"}},
    told={
        "system": lambda body: {"role": "system",
                                "content": body["systemInstruction"]["parts"][0]["text"]},
        "tool": lambda body: body["tools"][0]["functionDeclarations"][0]["name"],
        "result": lambda body: (body["contents"][2]["parts"][0]["functionResponse"]["id"],
                                body["contents"][2]["parts"][0]["functionResponse"]["response"]
                                ["output"]),
        "picture": lambda body: "data:{mimeType};base64,{data}".format(
            **body["contents"][0]["parts"][0]["inlineData"]),
    },
    asks=_in_the_path,
)  # fmt: skip


def _deployed(seen: Seen) -> tuple[str, bool]:
    resource, _, deployment = seen.target.partition("/openai/deployments/")
    assert (resource, deployment) == ("", "house-7b/chat/completions?api-version=2024-10-21")
    return _in_the_body(seen)


def _called_by_vapi(seen: Seen) -> tuple[str, bool]:
    assert seen.target == "/llm/chat/completions"
    return _in_the_body(seen)


AZURE = replace(CHAT, path="/openai?api-version=2024-10-21", asked={}, asks=_deployed)
VAPI = replace(CHAT, path="/llm", asked={}, asks=_called_by_vapi)

VEXYL = Shape(
    path="/chat",
    asked={"text": {"message": "Hi", "sessionId": "s1", "context": {"language": "en-IN"}}},
    parts={},
    whole={"response": "Hello", "sessionId": "s1"},
    error={"response": "Sorry.", "error": {"message": "Too fast.", "code": "slow_down"}},
    told={"message": lambda body: body["message"]},
)


def _piece(content: str, **members: Any) -> str:
    piece = {"response_type": "response", "response_id": 1, "content": content}
    return json.dumps({**piece, "content_complete": False, **members})


_GREETING = {"response_type": "response", "response_id": 0, "content": "Good morning.",
             "content_complete": True}  # fmt: skip


def _over_socket(*messages: str, last: bool = True, pause: float = 0.0) -> list[Step]:
    """A server that greets, waits until it is asked, and closes without a word at the end."""
    config = {"response_type": "config", "config": {"call_details": True}}
    told = [step for message in messages for step in (Wait(pause), said(message))]
    begun = [Upgrade(), said(config), said(_GREETING), Hear(b"response_required")]
    return [*begun, *told, *([Wait(0.1), Close()] if last else [])]


RETELL = Shape(
    path="/llm-websocket",
    asked={},
    parts={
        "begin": [],
        "text": [_piece("Hel"), _piece("lo")],
        "end": [_piece("", content_complete=True)],
    },
    whole={},
    error={"error": {"message": "Too fast.", "code": "slow_down"}},
    told={},
    steps=_over_socket,
)

SHAPES = {
    "openai-chat": CHAT,
    "anthropic-messages": MESSAGES,
    "openai-responses": RESPONSES,
    "gemini": GEMINI,
    "azure-openai": AZURE,
    "vapi-llm": VAPI,
    "vexyl-chat": VEXYL,
    "retell-llm": RETELL,
}
STREAMING = {
    name: SHAPES[name]
    for name in ("openai-chat", "anthropic-messages", "openai-responses", "gemini")
}
"""What SDKs are run against: the others pass chat's bytes through, or do not stream."""
