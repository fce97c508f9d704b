"""Whole answers: metering them, reading them into canonical events, making streams of them."""

import json
from typing import Any

from msgspec import UNSET

from wire.events import Failure, LLMEvent, Unusable
from wire.llm.base import LLMTally
from wire.members import loads
from wire.openai.chunks import failure_of, read_chunk
from wire.openai.errors import write_stream_error
from wire.openai.reader import ChatReader
from wire.openai.tally import count_chunk
from wire.sse import BOM

_NOT_JSON = Unusable("The endpoint's answer is not a JSON object.")
_NO_CHOICES = Unusable("The endpoint's answer has no `choices`.")
_CHUNK_MEMBERS = ("id", "created", "model", "system_fingerprint", "service_tier")


def read_reply(body: bytes) -> LLMTally:
    """Meters a completion; an error object or anything else gives a `failure`."""
    tally = LLMTally(done=True)
    chunk = read_chunk(body.removeprefix(BOM))
    if chunk is None:
        tally.failure = _NOT_JSON
        return tally
    count_chunk(tally, chunk)
    if tally.failure is None and (chunk.choices is UNSET or chunk.choices is None):
        tally.failure = _NO_CHOICES
    return tally


def read_answer(body: bytes) -> list[LLMEvent]:
    """A completion's events; a `Failure` stands for what is none."""
    chunk = read_chunk(body.removeprefix(BOM))
    if chunk is None:
        return [_NOT_JSON]
    if failure_of(chunk) is None and not isinstance(chunk.choices, list):
        return [_NO_CHOICES]
    return ChatReader().whole(chunk)


def reply_as_stream(body: bytes, *, asked_usage: bool) -> bytes:
    """A completion as chunks: one of all content and one of the end for each choice.

    An error object becomes the stream's one event, anything else an error of our own.
    """
    failure = read_reply(body).failure
    if failure is not None:
        return _error_event(body, failure)
    completion = _first(loads(body))
    frame = {name: completion[name] for name in _CHUNK_MEMBERS if name in completion}
    frame["object"] = "chat.completion.chunk"
    parts = [part for choice in _objects(completion["choices"]) for part in _parts(choice)]
    events = [_event({**frame, "choices": [part]}) for part in parts]
    if asked_usage and completion.get("usage"):
        events.append(_event({**frame, "choices": [], "usage": completion["usage"]}))
    return b"".join([*events, b"data: [DONE]\n\n"])


def _parts(choice: dict[str, Any]) -> list[dict[str, Any]]:
    """A choice's content, then its end."""
    message = _first(choice.get("message"))
    delta = {name: value for name, value in message.items() if value is not None}
    if "tool_calls" in delta:
        calls = enumerate(_objects(delta["tool_calls"]))
        delta["tool_calls"] = [{"index": position, **call} for position, call in calls]
    index = choice.get("index", 0)
    content = {"index": index, "delta": delta, "finish_reason": None}
    if choice.get("logprobs"):
        content["logprobs"] = choice["logprobs"]
    reason = choice.get("finish_reason") or "stop"
    return [content, {"index": index, "delta": {}, "finish_reason": reason}]


def _error_event(body: bytes, failure: Failure) -> bytes:
    """The endpoint's own error object if there is one."""
    try:
        error = _first(loads(body)).get("error")
    except ValueError:
        error = None
    if isinstance(error, dict):
        return _event({"error": error})
    return write_stream_error(code=failure.code or "upstream_error", message=failure.message)


def _first(value: Any) -> dict[str, Any]:
    """The object itself, or the first in an array of them."""
    objects = _objects(value if isinstance(value, list) else [value])
    return objects[0] if objects else {}


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _event(chunk: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(chunk, separators=(",", ":")).encode() + b"\n\n"
