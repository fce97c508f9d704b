"""Tokens as Responses count them."""

from typing import Any

from wire.events import Usage
from wire.responses.shapes import UsageBody
from wire.tokens import bounded


def usage_of(body: UsageBody | None) -> Usage | None:
    """`None` when nothing was said of either side."""
    if body is None or (body.input_tokens is None and body.output_tokens is None):
        return None
    read, written = body.input_tokens_details, body.output_tokens_details
    return Usage(
        prompt=bounded(body.input_tokens),
        completion=bounded(body.output_tokens),
        reasoning=bounded(written.reasoning_tokens) if written else 0,
        cached=bounded(read.cached_tokens) if read else 0,
        cache_written=bounded(read.cache_write_tokens) if read else 0,
    )


def usage_body(usage: Usage | None) -> dict[str, Any] | None:
    if usage is None:
        return None
    return {
        "input_tokens": usage.prompt,
        "input_tokens_details": {
            "cached_tokens": usage.cached,
            "cache_write_tokens": usage.cache_written,
        },
        "output_tokens": usage.completion,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning},
        "total_tokens": usage.prompt + usage.completion,
    }
