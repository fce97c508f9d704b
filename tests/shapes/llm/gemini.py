"""Gemini, which only endpoints speak."""

import json
from typing import Any

from tests.shapes.llm.shape import Shape
from tests.upstreams.script import Seen


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

SHAPE = Shape(
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
