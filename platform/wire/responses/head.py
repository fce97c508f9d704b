"""What a response says besides its output."""

from collections.abc import Mapping
from typing import Any

from wire.events import FinishReason, Usage
from wire.llm.base import LLMRequest, Stamp
from wire.members import loads
from wire.responses.usage import usage_body

_ECHOED: Mapping[str, Any] = {
    "instructions": None,
    "max_output_tokens": None,
    "metadata": {},
    "parallel_tool_calls": True,
    "reasoning": {"effort": None, "summary": None},
    "temperature": None,
    "text": {"format": {"type": "text"}},
    "tool_choice": "auto",
    "tools": [],
    "top_p": None,
}
"""What a response repeats of its request, and what stands there if that has none."""
_ECHO_LIMIT = 16 * 1024
_REASONS = {"length": "max_output_tokens", "content_filter": "content_filter"}


def head(request: LLMRequest, stamp: Stamp) -> dict[str, Any]:
    """A response that says nothing yet. Nothing is kept, whatever `store` asked for."""
    return {
        "id": f"resp_{stamp.id}",
        "object": "response",
        "created_at": stamp.created,
        "status": "in_progress",
        "background": False,
        "error": None,
        "incomplete_details": None,
        "model": request.model or "default",
        "output": [],
        "previous_response_id": None,
        "store": False,
        "truncation": "disabled",
        "usage": None,
        **{name: _echo(request.fields, name, absent) for name, absent in _ECHOED.items()},
    }


def _echo(fields: Mapping[str, Any], name: str, absent: Any) -> Any:
    """Members of over 16 KiB are not repeated: every answer would have them three times."""
    member = fields.get(name)
    if member is None or memoryview(member).nbytes > _ECHO_LIMIT:
        return absent
    try:
        value = loads(bytes(member))
    except ValueError:
        return absent
    return absent if value is None else value


def ending(reason: FinishReason, usage: Usage | None) -> dict[str, Any]:
    """How a response ends, by why it does."""
    ended = {"status": "completed", "usage": usage_body(usage)}
    if reason in _REASONS:
        ended |= {"status": "incomplete", "incomplete_details": {"reason": _REASONS[reason]}}
    return ended
