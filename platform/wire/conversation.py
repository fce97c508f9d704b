"""A caller's request in canonical form: LLM wire formats are read into it and written from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from wire.members import loads

Role: TypeAlias = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class TextPart:
    text: str


@dataclass(frozen=True, slots=True)
class ImagePart:
    """`url` leads to the picture, or is a `data:` URL that holds it."""

    url: str


@dataclass(frozen=True, slots=True)
class ToolCall:
    """The model's call of a tool; `arguments` is JSON text as the model wrote it."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool gave back. Stands in a user's message, before what the user says."""

    call_id: str
    parts: tuple[TextPart | ImagePart, ...]
    failed: bool = False


Part: TypeAlias = TextPart | ImagePart | ToolCall | ToolResult


@dataclass(frozen=True, slots=True)
class Message:
    role: Role
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Turn:
    """What was said in a call, by one side, in words."""

    role: Literal["user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that the model may call; `parameters` is its JSON Schema."""

    name: str
    description: str | None
    parameters: Mapping[str, Any]
    strict: bool | None = None


@dataclass(frozen=True, slots=True)
class ToolChoice:
    """`name` says which one, and only with the mode `one`."""

    mode: Literal["auto", "none", "any", "one"]
    name: str = ""


@dataclass(frozen=True, slots=True)
class JSONForm:
    """The answer is to be JSON: any object, or what `schema` describes."""

    schema: Mapping[str, Any] | None = None
    name: str = ""
    description: str | None = None
    strict: bool | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """What the model is to answer, and how. `None` leaves it to the endpoint.

    `parallel`: whether several tools may be called at once. `user` names the end user, `session`
    the call over all of its requests, `own_id` this request alone. `effort` says how much to
    reason, in OpenAI's words. `form`: the answer's, where it is not free.
    """

    messages: tuple[Message, ...]
    model: str | None = None
    stream: bool = False
    tools: tuple[Tool, ...] = ()
    tool_choice: ToolChoice | None = None
    parallel: bool | None = None
    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    stop: tuple[str, ...] = ()
    user: str | None = None
    effort: str | None = None
    form: JSONForm | None = None
    session: str | None = None
    own_id: str = ""

    @property
    def has_images(self) -> bool:
        return any(_has_image(part) for message in self.messages for part in message.parts)


def _has_image(part: Part) -> bool:
    if isinstance(part, ToolResult):
        return any(isinstance(inner, ImagePart) for inner in part.parts)
    return isinstance(part, ImagePart)


def joined(parts: tuple[Part, ...]) -> str:
    """The text of the parts, one a line."""
    return "\n".join(part.text for part in parts if isinstance(part, TextPart))


def arguments(text: str) -> dict[str, Any]:
    """A call's arguments as an object; what a model wrote that is none goes in as a text."""
    try:
        value = loads(text.encode("utf-8", "replace") or b"{}")
    except ValueError:
        value = text
    return value if isinstance(value, dict) else {"arguments": value}
