"""A conversation, written as the Chat Completions request that an endpoint gets."""

from collections.abc import Mapping
from typing import Any

from wire import callids
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
from wire.openai.requests import with_limit
from wire.settings import with_added, without_dropped

_MODES = {"none": "none", "auto": "auto", "any": "required"}
_PLAIN = ("max_tokens", "temperature", "top_p", "user")


def write_conversation(
    conversation: Conversation, *, model: str, settings: Mapping[str, Any]
) -> bytes:
    fields: dict[str, Any] = {
        "model": model or conversation.model or "default",
        "messages": [each for message in conversation.messages for each in _messages(message)],
        "stream": conversation.stream,
    }
    if conversation.stream and settings.get("include_usage", True) is True:
        fields["stream_options"] = {"include_usage": True}
    fields |= _tool_fields(conversation)
    plain = {name: getattr(conversation, name) for name in _PLAIN}
    fields |= {name: value for name, value in plain.items() if value is not None}
    if conversation.stop:
        fields["stop"] = list(conversation.stop)
    if conversation.effort is not None:
        fields["reasoning_effort"] = conversation.effort
    if conversation.form is not None:
        fields["response_format"] = _form(conversation.form)
    kept = with_limit(without_dropped(fields, settings), settings)
    return dumps(with_added(kept, settings))


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
    function = {
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.parameters,
        "strict": tool.strict,
    }
    given = {name: value for name, value in function.items() if value is not None}
    return {"type": "function", "function": given}


def _tool_choice(choice: ToolChoice) -> Any:
    if choice.mode == "one":
        return {"type": "function", "function": {"name": choice.name}}
    return _MODES[choice.mode]


def _form(form: JSONForm) -> dict[str, Any]:
    if form.schema is None:
        return {"type": "json_object"}
    given = {"description": form.description, "strict": form.strict}
    kept = {name: value for name, value in given.items() if value is not None}
    schema = {"name": form.name or "answer", "schema": form.schema, **kept}
    return {"type": "json_schema", "json_schema": schema}


def _messages(message: Message) -> list[dict[str, Any]]:
    """One or more: each tool's result is a message of its own, its pictures a user's."""
    results = [part for part in message.parts if isinstance(part, ToolResult)]
    written: list[dict[str, Any]] = [
        {
            "role": "tool",
            "tool_call_id": callids.split(each.call_id)[0],
            "content": joined(each.parts),
        }
        for each in results
    ]
    shown = [part for each in results for part in each.parts if isinstance(part, ImagePart)]
    said = [part for part in message.parts if isinstance(part, TextPart | ImagePart)]
    calls = [_call(part) for part in message.parts if isinstance(part, ToolCall)]
    if calls:
        text = joined(tuple(said)) or None
        written.append({"role": "assistant", "content": text, "tool_calls": calls})
    elif said or shown:
        written.append({"role": message.role, "content": _content([*shown, *said])})
    return written


def _content(parts: list[Part]) -> Any:
    """Plain text where that is all: some servers know nothing else."""
    if not any(isinstance(part, ImagePart) for part in parts):
        return joined(tuple(parts))
    return [
        {"type": "image_url", "image_url": {"url": part.url}}
        if isinstance(part, ImagePart)
        else {"type": "text", "text": part.text}
        for part in parts
        if isinstance(part, TextPart | ImagePart)
    ]


def _call(call: ToolCall) -> dict[str, Any]:
    function = {"name": call.name, "arguments": call.arguments or "{}"}
    own, signature = callids.split(call.id)
    written: dict[str, Any] = {"id": own, "type": "function", "function": function}
    if signature:
        written["extra_content"] = {"google": {"thought_signature": signature}}
    return written
