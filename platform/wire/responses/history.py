"""What was said so far: the items of a request's `input`, read into messages."""

from collections.abc import Iterable

from msgspec import Struct

from wire.conversation import ImagePart, Message, Part, TextPart, ToolCall, ToolResult
from wire.errors import InvalidRequest, quoted

_ROLES = {"system": "system", "developer": "system", "user": "user", "assistant": "assistant"}
_TEXTS = ("input_text", "output_text", "text", "refusal")


class InputPart(Struct):
    type: str
    text: str | None = None
    refusal: str | None = None
    image_url: str | None = None


class InputItem(Struct):
    """A message has a role, and not always a type."""

    type: str | None = None
    role: str | None = None
    content: str | list[InputPart] | None = None
    call_id: str | None = None
    name: str = ""
    arguments: str = ""
    output: str | list[InputPart] | None = None


def messages_of(items: Iterable[InputItem]) -> list[Message]:
    """A call joins what the assistant said before it, and another call: other formats want a
    turn's calls in one message. Thoughts are left out: only the model that had them can read them.

    Raises `InvalidRequest`.
    """
    found: list[Message] = []
    for number, item in enumerate(items):
        if item.type == "reasoning":
            continue
        message = _message(f"input[{number}]", item)
        last = found[-1] if found else None
        if last is not None and _belong_together(last, message):
            found[-1] = Message("assistant", last.parts + message.parts)
        else:
            found.append(message)
    return found


def _belong_together(last: Message, message: Message) -> bool:
    if last.role != "assistant" or message.role != "assistant":
        return False
    return any(isinstance(each, ToolCall) for each in (*last.parts[-1:], *message.parts))


def _message(where: str, item: InputItem) -> Message:
    if item.type == "function_call":
        call = ToolCall(_call_id(where, item), item.name, item.arguments)
        return Message("assistant", (call,))
    if item.type == "function_call_output":
        shown = _parts(f"{where}.output", item.output)
        return Message("user", (ToolResult(_call_id(where, item), shown),))
    if item.type not in (None, "message"):
        raise InvalidRequest(f"`{where}` cannot be translated: {quoted(item.type)}.", "input")
    role = _ROLES.get(item.role or "")
    if role is None:
        told = quoted(item.role or "")
        raise InvalidRequest(f"`{where}.role` cannot be translated: {told}.", "input")
    parts: tuple[Part, ...] = _parts(f"{where}.content", item.content)
    return Message(role, parts)  # type: ignore[arg-type]


def _call_id(where: str, item: InputItem) -> str:
    if not item.call_id:
        raise InvalidRequest(f"`{where}.call_id` is missing.", "input")
    return item.call_id


def _parts(where: str, content: str | list[InputPart] | None) -> tuple[TextPart | ImagePart, ...]:
    if content is None or isinstance(content, str):
        return (TextPart(content),) if content else ()
    return tuple(_part(f"{where}[{at}]", part) for at, part in enumerate(content))


def _part(where: str, part: InputPart) -> TextPart | ImagePart:
    if part.type == "input_image" and part.image_url:
        return ImagePart(part.image_url)
    if part.type in _TEXTS:
        return TextPart(part.text or part.refusal or "")
    raise InvalidRequest(f"`{where}` cannot be translated: {quoted(part.type)}.", "input")
