"""Canonical events: what every LLM wire format can be read into and written from."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

FinishReason: TypeAlias = Literal["stop", "length", "tool_calls", "content_filter"]


@dataclass(frozen=True, slots=True)
class Text:
    text: str
    choice: int = 0


@dataclass(frozen=True, slots=True)
class Reasoning:
    text: str
    choice: int = 0


@dataclass(frozen=True, slots=True)
class ToolDelta:
    """A piece of a tool call; `id` and `name` come with its first piece."""

    index: int
    id: str | None
    name: str | None
    arguments: str
    choice: int = 0


@dataclass(frozen=True, slots=True)
class Usage:
    prompt: int
    completion: int
    reasoning: int = 0
    cached: int = 0


@dataclass(frozen=True, slots=True)
class Finish:
    reason: FinishReason
    choice: int = 0


@dataclass(frozen=True, slots=True)
class Failure:
    """The upstream said that it failed, inside an answer that had begun well."""

    message: str
    code: str | None = None


LLMEvent: TypeAlias = Text | Reasoning | ToolDelta | Usage | Finish | Failure


@dataclass(frozen=True, slots=True)
class LLMCapabilities:
    """What a format can carry, as data: the docs' matrix is made from it."""

    streaming: bool = True
    tools: bool = True
    reasoning: bool = True
    usage: bool = True
    choices: bool = True
