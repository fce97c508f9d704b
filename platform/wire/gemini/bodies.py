"""A conversation, written as the `generateContent` request that an endpoint gets."""

from collections.abc import Mapping
from typing import Any

from wire import callids
from wire.conversation import (
    Conversation,
    ImagePart,
    Message,
    Part,
    TextPart,
    Tool,
    ToolCall,
    ToolChoice,
    ToolResult,
    arguments,
    joined,
)
from wire.members import dumps
from wire.settings import ADD_FIELDS, DROP_FIELDS, with_added, without_dropped
from wire.turns import OPENING, Block, system_text, turns

SETTINGS = (ADD_FIELDS, DROP_FIELDS)
_ROLES = {"user": "user", "assistant": "model"}
_MODES = {"auto": "AUTO", "none": "NONE", "any": "ANY", "one": "ANY"}
_SAMPLING = {"temperature": "temperature", "top_p": "topP", "max_tokens": "maxOutputTokens"}
_KINDS = {"png": "image/png", "webp": "image/webp", "gif": "image/gif", "heic": "image/heic"}
_NAMELESS = "tool"


def write_conversation(
    conversation: Conversation, *, model: str, settings: Mapping[str, Any]
) -> bytes:
    """Neither the model nor whether to stream is in it: both are in the URL."""
    names = _names(conversation.messages)
    said = turns(conversation.messages, lambda part: _parts(part, names), {"text": OPENING})
    fields: dict[str, Any] = {
        "contents": [{"role": _ROLES[role], "parts": parts} for role, parts in said]
    }
    if system := system_text(conversation.messages):
        fields["systemInstruction"] = {"parts": [{"text": system}]}
    fields |= _tool_fields(conversation)
    if config := _config(conversation):
        fields["generationConfig"] = config
    return dumps(with_added(without_dropped(fields, settings), settings))


def _config(conversation: Conversation) -> dict[str, Any]:
    given = {theirs: getattr(conversation, ours) for ours, theirs in _SAMPLING.items()}
    config = {name: value for name, value in given.items() if value is not None}
    if conversation.stop:
        config["stopSequences"] = list(conversation.stop)
    if conversation.form is not None:
        config["responseMimeType"] = "application/json"
        if conversation.form.schema is not None:
            config["responseJsonSchema"] = conversation.form.schema
    return config


def _tool_fields(conversation: Conversation) -> dict[str, Any]:
    if not conversation.tools:
        return {}
    declared = [_tool(tool) for tool in conversation.tools]
    fields: dict[str, Any] = {"tools": [{"functionDeclarations": declared}]}
    if conversation.tool_choice is not None:
        chosen = _tool_choice(conversation.tool_choice)
        fields["toolConfig"] = {"functionCallingConfig": chosen}
    return fields


def _tool(tool: Tool) -> dict[str, Any]:
    written: dict[str, Any] = {"name": tool.name}
    if tool.description:
        written["description"] = tool.description
    if tool.parameters:
        written["parametersJsonSchema"] = tool.parameters
    return written


def _tool_choice(choice: ToolChoice) -> dict[str, Any]:
    chosen: dict[str, Any] = {"mode": _MODES[choice.mode]}
    return {**chosen, "allowedFunctionNames": [choice.name]} if choice.mode == "one" else chosen


def _names(messages: tuple[Message, ...]) -> dict[str, str]:
    """Of each call, by its id: a result has to name its function."""
    parts = (part for message in messages for part in message.parts)
    return {part.id: part.name for part in parts if isinstance(part, ToolCall)}


def _parts(part: Part, names: Mapping[str, str]) -> list[Block]:
    if isinstance(part, TextPart):
        return [{"text": part.text}] if part.text else []
    if isinstance(part, ImagePart):
        return [_picture(part.url)]
    if isinstance(part, ToolCall):
        return [_call(part)]
    pictures = [_picture(each.url) for each in part.parts if isinstance(each, ImagePart)]
    return [_result(part, names.get(part.call_id, _NAMELESS)), *pictures]


def _call(call: ToolCall) -> Block:
    own, signature = callids.split(call.id)
    written = {"name": call.name, "args": arguments(call.arguments), **_id(own)}
    signed = {"thoughtSignature": signature} if signature else {}
    return {"functionCall": written, **signed}


def _result(result: ToolResult, name: str) -> Block:
    own, _ = callids.split(result.call_id)
    response = {"error" if result.failed else "output": joined(result.parts)}
    return {"functionResponse": {"name": name, "response": response, **_id(own)}}


def _id(own: str) -> dict[str, str]:
    """Nothing for one that Gemini did not give: other models' ids begin so, too."""
    return {} if not own or own.startswith(callids.MADE) else {"id": own}


def _picture(url: str) -> Block:
    kind, base64, data = url.removeprefix("data:").partition(";base64,")
    if url.startswith("data:") and base64:
        return {"inlineData": {"mimeType": kind, "data": data}}
    suffix = url.partition("?")[0].rpartition(".")[2].lower()
    return {"fileData": {"mimeType": _KINDS.get(suffix, "image/jpeg"), "fileUri": url}}
