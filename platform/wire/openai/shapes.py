"""The members of a chunk or a completion that anyone here looks at; all others are skipped."""

from typing import Any

from msgspec import UNSET, Struct, UnsetType


class Function(Struct, gc=False):
    name: str | None = None
    arguments: str | None = None


class Custom(Struct, gc=False):
    name: str | None = None
    input: str | None = None


class Google(Struct, gc=False):
    thought_signature: str | None = None


class Extra(Struct, gc=False):
    """What Gemini's compatible endpoint wants back with a call."""

    google: Google | None = None


class ToolCall(Struct, gc=False):
    index: int | None = None
    id: str | None = None
    function: Function | None = None
    custom: Custom | None = None
    extra_content: Extra | None = None


class ReasoningDetail(Struct, gc=False):
    text: str | None = None
    summary: str | None = None


class Delta(Struct, gc=False):
    content: str | None = None
    refusal: str | None = None
    reasoning: str | None = None
    reasoning_content: str | None = None
    thinking: str | None = None
    reasoning_details: list[ReasoningDetail] | None = None
    tool_calls: list[ToolCall] | None = None
    function_call: Function | None = None


class Choice(Struct, gc=False):
    index: int = 0
    delta: Delta | None = None
    message: Delta | None = None
    finish_reason: str | None = None


class PromptDetails(Struct, gc=False):
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None


class CompletionDetails(Struct, gc=False):
    reasoning_tokens: int | None = None


class UsageBody(Struct, gc=False):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: PromptDetails | None = None
    completion_tokens_details: CompletionDetails | None = None
    prompt_cache_hit_tokens: int | None = None


class Groq(Struct, gc=False):
    usage: UsageBody | None = None
    error: Any = None


class Chunk(Struct, gc=False):
    """`choices` tells an empty list and null from a member that is not there."""

    choices: list[Choice] | None | UnsetType = UNSET
    usage: UsageBody | None = None
    error: Any = None
    x_groq: Groq | None = None
    function_call: Function | None = None
