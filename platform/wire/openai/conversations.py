"""A caller's Chat Completions request, read into canonical form."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

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
)
from wire.errors import InvalidRequest, quoted
from wire.llm.base import LLMRequest
from wire.members import read_member

_ROLES = {"system": "system", "developer": "system", "user": "user", "assistant": "assistant"}
_MODES = {"none": "none", "auto": "auto", "required": "any"}


class _Image(Struct):
    url: str


class _Part(Struct):
    type: str
    text: str | None = None
    refusal: str | None = None
    image_url: _Image | str | None = None


class _Called(Struct):
    name: str
    arguments: str = ""


class _Call(Struct):
    id: str
    function: _Called


class _Message(Struct):
    role: str
    content: str | list[_Part] | None = None
    refusal: str | None = None
    tool_calls: list[_Call] | None = None
    function_call: Any = None
    tool_call_id: str | None = None


class _Function(Struct):
    name: str
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class _Tool(Struct):
    function: _Function


class _Named(Struct):
    name: str


class _Choice(Struct):
    function: _Named


class _Schema(Struct):
    name: str = ""
    schema: dict[str, Any] | None = None
    description: str | None = None
    strict: bool | None = None


class _Form(Struct):
    type: str
    json_schema: _Schema | None = None


def read_conversation(request: LLMRequest) -> Conversation:
    """Raises `InvalidRequest`, also for parts that no other format could be given."""
    fields = request.fields
    messages = read_member(fields, "messages", list[_Message]) or []
    stop = read_member(fields, "stop", str | list[str])  # type: ignore[arg-type]
    return Conversation(
        messages=tuple(_message(number, message) for number, message in enumerate(messages)),
        model=request.model,
        stream=request.stream,
        tools=_tools(fields),
        tool_choice=_tool_choice(fields),
        parallel=read_member(fields, "parallel_tool_calls", bool),
        max_tokens=read_member(fields, "max_completion_tokens", int)
        or read_member(fields, "max_tokens", int),
        temperature=read_member(fields, "temperature", float),
        top_p=read_member(fields, "top_p", float),
        stop=(stop,) if isinstance(stop, str) else tuple(stop or ()),
        user=read_member(fields, "safety_identifier", str) or read_member(fields, "user", str),
        effort=read_member(fields, "reasoning_effort", str),
        form=_form(fields),
    )


def _message(number: int, message: _Message) -> Message:
    where = f"messages[{number}]"
    parts = _parts(where, message)
    if message.role == "tool":
        results = tuple(part for part in parts if isinstance(part, TextPart | ImagePart))
        return Message("user", (ToolResult(_call_id(where, message), results),))
    role = _ROLES.get(message.role)
    if role is None:
        raise InvalidRequest(
            f"`{where}.role` cannot be translated: {quoted(message.role)}.", "messages"
        )
    if message.function_call is not None:
        raise InvalidRequest(f"`{where}.function_call` cannot be translated.", "messages")
    calls = (
        ToolCall(call.id, call.function.name, call.function.arguments)
        for call in message.tool_calls or ()
    )
    return Message(role, (*parts, *calls))  # type: ignore[arg-type]


def _call_id(where: str, message: _Message) -> str:
    if not message.tool_call_id:
        raise InvalidRequest(f"`{where}.tool_call_id` is missing.", "messages")
    return message.tool_call_id


def _parts(where: str, message: _Message) -> tuple[Part, ...]:
    content = message.content
    if content is None:
        content = message.refusal or ""
    if isinstance(content, str):
        return (TextPart(content),) if content else ()
    return tuple(_part(f"{where}.content[{at}]", part) for at, part in enumerate(content))


def _part(where: str, part: _Part) -> Part:
    if part.type == "image_url" and part.image_url is not None:
        image = part.image_url
        return ImagePart(image if isinstance(image, str) else image.url)
    if part.type in ("text", "refusal"):
        return TextPart(part.text or part.refusal or "")
    raise InvalidRequest(f"`{where}` cannot be translated: {quoted(part.type)}.", "messages")


def _tools(fields: Mapping[str, Any]) -> tuple[Tool, ...]:
    tools = [tool.function for tool in read_member(fields, "tools", list[_Tool]) or ()]
    legacy = read_member(fields, "functions", list[_Function]) or []
    return tuple(
        Tool(each.name, each.description, each.parameters or {}, each.strict)
        for each in tools + legacy
    )


def _tool_choice(fields: Mapping[str, Any]) -> ToolChoice | None:
    chosen = read_member(fields, "tool_choice", str | _Choice)  # type: ignore[arg-type]
    if chosen is None:
        return None
    if isinstance(chosen, _Choice):
        return ToolChoice("one", chosen.function.name)
    if chosen not in _MODES:
        raise InvalidRequest(
            f"`tool_choice` cannot be translated: {quoted(chosen)}.", "tool_choice"
        )
    return ToolChoice(_MODES[chosen])  # type: ignore[arg-type]


def _form(fields: Mapping[str, Any]) -> JSONForm | None:
    asked = read_member(fields, "response_format", _Form)
    if asked is None or asked.type == "text":
        return None
    if asked.type not in ("json_object", "json_schema"):
        raise InvalidRequest(
            f"`response_format` cannot be translated: {quoted(asked.type)}.", "response_format"
        )
    schema = asked.json_schema or _Schema()
    return JSONForm(schema.schema, schema.name, schema.description, schema.strict)
