"""VEXYL's request, and the one that an endpoint of the same format gets."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from msgspec import Raw

from wire.conversation import Turn
from wire.errors import InvalidRequest
from wire.llm.base import LLMRequest
from wire.llm.bounds import CALL_ID_LIMIT, MEASURED_AT_ONCE
from wire.members import join_members, loads, raw, read_member, split_members
from wire.settings import without_dropped
from wire.tokens import utf8_size

NAME = "vexyl-chat"
_TURN_BYTES = 16
_EMPTY = re.compile(rb"\s*(?:\[\s*\]|null)\s*")


def read_request(body: bytes, *, always_stream: bool = False) -> LLMRequest:
    """Raises `InvalidRequest`. Endpoints are asked to stream, whatever their format calls it: they
    then tell at once that they work, and some can do nothing else.
    """
    fields = split_members(body)
    if "message" not in fields:
        raise InvalidRequest("`message` is missing.", "message")
    said(fields)
    session = session_id(fields)
    return LLMRequest(
        wire_format=NAME,
        model=None,
        stream=True,
        asked_usage=False,
        call_id=session if session and len(session) <= CALL_ID_LIMIT else None,
        fields=fields,
        prompt_size=_measured(fields) if len(body) > MEASURED_AT_ONCE else None,
    )


def write_request(request: LLMRequest, *, model: str, settings: Mapping[str, Any]) -> bytes:
    """The endpoint's body; members keep their bytes and their order. The format has no models."""
    return join_members(without_dropped(request.fields, settings))


def said(fields: Mapping[str, Any]) -> str:
    """The caller's words; empty if none were understood. Raises `InvalidRequest`."""
    return read_member(fields, "message", str) or ""


def session_id(fields: Mapping[str, Any]) -> str | None:
    """What the caller names the session, if it is a text or a number."""
    try:
        value = loads(bytes(fields.get("sessionId", b"null")))
    except ValueError:
        return None
    is_name = isinstance(value, str | int) and not isinstance(value, bool)
    return (str(value) or None) if is_name else None


def utterance(request: LLMRequest) -> str | None:
    """`None` too for a caller that sends the history itself, or nothing to know the call by."""
    history: Raw | None = request.fields.get("history")
    if request.call_id is None or not (history is None or _EMPTY.fullmatch(history)):
        return None
    return said(request.fields)


def recall(request: LLMRequest, turns: Sequence[Turn]) -> LLMRequest:
    history = raw([{"role": turn.role, "content": turn.text} for turn in turns])
    size = request.prompt_size
    if size is not None:
        size += sum(_TURN_BYTES + utf8_size(turn.text) for turn in turns)
    return replace(request, fields={**request.fields, "history": history}, prompt_size=size)


def prompt_bytes(request: LLMRequest) -> int:
    """UTF-8 size of what was said, now and before, and 16 bytes for the frame of each."""
    return _measured(request.fields) if request.prompt_size is None else request.prompt_size


def _measured(fields: Mapping[str, Any]) -> int:
    history = loads(bytes(fields.get("history", b"null")))
    turns = history if isinstance(history, list) else []
    texts = [turn.get("content") for turn in turns if isinstance(turn, dict)]
    sizes = [utf8_size(text) for text in (said(fields), *texts) if isinstance(text, str)]
    return sum(sizes) + _TURN_BYTES * len(sizes)
