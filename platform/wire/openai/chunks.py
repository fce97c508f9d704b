"""What a chunk, a whole completion or an error object says."""

from typing import Any

import msgspec

from wire.events import Failure, Usage
from wire.failures import described
from wire.openai.loose import loose_chunk
from wire.openai.shapes import Chunk, Delta, UsageBody
from wire.tokens import bounded

_DECODER = msgspec.json.Decoder(Chunk)


def read_chunk(data: bytes) -> Chunk | None:
    """The chunk in `data`; `None` if that holds no JSON object."""
    try:
        return _DECODER.decode(data)
    except (ValueError, RecursionError):
        return loose_chunk(data)


def reasoning_of(delta: Delta) -> str | None:
    """Reasoning text, once, whichever of its many names it came under (it may come under two)."""
    return (
        delta.reasoning
        or delta.reasoning_content
        or delta.thinking
        or (delta.reasoning_details and _details_text(delta))
        or None
    )


def _details_text(delta: Delta) -> str:
    return "".join(detail.text or detail.summary or "" for detail in delta.reasoning_details or ())


def usage_of(chunk: Chunk) -> Usage | None:
    """Reported usage: the standard member first, then Groq's."""
    usage = _usage(chunk.usage)
    return _usage(chunk.x_groq.usage) if usage is None and chunk.x_groq else usage


def _usage(body: UsageBody | None) -> Usage | None:
    if body is None or (body.prompt_tokens is None and body.completion_tokens is None):
        return None
    prompt, completion = body.prompt_tokens_details, body.completion_tokens_details
    cached = prompt.cached_tokens if prompt else None
    cache_written = prompt.cache_write_tokens if prompt else None
    reasoning = completion.reasoning_tokens if completion else None
    return Usage(
        prompt=bounded(body.prompt_tokens),
        completion=bounded(body.completion_tokens),
        reasoning=bounded(reasoning),
        cached=bounded(cached or body.prompt_cache_hit_tokens),
        cache_written=bounded(cache_written) if cache_written else 0,
    )


def failure_of(chunk: Chunk) -> Failure | None:
    """The error that a chunk carries, at its top or in Groq's corner."""
    error = chunk.error or (chunk.x_groq.error if chunk.x_groq else None)
    return describe(error) if error else None


def describe(error: Any) -> Failure:
    """An `error` member: an object, or just a sentence."""
    return described(error, "code", "type")
