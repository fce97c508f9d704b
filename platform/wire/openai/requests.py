"""A caller's Chat Completions request, and the one that its endpoint gets."""

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
from msgspec import Raw, Struct
from msgspec.json import Decoder

from wire.errors import InvalidRequest, StrayMessage
from wire.llm.base import LLMRequest
from wire.llm.bounds import CALL_ID_LIMIT, MEASURED_AT_ONCE
from wire.members import join_members, loads, raw, split_members
from wire.openai.additions import FORWARD_CALLER_FIELDS, without_additions
from wire.settings import ADD_FIELDS, DROP_FIELDS, Setting, is_flag, with_added
from wire.tokens import utf8_size

NAME = "openai-chat"

MAX_COMPLETION_TOKENS = Setting(
    "max_completion_tokens",
    "Send `max_tokens` as `max_completion_tokens`: reasoning models at OpenAI and Azure refuse the"
    " first, many other servers do not know the second.",
    "true or false",
    False,
    is_flag,
)
SETTINGS: tuple[Setting, ...] = (
    Setting(
        "include_usage",
        "Ask the endpoint to report usage in streams when the caller does not. Turn it off for"
        " servers that refuse `stream_options`; tokens are then estimated.",
        "true or false",
        True,
        is_flag,
    ),
    MAX_COMPLETION_TOKENS,
    FORWARD_CALLER_FIELDS,
    ADD_FIELDS,
    DROP_FIELDS,
)

_TRUE = Raw(b"true")
_MESSAGE_BYTES = 16

T = TypeVar("T")


class _Options(Struct):
    include_usage: Any = None


class _Call(Struct):
    id: str | None = None
    callId: str | None = None


class _Notice(Struct):
    type: str


_FLAG = Decoder(bool | None)
_TEXT = Decoder(str | None)
_OPTIONS = Decoder(_Options | None)


def read_request(body: bytes, *, always_stream: bool = False) -> LLMRequest:
    """Raises `InvalidRequest`."""
    fields = split_members(body)
    _check_messages(fields)
    if always_stream:
        fields["stream"] = _TRUE
    stream = _read(fields, "stream", _FLAG, "true or false") is True
    options = _read(fields, "stream_options", _OPTIONS, "an object")
    return LLMRequest(
        wire_format=NAME,
        model=_read(fields, "model", _TEXT, "a string"),
        stream=stream,
        asked_usage=stream and options is not None and options.include_usage is True,
        call_id=_call_id(fields),
        fields=fields,
        prompt_size=_measured(fields) if len(body) > MEASURED_AT_ONCE else None,
    )


def _check_messages(fields: Mapping[str, Raw]) -> None:
    if "messages" not in fields:
        if _decoded(fields.get("message"), _Notice) is not None:
            raise StrayMessage("A server message, not a chat completion request.", "messages")
        raise InvalidRequest("`messages` is missing.", "messages")
    if bytes(memoryview(fields["messages"])[:1]) != b"[":
        raise InvalidRequest("`messages` must be a list.", "messages")


def _read(fields: Mapping[str, Raw], name: str, decoder: Decoder[T], accepts: str) -> T | None:
    member = fields.get(name)
    if member is None:
        return None
    try:
        return decoder.decode(member)
    except (ValueError, RecursionError):
        raise InvalidRequest(f"`{name}` must be {accepts}.", name) from None


def _decoded(member: Raw | None, kind: Any) -> Any:
    """The member as `kind`; `None` when it is missing or something else."""
    try:
        return None if member is None else msgspec.json.decode(member, type=kind)
    except (ValueError, RecursionError):
        return None


def _call_id(fields: Mapping[str, Raw]) -> str | None:
    """Vapi's id of the call; it was named `callId` once."""
    call = _decoded(fields.get("call"), _Call)
    found = call and (call.id or call.callId)
    return found if found and len(found) <= CALL_ID_LIMIT else None


def write_request(request: LLMRequest, *, model: str, settings: Mapping[str, Any]) -> bytes:
    """The endpoint's body; members that are not changed keep their bytes and their order."""
    fields = with_limit(without_additions(request.fields, settings), settings)
    if model:
        fields["model"] = model
    if asks_for_usage(request, settings):
        fields["stream_options"] = _with_usage(fields.get("stream_options"))
    return join_members(with_added(fields, settings))


def with_limit(fields: dict[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """A request's members, the limit of its answer under the name that the endpoint knows."""
    if "max_tokens" in fields and settings.get(MAX_COMPLETION_TOKENS.name) is True:
        limit = fields.pop("max_tokens")
        fields.setdefault("max_completion_tokens", limit)
    return fields


def asks_for_usage(request: LLMRequest, settings: Mapping[str, Any]) -> bool:
    """Whether Patchbay asks for usage in a stream whose caller did not."""
    if not request.stream or request.asked_usage:
        return False
    return (
        settings.get("include_usage", True) is True
        and "stream_options" not in settings.get("drop_fields", ())
    )  # fmt: skip


def _with_usage(options: Raw | None) -> dict[str, Any]:
    members = _decoded(options, dict[str, Raw]) or {}
    return {**members, "include_usage": True}


def prompt_bytes(request: LLMRequest) -> int:
    """UTF-8 size of the text of all messages, 16 bytes for the frame of each, and of the tools.

    Pictures and sound count nothing: only the endpoint knows what they cost.
    """
    return _measured(request.fields) if request.prompt_size is None else request.prompt_size


def _measured(fields: Mapping[str, Raw]) -> int:
    size = sum(_size(fields[name]) for name in ("tools", "functions") if name in fields)
    try:
        messages = loads(bytes(fields["messages"]))
        return size + sum(_MESSAGE_BYTES + _text_bytes(message) for message in messages)
    except (ValueError, RecursionError):
        return size + _size(fields["messages"])


def _size(member: Raw) -> int:
    return memoryview(member).nbytes


def _text_bytes(message: Any) -> int:
    if not isinstance(message, dict):
        return 0
    content = message.get("content")
    size = utf8_size(content) if isinstance(content, str) else _parts_bytes(content)
    calls = message.get("tool_calls")
    return size + (_size(raw(calls)) if calls else 0)


def _parts_bytes(parts: Any) -> int:
    if not isinstance(parts, list):
        return 0
    texts = [part.get("text") for part in parts if isinstance(part, dict)]
    return sum(utf8_size(text) for text in texts if isinstance(text, str))
