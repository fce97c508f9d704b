"""A conversation, written as the Messages request that an endpoint gets."""

from collections.abc import Mapping
from typing import Any

from wire.anthropic.requests import MAX_TOKENS
from wire.conversation import (
    Conversation,
    ImagePart,
    Part,
    TextPart,
    Tool,
    ToolCall,
    ToolResult,
    arguments,
    joined,
)
from wire.members import dumps
from wire.settings import without_dropped
from wire.turns import OPENING, system_text, turns

_MODES = {"none": "none", "auto": "auto", "any": "any", "one": "tool"}
_HOTTEST = 1.0


def write_conversation(
    conversation: Conversation, *, model: str, settings: Mapping[str, Any]
) -> bytes:
    given = conversation.max_tokens
    fields: dict[str, Any] = {
        "model": model or conversation.model or "default",
        "max_tokens": given or settings.get(MAX_TOKENS.name, MAX_TOKENS.default),
        "messages": [
            {"role": role, "content": blocks}
            for role, blocks in turns(conversation.messages, _blocks, _text(OPENING))
        ],
        "stream": conversation.stream,
    }
    if system := system_text(conversation.messages):
        fields["system"] = system
    fields |= _tool_fields(conversation) | _sampling(conversation)
    return dumps(without_dropped(fields, settings))


def _sampling(conversation: Conversation) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if conversation.temperature is not None:
        fields["temperature"] = min(conversation.temperature, _HOTTEST)
    if conversation.top_p is not None:
        fields["top_p"] = conversation.top_p
    if conversation.stop:
        fields["stop_sequences"] = list(conversation.stop)
    if conversation.user is not None:
        fields["metadata"] = {"user_id": conversation.user}
    return fields


def _tool_fields(conversation: Conversation) -> dict[str, Any]:
    if not conversation.tools:
        return {}
    fields: dict[str, Any] = {"tools": [_tool(tool) for tool in conversation.tools]}
    choice = conversation.tool_choice
    chosen: dict[str, Any] = {"type": _MODES[choice.mode] if choice else "auto"}
    if choice is not None and choice.mode == "one":
        chosen["name"] = choice.name
    if conversation.parallel is False and chosen["type"] != "none":
        chosen["disable_parallel_tool_use"] = True
    if choice is not None or len(chosen) > 1:
        fields["tool_choice"] = chosen
    return fields


def _tool(tool: Tool) -> dict[str, Any]:
    schema = {"type": "object", **tool.parameters}
    given = {"description": tool.description, "strict": tool.strict}
    kept = {name: value for name, value in given.items() if value is not None}
    return {"name": tool.name, "input_schema": schema, **kept}


def _blocks(part: Part) -> list[dict[str, Any]]:
    """None for a text without a letter, which this format refuses."""
    if isinstance(part, TextPart):
        return [_text(part.text)] if part.text.strip() else []
    if isinstance(part, ImagePart):
        return [{"type": "image", "source": _source(part.url)}]
    if isinstance(part, ToolCall):
        given = arguments(part.arguments)
        return [{"type": "tool_use", "id": part.id, "name": part.name, "input": given}]
    return [_result(part)]


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def _source(url: str) -> dict[str, str]:
    media_type, base64, data = url.removeprefix("data:").partition(";base64,")
    if url.startswith("data:") and base64:
        return {"type": "base64", "media_type": media_type, "data": data}
    return {"type": "url", "url": url}


def _result(result: ToolResult) -> dict[str, Any]:
    blocks = [block for part in result.parts for block in _blocks(part)]
    texts = [part for part in result.parts if isinstance(part, TextPart)]
    content = joined(tuple(texts)) if len(texts) == len(result.parts) else blocks
    written = {"type": "tool_result", "tool_use_id": result.call_id, "content": content}
    return {**written, "is_error": True} if result.failed else written
