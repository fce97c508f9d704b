"""One turn that Retell wants answered, as a caller's request."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from msgspec import Raw

from wire.errors import InvalidRequest
from wire.llm.base import LLMRequest
from wire.llm.bounds import CALL_ID_LIMIT, MEASURED_AT_ONCE
from wire.members import loads, read_member, split_members
from wire.retell.messages import WANTING
from wire.tokens import utf8_size

NAME = "retell-llm"
CALL = "call"
"""The member of a request with the call's details, which came in a message of their own."""
_TURN_BYTES = 16


def read_request(body: bytes, *, always_stream: bool = False) -> LLMRequest:
    """Raises `InvalidRequest`."""
    fields = split_members(body)
    if read_member(fields, "interaction_type", str) not in WANTING:
        raise InvalidRequest("`interaction_type` wants no answer.", "interaction_type")
    if read_member(fields, "response_id", int) is None:
        raise InvalidRequest("`response_id` is missing.", "response_id")
    return LLMRequest(
        wire_format=NAME,
        model=None,
        stream=True,
        asked_usage=False,
        call_id=None,
        fields=fields,
        prompt_size=_measured(fields) if len(body) > MEASURED_AT_ONCE else None,
    )


def of_call(request: LLMRequest, call_id: str, details: bytes) -> LLMRequest:
    """The request with what the session knows: the id in its URL, and the details if they came."""
    fields = {**request.fields, CALL: Raw(details)} if details else request.fields
    named = call_id if 0 < len(call_id) <= CALL_ID_LIMIT else None
    return replace(request, call_id=named, fields=fields)


def response_id(request: LLMRequest) -> int:
    return read_member(request.fields, "response_id", int) or 0


def is_reminder(request: LLMRequest) -> bool:
    return read_member(request.fields, "interaction_type", str) == "reminder_required"


def prompt_bytes(request: LLMRequest) -> int:
    """UTF-8 size of what was said, and 16 bytes for the frame of each turn."""
    return _measured(request.fields) if request.prompt_size is None else request.prompt_size


def _measured(fields: Mapping[str, Any]) -> int:
    transcript = loads(bytes(fields.get("transcript", b"null")))
    turns = transcript if isinstance(transcript, list) else []
    texts = [turn.get("content") for turn in turns if isinstance(turn, dict)]
    return sum(_TURN_BYTES + utf8_size(text) for text in texts if isinstance(text, str))
