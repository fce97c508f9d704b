"""A caller's Messages request, read into canonical form."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

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
)
from wire.errors import InvalidRequest, quoted
from wire.llm.base import LLMRequest
from wire.members import dumps, read_member

_MODES = {"none": "none", "auto": "auto", "any": "any", "tool": "one"}
_THOUGHTS = ("thinking", "redacted_thinking")


class _Source(Struct):
    type: str
    media_type: str = ""
    data: str = ""
    url: str = ""


class _Block(Struct):
    type: str
    text: str = ""
    source: _Source | None = None
    id: str = ""
    name: str = ""
    input: Any = None
    tool_use_id: str = ""
    content: "str | list[_Block] | None" = None
    is_error: bool | None = None


class _Message(Struct):
    role: str
    content: str | list[_Block] = ""


class _Tool(Struct):
    name: str
    type: str | None = None
    description: str | None = None
    input_schema: dict[str, Any] | None = None
    strict: bool | None = None


class _Choice(Struct):
    type: str
    name: str = ""
    disable_parallel_tool_use: bool | None = None


class _Metadata(Struct):
    user_id: str | None = None


def read_conversation(request: LLMRequest) -> Conversation:
    """Raises `InvalidRequest`, also for blocks and tools that no other format could be given."""
    fields = request.fields
    choice = read_member(fields, "tool_choice", _Choice)
    metadata = read_member(fields, "metadata", _Metadata)
    return Conversation(
        messages=_messages(fields),
        model=request.model,
        stream=request.stream,
        tools=tuple(_tool(tool) for tool in read_member(fields, "tools", list[_Tool]) or ()),
        tool_choice=_tool_choice(choice),
        parallel=False if choice is not None and choice.disable_parallel_tool_use else None,
        max_tokens=read_member(fields, "max_tokens", int),
        temperature=read_member(fields, "temperature", float),
        top_p=read_member(fields, "top_p", float),
        stop=tuple(read_member(fields, "stop_sequences", list[str]) or ()),
        user=metadata.user_id if metadata is not None else None,
    )


def _messages(fields: Mapping[str, Any]) -> tuple[Message, ...]:
    system = read_member(fields, "system", str | list[_Block])  # type: ignore[arg-type]
    found = [Message("system", _parts("system", system))] if system else []
    for number, message in enumerate(read_member(fields, "messages", list[_Message]) or ()):
        where = f"messages[{number}]"
        if message.role not in ("user", "assistant", "system"):
            raise InvalidRequest(
                f"`{where}.role` cannot be translated: {quoted(message.role)}.", where
            )
        parts = _parts(f"{where}.content", message.content)
        found.append(Message(message.role, parts))  # type: ignore[arg-type]
    return tuple(found)


def _parts(where: str, content: str | list[_Block]) -> tuple[Part, ...]:
    """Thoughts are left out: only the model that had them can read their signatures."""
    if isinstance(content, str):
        return (TextPart(content),) if content else ()
    return tuple(
        _part(f"{where}[{at}]", block)
        for at, block in enumerate(content)
        if block.type not in _THOUGHTS
    )


def _part(where: str, block: _Block) -> Part:
    if block.type == "text":
        return TextPart(block.text)
    if block.type == "tool_use":
        return ToolCall(block.id, block.name, dumps(block.input or {}).decode())
    if block.type == "tool_result":
        parts = _parts(f"{where}.content", block.content or "")
        shown = tuple(part for part in parts if isinstance(part, TextPart | ImagePart))
        return ToolResult(block.tool_use_id, shown, failed=block.is_error is True)
    if block.type == "image" and block.source is not None and block.source.type in _IMAGES:
        return ImagePart(_IMAGES[block.source.type](block.source))
    raise InvalidRequest(f"`{where}` cannot be translated: {quoted(block.type)}.", "messages")


def _data_url(source: _Source) -> str:
    return f"data:{source.media_type};base64,{source.data}"


def _url(source: _Source) -> str:
    return source.url


_IMAGES = {"base64": _data_url, "url": _url}


def _tool(tool: _Tool) -> Tool:
    if tool.type not in (None, "custom"):
        raise InvalidRequest(f"The tool {quoted(tool.type)} cannot be translated.", "tools")
    return Tool(tool.name, tool.description, tool.input_schema or {}, tool.strict)


def _tool_choice(choice: _Choice | None) -> ToolChoice | None:
    if choice is None:
        return None
    if choice.type not in _MODES:
        raise InvalidRequest(
            f"`tool_choice` cannot be translated: {quoted(choice.type)}.", "tool_choice"
        )
    return ToolChoice(_MODES[choice.type], choice.name)  # type: ignore[arg-type]
