"""The members of an event or a message that anyone here looks at; all others are skipped."""

from typing import Any

from msgspec import Struct
from msgspec.json import Decoder

from wire.loose import read_kindly


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


_EVENT = Decoder(Event)
_MESSAGE = Decoder(Message)


def read_event_data(data: bytes) -> Event | None:
    """The event in `data`; `None` for what cannot be one."""
    return read_kindly(data, _EVENT, Event)


def read_message(body: bytes) -> Message | None:
    """The message, or the error object, in `body`; `None` for what is neither."""
    return read_kindly(body, _MESSAGE, Message)
