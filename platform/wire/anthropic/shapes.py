"""The members of an event or a message that anyone here looks at; all others are skipped."""

from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from wire.loose import loosely
from wire.members import loads

S = TypeVar("S", bound=Struct)


class OutputDetails(Struct, gc=False):
    thinking_tokens: int | None = None


class UsageBody(Struct, gc=False):
    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    output_tokens_details: OutputDetails | None = None


class Block(Struct, gc=False):
    type: str = ""
    text: str | None = None
    thinking: str | None = None
    id: str | None = None
    name: str | None = None
    input: Any = None


class Delta(Struct, gc=False):
    text: str | None = None
    thinking: str | None = None
    partial_json: str | None = None
    stop_reason: str | None = None


class Message(Struct, gc=False):
    """`content` is `None` in what is no message."""

    content: list[Block] | None = None
    stop_reason: str | None = None
    usage: UsageBody | None = None
    error: Any = None


class Event(Struct, gc=False):
    type: str | None = None
    index: int | None = None
    message: Message | None = None
    content_block: Block | None = None
    delta: Delta | None = None
    usage: UsageBody | None = None
    error: Any = None


KNOWN = frozenset(
    {"message_start", "content_block_start", "content_block_delta", "content_block_stop",
     "message_delta", "message_stop", "error"}
)  # fmt: skip


def read_event_data(data: bytes) -> Event | None:
    """The event in `data`; `None` for what cannot be one. Types that are not known are empty."""
    try:
        value = loads(data)
    except ValueError:
        return None
    if not isinstance(value, dict):
        return None
    if "error" not in value and value.get("type") not in KNOWN:
        return Event()
    return _typed(value, Event)


def read_message(body: bytes) -> Message | None:
    """The message, or the error object, in `body`; `None` for what is neither."""
    try:
        value = loads(body)
    except ValueError:
        return None
    return _typed(value, Message) if isinstance(value, dict) else None


def _typed(value: dict[str, Any], kind: type[S]) -> S:
    try:
        return msgspec.convert(value, kind)
    except ValueError:
        return loosely(value, kind)
