"""The members of an event or a response that anyone here looks at; all others are skipped."""

from typing import Any

from msgspec import Struct
from msgspec.json import Decoder

from wire.loose import read_kindly


class InputDetails(Struct, gc=False):
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None


class OutputDetails(Struct, gc=False):
    reasoning_tokens: int | None = None


class UsageBody(Struct, gc=False):
    input_tokens: int | None = None
    output_tokens: int | None = None
    input_tokens_details: InputDetails | None = None
    output_tokens_details: OutputDetails | None = None


class Piece(Struct, gc=False):
    """A part of a message's content, or of a reasoning item's content or summary."""

    text: str | None = None
    refusal: str | None = None


class Item(Struct, gc=False):
    """`arguments` are a function's, `input` a custom tool's: JSON text, or the value itself."""

    type: str = ""
    call_id: str | None = None
    id: str | None = None
    name: str | None = None
    arguments: Any = None
    input: Any = None
    content: list[Piece] | None = None
    summary: list[Piece] | None = None


class Incomplete(Struct, gc=False):
    reason: str | None = None


class Response(Struct, gc=False):
    """`output` is `None` in what is no response."""

    output: list[Item] | None = None
    status: str | None = None
    error: Any = None
    incomplete_details: Incomplete | None = None
    usage: UsageBody | None = None


class Event(Struct, gc=False):
    type: str = ""
    sequence_number: int | None = None
    output_index: int = 0
    content_index: int = 0
    summary_index: int = 0
    delta: str | None = None
    text: str | None = None
    refusal: str | None = None
    arguments: Any = None
    input: Any = None
    item: Item | None = None
    response: Response | None = None
    error: Any = None
    code: Any = None
    message: Any = None


_EVENT = Decoder(Event)
_RESPONSE = Decoder(Response)


def read_event_data(data: bytes) -> Event | None:
    """The event in `data`; `None` for what cannot be one."""
    return read_kindly(data, _EVENT, Event)


def read_response(body: bytes) -> Response | None:
    """The response, or the error object, in `body`; `None` for what is neither."""
    return read_kindly(body, _RESPONSE, Response)
