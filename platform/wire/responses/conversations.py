"""A caller's Responses request, read into canonical form."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from wire.conversation import Conversation, JSONForm, Message, TextPart, Tool, ToolChoice
from wire.errors import InvalidRequest, quoted
from wire.llm.base import LLMRequest
from wire.members import read_member
from wire.responses.history import InputItem, messages_of

_MODES = {"none": "none", "auto": "auto", "required": "any"}
_KEPT_ELSEWHERE = ("previous_response_id", "conversation", "prompt")
_NOTHING = (b"null", b'""')


class _Tool(Struct):
    type: str
    name: str = ""
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class _Choice(Struct):
    type: str
    name: str = ""


class _Reasoning(Struct):
    effort: str | None = None


class _Form(Struct):
    type: str
    name: str = ""
    schema: dict[str, Any] | None = None
    description: str | None = None
    strict: bool | None = None


class _Text(Struct):
    format: _Form | None = None


def read_conversation(request: LLMRequest) -> Conversation:
    """Raises `InvalidRequest`, also for what no other format could be given."""
    fields = request.fields
    _check(fields)
    reasoning = read_member(fields, "reasoning", _Reasoning)
    return Conversation(
        messages=_messages(fields),
        model=request.model,
        stream=request.stream,
        tools=tuple(_tool(tool) for tool in read_member(fields, "tools", list[_Tool]) or ()),
        tool_choice=_tool_choice(fields),
        parallel=read_member(fields, "parallel_tool_calls", bool),
        max_tokens=read_member(fields, "max_output_tokens", int),
        temperature=read_member(fields, "temperature", float),
        top_p=read_member(fields, "top_p", float),
        user=read_member(fields, "safety_identifier", str) or read_member(fields, "user", str),
        effort=reasoning.effort if reasoning is not None else None,
        form=_form(fields),
    )


def _check(fields: Mapping[str, Any]) -> None:
    """Refuses what would be another conversation, or another bargain, if it were left out."""
    for name in _KEPT_ELSEWHERE:
        if bytes(fields.get(name, b"null")) not in _NOTHING:
            raise InvalidRequest(
                f"`{name}` cannot be translated: this agent's endpoint speaks another format and"
                " keeps nothing of what was said before. Send all of it in `input`.",
                name,
            )
    if read_member(fields, "background", bool):
        raise InvalidRequest(
            "`background` cannot be translated: answers are not kept.", "background"
        )


def _messages(fields: Mapping[str, Any]) -> tuple[Message, ...]:
    instructions = read_member(fields, "instructions", str)
    told = (Message("system", (TextPart(instructions),)),) if instructions else ()
    given = read_member(fields, "input", str | list[InputItem])  # type: ignore[arg-type]
    if isinstance(given, str):
        return (*told, Message("user", (TextPart(given),)))
    return (*told, *messages_of(given or []))


def _tool(tool: _Tool) -> Tool:
    if tool.type != "function":
        raise InvalidRequest(f"The tool {quoted(tool.type)} cannot be translated.", "tools")
    return Tool(tool.name, tool.description, tool.parameters or {}, tool.strict)


def _tool_choice(fields: Mapping[str, Any]) -> ToolChoice | None:
    chosen = read_member(fields, "tool_choice", str | _Choice)  # type: ignore[arg-type]
    if chosen is None:
        return None
    if isinstance(chosen, _Choice) and chosen.type == "function":
        return ToolChoice("one", chosen.name)
    mode = chosen.type if isinstance(chosen, _Choice) else chosen
    if isinstance(chosen, _Choice) or mode not in _MODES:
        raise InvalidRequest(f"`tool_choice` cannot be translated: {quoted(mode)}.", "tool_choice")
    return ToolChoice(_MODES[mode])  # type: ignore[arg-type]


def _form(fields: Mapping[str, Any]) -> JSONForm | None:
    text = read_member(fields, "text", _Text)
    asked = text.format if text is not None else None
    if asked is None or asked.type == "text":
        return None
    if asked.type not in ("json_object", "json_schema"):
        raise InvalidRequest(f"`text.format` cannot be translated: {quoted(asked.type)}.", "text")
    return JSONForm(asked.schema, asked.name, asked.description, asked.strict)
