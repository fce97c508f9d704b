"""A caller's Messages request, and the one that an endpoint of the same format gets."""

from collections.abc import Mapping
from typing import Any

from wire.errors import InvalidRequest
from wire.llm.base import LLMRequest
from wire.llm.measuring import FRAME_BYTES, member_size, text_size
from wire.llm.requests import request_of, small_object
from wire.members import join_members, loads, split_members
from wire.settings import DROP_FIELDS, Setting, is_count, without_dropped

NAME = "anthropic-messages"
MAX_TOKENS = Setting(
    "max_tokens",
    "How many tokens an answer may have when the caller sets no limit: this format demands one.",
    "a whole number above 0",
    4096,
    is_count,
)
SETTINGS = (MAX_TOKENS, DROP_FIELDS)


def read_request(body: bytes, *, always_stream: bool = False) -> LLMRequest:
    """Raises `InvalidRequest`."""
    fields = split_members(body)
    if "messages" not in fields:
        raise InvalidRequest("`messages` is missing.", "messages")
    if bytes(memoryview(fields["messages"])[:1]) != b"[":
        raise InvalidRequest("`messages` must be a list.", "messages")
    return request_of(NAME, fields, _measured, size=len(body), always_stream=always_stream)


def write_request(request: LLMRequest, *, model: str, settings: Mapping[str, Any]) -> bytes:
    """The endpoint's body; members that are not changed keep their bytes and their order."""
    fields = without_dropped(request.fields, settings)
    if model:
        fields["model"] = model
    return join_members(fields)


def wants_thinking(request: LLMRequest) -> bool:
    return small_object(request, "thinking").get("type") in ("enabled", "adaptive")


def prompt_bytes(request: LLMRequest) -> int:
    """UTF-8 size of the texts of all messages and of the system prompt, 16 bytes for the frame of
    each message, and of the tools. Pictures count nothing: only the endpoint knows what they cost.
    """
    return _measured(request.fields) if request.prompt_size is None else request.prompt_size


def _measured(fields: Mapping[str, Any]) -> int:
    size = member_size(fields.get("tools", b""))
    try:
        messages = loads(bytes(fields["messages"]))
        system = loads(bytes(fields.get("system", b"null")))
        return size + _text(system) + sum(FRAME_BYTES + _text(each) for each in messages)
    except (ValueError, RecursionError):
        return size + member_size(fields["messages"])


def _text(value: Any) -> int:
    return text_size(value, ("text", "content"), ("input",))
