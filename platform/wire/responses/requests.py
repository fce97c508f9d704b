"""A caller's Responses request, and the one that an endpoint of the same format gets."""

from collections.abc import Mapping
from typing import Any

from wire.errors import InvalidRequest
from wire.llm.base import LLMRequest
from wire.llm.measuring import FRAME_BYTES, member_size, text_size
from wire.llm.requests import request_of, small_object
from wire.members import join_members, loads, split_members
from wire.openai.additions import FORWARD_CALLER_FIELDS, without_additions
from wire.settings import DROP_FIELDS

NAME = "openai-responses"
SETTINGS = (FORWARD_CALLER_FIELDS, DROP_FIELDS)
_SOURCES = ("input", "previous_response_id", "conversation", "prompt")
_TEXTS = ("text", "content", "output", "arguments")


def read_request(body: bytes, *, always_stream: bool = False) -> LLMRequest:
    """Raises `InvalidRequest`."""
    fields = split_members(body)
    if not any(name in fields for name in _SOURCES):
        raise InvalidRequest("`input` is missing.", "input")
    if bytes(memoryview(fields.get("input", b"null"))[:1]) not in (b'"', b"[", b"n"):
        raise InvalidRequest("`input` must be a text or a list.", "input")
    return request_of(NAME, fields, _measured, size=len(body), always_stream=always_stream)


def write_request(request: LLMRequest, *, model: str, settings: Mapping[str, Any]) -> bytes:
    """The endpoint's body; members that are not changed keep their bytes and their order."""
    fields = without_additions(request.fields, settings)
    if model:
        fields["model"] = model
    return join_members(fields)


def wants_reasoning(request: LLMRequest) -> bool:
    reasoning = small_object(request, "reasoning")
    return bool(reasoning.get("summary") or reasoning.get("generate_summary"))


def prompt_bytes(request: LLMRequest) -> int:
    """UTF-8 size of the instructions and of the texts of all items, 16 bytes for the frame of each,
    and of the tools. Pictures count nothing, nor does what was said before and is only
    referred to: only the endpoint knows what they cost.
    """
    return _measured(request.fields) if request.prompt_size is None else request.prompt_size


def _measured(fields: Mapping[str, Any]) -> int:
    size = member_size(fields.get("tools", b""))
    try:
        given = loads(bytes(fields.get("input", b"null"))) or []
        items = [given] if isinstance(given, str) else given
        size += text_size(loads(bytes(fields.get("instructions", b"null"))), _TEXTS)
        return size + sum(FRAME_BYTES + text_size(each, _TEXTS) for each in items)
    except (ValueError, RecursionError):
        return size + member_size(fields.get("input", b""))
