"""The members of an answer that anyone here looks at; all others are skipped."""

from typing import Any

import msgspec
from msgspec import Struct

from wire.loose import loosely
from wire.members import loads


class FunctionCall(Struct, gc=False):
    id: str | None = None
    name: str | None = None
    args: Any = None


class Part(Struct, gc=False):
    text: str | None = None
    thought: bool | None = None
    thoughtSignature: str | None = None
    functionCall: FunctionCall | None = None


class Content(Struct, gc=False):
    parts: list[Part] | None = None


class Candidate(Struct, gc=False):
    content: Content | None = None
    finishReason: str | None = None
    finishMessage: str | None = None
    index: int | None = None


class Feedback(Struct, gc=False):
    blockReason: str | None = None
    blockReasonMessage: str | None = None


class UsageBody(Struct, gc=False):
    promptTokenCount: int | None = None
    candidatesTokenCount: int | None = None
    thoughtsTokenCount: int | None = None
    cachedContentTokenCount: int | None = None
    toolUsePromptTokenCount: int | None = None


class Answer(Struct, gc=False):
    """An event of a stream, or a whole answer: they have one shape."""

    candidates: list[Candidate] | None = None
    promptFeedback: Feedback | None = None
    usageMetadata: UsageBody | None = None
    error: Any = None


_DECODER = msgspec.json.Decoder(Answer)


def read_answers(data: bytes) -> list[Answer]:
    """The answer in `data`, or those in an array; none in what is neither."""
    try:
        return [_DECODER.decode(data)]
    except (ValueError, RecursionError):
        return _loose_answers(data)


def _loose_answers(data: bytes) -> list[Answer]:
    try:
        value = loads(data)
    except ValueError:
        return []
    objects = value if isinstance(value, list) else [value]
    return [loosely(each, Answer) for each in objects if isinstance(each, dict)]
