"""Tokens as Messages count them: the input apart from what a cache gave or took, and cumulative."""

from typing import Any

from wire.anthropic.shapes import UsageBody
from wire.events import Usage
from wire.tokens import bounded


class Counts:
    """The counts of one answer: a later event's replace an earlier one's, where it has them."""

    def __init__(self) -> None:
        self._input = self._written = self._read = self._thought = 0
        self._output: int | None = None

    def add(self, body: UsageBody | None) -> None:
        if body is None:
            return
        if body.input_tokens is not None:
            self._input = bounded(body.input_tokens)
        if body.cache_creation_input_tokens is not None:
            self._written = bounded(body.cache_creation_input_tokens)
        if body.cache_read_input_tokens is not None:
            self._read = bounded(body.cache_read_input_tokens)
        if body.output_tokens_details is not None:
            self._thought = bounded(body.output_tokens_details.thinking_tokens)
        if body.output_tokens is not None:
            self._output = bounded(body.output_tokens)

    def usage(self) -> Usage | None:
        """`None` when nothing was said of the output."""
        if self._output is None:
            return None
        return Usage(
            prompt=bounded(self._input + self._written + self._read),
            completion=self._output,
            reasoning=self._thought,
            cached=self._read,
            cache_written=self._written,
        )


def usage_body(usage: Usage | None) -> dict[str, Any]:
    """Zeros where nothing is known: SDKs demand the members."""
    known = usage or Usage(0, 0)
    body: dict[str, Any] = {
        "input_tokens": max(0, known.prompt - known.cached - known.cache_written),
        "cache_creation_input_tokens": known.cache_written,
        "cache_read_input_tokens": known.cached,
        "output_tokens": known.completion,
    }
    if known.reasoning:
        body["output_tokens_details"] = {"thinking_tokens": known.reasoning}
    return body
