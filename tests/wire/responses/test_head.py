"""What a response says besides its output."""

import json
from dataclasses import replace
from typing import Any

from msgspec import Raw

from wire.events import Usage
from wire.llm.base import Stamp
from wire.responses.head import ending, head
from wire.responses.requests import read_request


def made(**members: Any) -> dict[str, Any]:
    body = json.dumps({"input": "Hi", **members}).encode()
    return head(read_request(body), Stamp("1", 1790000000))


def test_response_of_a_bare_request_has_all_that_sdks_demand() -> None:
    assert made() == {
        "id": "resp_1", "object": "response", "created_at": 1790000000, "status": "in_progress",
        "background": False, "error": None, "incomplete_details": None, "instructions": None,
        "max_output_tokens": None, "metadata": {}, "model": "default", "output": [],
        "parallel_tool_calls": True, "previous_response_id": None,
        "reasoning": {"effort": None, "summary": None}, "store": False, "temperature": None,
        "text": {"format": {"type": "text"}}, "tool_choice": "auto", "tools": [], "top_p": None,
        "truncation": "disabled", "usage": None,
    }  # fmt: skip


def test_response_repeats_its_request_but_not_what_was_not_done() -> None:
    tools = [{"type": "function", "name": "f", "parameters": {}}]
    asked = {"tools": tools, "temperature": 0.5, "metadata": {"a": "b"}, "instructions": "Be."}
    found = made(**asked, model="m", store=True, truncation="auto", top_p=None)
    assert found == {**made(), **asked, "model": "m"}


def test_large_or_unreadable_members_are_not_repeated() -> None:
    assert made(instructions="x" * 20_000)["instructions"] is None
    request = replace(read_request(b'{"input":"Hi"}'), fields={"tools": Raw(b"[")})
    assert head(request, Stamp("1", 0))["tools"] == []


def test_ending_has_a_reason_only_where_something_is_missing() -> None:
    assert ending("stop", None) == {"status": "completed", "usage": None}
    assert ending("length", Usage(1, 1))["incomplete_details"] == {"reason": "max_output_tokens"}
    assert ending("content_filter", None)["status"] == "incomplete"
