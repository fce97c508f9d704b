"""A conversation, written as the Responses request that an endpoint gets."""

from collections.abc import Iterable, Mapping
from typing import Any

from wire.conversation import (
    Conversation,
    ImagePart,
    JSONForm,
    Message,
    Part,
    TextPart,
    Tool,
    ToolCall,
    ToolChoice,
    ToolResult,
    joined,
)
from wire.members import dumps
from wire.settings import without_dropped

_MODES = {"none": "none", "auto": "auto", "any": "required"}
_PLAIN = {
    "max_output_tokens": "max_tokens",
    "temperature": "temperature",
    "top_p": "top_p",
    "user": "user",
}


def write_conversation(
    conversation: Conversation, *, model: str, settings: Mapping[str, Any]
) -> bytes:
    """Nothing is to be kept: no other format's callers could refer to it."""
    instructions, rest = _instructions(conversation.messages)
    fields: dict[str, Any] = {
        "model": model or conversation.model or "default",
        "input": [item for message in rest for item in _items(message)],
        "stream": conversation.stream,
        "store": False,
    }
    if instructions:
        fields["instructions"] = instructions
    fields |= _tool_fields(conversation)
    plain = {name: getattr(conversation, own) for name, own in _PLAIN.items()}
    fields |= {name: value for name, value in plain.items() if value is not None}
    if conversation.effort is not None:
        fields["reasoning"] = {"effort": conversation.effort}
    if conversation.form is not None:
        fields["text"] = {"format": _form(conversation.form)}
    return dumps(without_dropped(fields, settings))


def _instructions(messages: tuple[Message, ...]) -> tuple[str, tuple[Message, ...]]:
    """The system messages that stand first, and all that follows them."""
    count = next((at for at, each in enumerate(messages) if each.role != "system"), len(messages))
    texts = [joined(each.parts) for each in messages[:count]]
    return "\n\n".join(text for text in texts if text), messages[count:]


def _tool_fields(conversation: Conversation) -> dict[str, Any]:
    if not conversation.tools:
        return {}
    fields: dict[str, Any] = {"tools": [_tool(tool) for tool in conversation.tools]}
    if conversation.tool_choice is not None:
        fields["tool_choice"] = _tool_choice(conversation.tool_choice)
    if conversation.parallel is not None:
        fields["parallel_tool_calls"] = conversation.parallel
    return fields


def _tool(tool: Tool) -> dict[str, Any]:
    """Strict only where that was asked for: this format takes it for granted, others do not."""
    described = {} if tool.description is None else {"description": tool.description}
    return {
        "type": "function",
        "name": tool.name,
        **described,
        "parameters": {"type": "object", "properties": {}, **tool.parameters},
        "strict": tool.strict is True,
    }


def _tool_choice(choice: ToolChoice) -> Any:
    if choice.mode == "one":
        return {"type": "function", "name": choice.name}
    return _MODES[choice.mode]


def _form(form: JSONForm) -> dict[str, Any]:
    if form.schema is None:
        return {"type": "json_object"}
    given = {"description": form.description, "strict": form.strict}
    kept = {name: value for name, value in given.items() if value is not None}
    return {"type": "json_schema", "name": form.name or "answer", "schema": form.schema, **kept}


def _items(message: Message) -> list[dict[str, Any]]:
    """Results of tools, then what is said, then calls."""
    items: list[dict[str, Any]] = [
        {"type": "function_call_output", "call_id": part.call_id, "output": _content(part.parts)}
        for part in message.parts
        if isinstance(part, ToolResult)
    ]
    said = [part for part in message.parts if isinstance(part, TextPart | ImagePart)]
    if said:
        content = _content(said)
        items.append({"type": "message", "role": message.role, "content": content})
    items += [
        {"type": "function_call", "call_id": part.id, "name": part.name,
         "arguments": part.arguments or "{}"}
        for part in message.parts
        if isinstance(part, ToolCall)
    ]  # fmt: skip
    return items


def _content(parts: Iterable[Part]) -> Any:
    """Plain text where that is all."""
    given = tuple(parts)
    if not any(isinstance(part, ImagePart) for part in given):
        return joined(given)
    return [
        {"type": "input_image", "image_url": part.url, "detail": "auto"}
        if isinstance(part, ImagePart)
        else {"type": "input_text", "text": part.text}
        for part in given
        if isinstance(part, TextPart | ImagePart)
    ]
