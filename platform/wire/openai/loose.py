"""Chunks that are not typed as they should be: what can be understood of them.

Seen in the wild: parts in place of text, objects in place of JSON text, numbers as text, half an
emoji, an array around it all.
"""

import json
from typing import Any

from msgspec import UNSET

from wire.members import loads
from wire.openai.shapes import (
    Choice,
    Chunk,
    CompletionDetails,
    Custom,
    Delta,
    Extra,
    Function,
    Google,
    Groq,
    PromptDetails,
    ReasoningDetail,
    ToolCall,
    UsageBody,
)


def loose_chunk(data: bytes) -> Chunk | None:
    """The chunk in `data`; `None` if there is no JSON object in it, nor in an array."""
    try:
        value = loads(data)
    except ValueError:
        return None
    found = _objects(value if isinstance(value, list) else [value])
    return _chunk(found[0]) if found else None


def _chunk(value: dict[str, Any]) -> Chunk:
    groq = _object(value.get("x_groq"))
    return Chunk(
        choices=_choices(value["choices"]) if "choices" in value else UNSET,
        usage=_usage(value.get("usage")),
        error=value.get("error"),
        x_groq=Groq(_usage(groq.get("usage")), groq.get("error")),
        function_call=_function(value.get("function_call")),
    )


def _choices(value: Any) -> list[Choice] | None:
    if not isinstance(value, list):
        return None
    return [
        Choice(
            index=_count(choice.get("index")) or 0,
            delta=_delta(choice.get("delta")),
            message=_delta(choice.get("message")),
            finish_reason=_text(choice.get("finish_reason")),
        )
        for choice in _objects(value)
    ]


def _delta(value: Any) -> Delta | None:
    if not isinstance(value, dict):
        return None
    content = value.get("content")
    return Delta(
        content=_text(content),
        refusal=_text(value.get("refusal")),
        reasoning=_text(value.get("reasoning")),
        reasoning_content=_text(value.get("reasoning_content")),
        thinking=_text(value.get("thinking")) or _thinking(content),
        reasoning_details=[
            ReasoningDetail(_text(detail.get("text")), _text(detail.get("summary")))
            for detail in _objects(value.get("reasoning_details"))
        ],
        tool_calls=[_tool_call(call) for call in _objects(value.get("tool_calls"))],
        function_call=_function(value.get("function_call")),
    )


def _tool_call(value: dict[str, Any]) -> ToolCall:
    custom = _object(value.get("custom"))
    google = _object(_object(value.get("extra_content")).get("google"))
    return ToolCall(
        index=_count(value.get("index")),
        id=_text(value.get("id")),
        function=_function(value.get("function")),
        custom=Custom(_text(custom.get("name")), _text(custom.get("input"))),
        extra_content=Extra(Google(_text(google.get("thought_signature")))),
    )


def _function(value: Any) -> Function | None:
    if not isinstance(value, dict):
        return None
    arguments = value.get("arguments")
    if isinstance(arguments, dict | list):
        arguments = json.dumps(arguments)
    return Function(_text(value.get("name")), _text(arguments))


def _usage(value: Any) -> UsageBody | None:
    if not isinstance(value, dict):
        return None
    prompt = _object(value.get("prompt_tokens_details"))
    completion = _object(value.get("completion_tokens_details"))
    return UsageBody(
        _count(value.get("prompt_tokens")),
        _count(value.get("completion_tokens")),
        PromptDetails(
            _count(prompt.get("cached_tokens")), _count(prompt.get("cache_write_tokens"))
        ),
        CompletionDetails(_count(completion.get("reasoning_tokens"))),
        _count(value.get("prompt_cache_hit_tokens")),
    )


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _text(value: Any) -> str | None:
    """A string; or the text of a list of parts, as Mistral sends. Parts hold no further lists."""
    if isinstance(value, list):
        texts = (part.get("text") for part in _objects(value))
        value = "".join(text for text in texts if isinstance(text, str))
    return value if isinstance(value, str) else None


def _thinking(content: Any) -> str | None:
    """The text of a content list's thinking parts."""
    return "".join(_text(part.get("thinking")) or "" for part in _objects(content)) or None


def _count(value: Any) -> int | None:
    """A whole number, also when it is written as text or with a decimal point."""
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return None
