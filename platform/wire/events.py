"""Canonical events: what every wire format of a channel can be read into and written from."""

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
    """A piece of a tool call; `id` (empty if the upstream gave none) and `name` come with its first
    piece.
    """

    index: int
    id: str | None
    name: str | None
    arguments: str
    choice: int = 0


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens. `prompt` counts those read from a cache (`cached`) and written to one too,
    `completion` those of the `reasoning`.
    """

    prompt: int
    completion: int
    reasoning: int = 0
    cached: int = 0
    cache_written: int = 0


@dataclass(frozen=True, slots=True)
class Finish:
    reason: FinishReason
    choice: int = 0


@dataclass(frozen=True, slots=True)
class Failure:
    """The upstream said that it failed, inside an answer that had begun well."""

    message: str
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Unusable(Failure):
    """What the reader finds and the upstream does not say: an answer that is not of its format, or
    one that is cut off (`upstream_truncated`).
    """

    code: str = "upstream_bad_response"


LLMEvent: TypeAlias = Text | Reasoning | ToolDelta | Usage | Finish | Failure


CallerWord: TypeAlias = Literal["finalize", "close"]
"""What a caller asks of a transcriber, besides sending audio."""


@dataclass(frozen=True, slots=True)
class InterimText:
    """Replaces the interim text before it."""

    text: str


@dataclass(frozen=True, slots=True)
class FinalText:
    text: str
    confidence: float | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class UtteranceEnd:
    """The speaker has stopped."""


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """The speaker has begun."""


@dataclass(frozen=True, slots=True)
class TranscriberFailure:
    message: str


TranscriberEvent: TypeAlias = (
    InterimText | FinalText | UtteranceEnd | SpeechStarted | TranscriberFailure
)
