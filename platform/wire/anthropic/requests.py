"""A caller's Messages request, and the one that an endpoint of the same format gets."""

from collections.abc import Mapping
from typing import Any

from wire.errors import InvalidRequest
from wire.llm.base import LLMRequest
from wire.llm.bounds import MEASURED_AT_ONCE
from wire.llm.measuring import FRAME_BYTES, member_size, text_size
from wire.members import join_members, loads, raw, read_member, split_members
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
_THINKING_LIMIT = 4096


def read_request(body: bytes, *, always_stream: bool = False) -> LLMRequest:
    """Raises `InvalidRequest`."""
    fields = split_members(body)
    if "messages" not in fields:
        raise InvalidRequest("`messages` is missing.", "messages")
    if bytes(memoryview(fields["messages"])[:1]) != b"[":
        raise InvalidRequest("`messages` must be a list.", "messages")
    if always_stream:
        fields["stream"] = raw(True)
    return LLMRequest(
        wire_format=NAME,
        model=read_member(fields, "model", str),
        stream=read_member(fields, "stream", bool) is True,
        asked_usage=True,
        call_id=None,
        fields=fields,
        prompt_size=_measured(fields) if len(body) > MEASURED_AT_ONCE else None,
    )


def write_request(request: LLMRequest, *, model: str, settings: Mapping[str, Any]) -> bytes:
    """The endpoint's body; members that are not changed keep their bytes and their order."""
    fields = without_dropped(request.fields, settings)
    if model:
        fields["model"] = model
    return join_members(fields)


def wants_thinking(request: LLMRequest) -> bool:
    """A `thinking` of over 4 KiB is none: it would be parsed where all calls wait for it."""
    if member_size(request.fields.get("thinking", b"")) > _THINKING_LIMIT:
        return False
    try:
        thinking = read_member(request.fields, "thinking", dict[str, Any])
    except InvalidRequest:
        return False
    return thinking is not None and thinking.get("type") in ("enabled", "adaptive")


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
