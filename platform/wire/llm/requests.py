"""What callers' requests of several formats have in common."""

from collections.abc import Callable, Mapping
from typing import Any

from wire.errors import InvalidRequest
from wire.llm.base import LLMRequest
from wire.llm.bounds import MEASURED_AT_ONCE
from wire.llm.measuring import member_size
from wire.members import raw, read_member

SMALL = 4096


def request_of(
    wire_format: str,
    fields: dict[str, Any],
    measure: Callable[[Mapping[str, Any]], int],
    *,
    size: int,
    always_stream: bool,
) -> LLMRequest:
    """A request of a format whose answers always report usage, and which names no call.

    `size`: of the whole body; a large one is measured at once. Raises `InvalidRequest`.
    """
    if always_stream:
        fields["stream"] = raw(True)
    return LLMRequest(
        wire_format=wire_format,
        model=read_member(fields, "model", str),
        stream=read_member(fields, "stream", bool) is True,
        asked_usage=True,
        call_id=None,
        fields=fields,
        prompt_size=measure(fields) if size > MEASURED_AT_ONCE else None,
    )


def small_object(request: LLMRequest, name: str) -> dict[str, Any]:
    """A member that is an object, or none in place of all else. One of over 4 KiB is none, either:
    it would be parsed where all calls wait for it.
    """
    if member_size(request.fields.get(name, b"")) > SMALL:
        return {}
    try:
        return read_member(request.fields, name, dict[str, Any]) or {}
    except InvalidRequest:
        return {}
