"""One turn as a request."""

import json
from typing import Any

import pytest

from wire.errors import InvalidRequest
from wire.llm.base import LLMRequest
from wire.retell.requests import CALL, is_reminder, of_call, prompt_bytes, read_request, response_id


def asked(kind: str = "response_required", **members: Any) -> LLMRequest:
    body = {"interaction_type": kind, "response_id": 7, "transcript": [], **members}
    return read_request(json.dumps(body).encode())


def test_turn_is_to_be_streamed_and_has_an_id() -> None:
    request = asked()
    assert (request.stream, request.model, response_id(request)) == (True, None, 7)
    assert not is_reminder(request)
    assert is_reminder(asked("reminder_required"))
    assert response_id(LLMRequest("retell-llm", None, True, False, None, {})) == 0


@pytest.mark.parametrize(
    ("members", "param"),
    [
        ({"interaction_type": "update_only"}, "interaction_type"),
        ({"interaction_type": None}, "interaction_type"),
        ({"response_id": None}, "response_id"),
        ({"response_id": "7"}, "response_id"),
    ],
)
def test_what_wants_no_answer_is_refused(members: dict[str, Any], param: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        asked(**members)
    assert caught.value.param == param


def test_call_is_the_one_of_the_url_with_the_details_that_came() -> None:
    request = of_call(asked(), "c1", b'{"a":1}')
    assert (request.call_id, bytes(request.fields[CALL])) == ("c1", b'{"a":1}')
    assert CALL not in of_call(asked(), "c1", b"").fields
    assert of_call(asked(), "", b"").call_id is None
    assert of_call(asked(), "c" * 201, b"").call_id is None


def test_prompt_is_what_was_said() -> None:
    turns = [{"role": "user", "content": "é"}, {"role": "agent"}, 7, {"content": 8}]
    assert prompt_bytes(asked(transcript=turns)) == 18
    assert prompt_bytes(asked(transcript=None)) == 0


def test_large_transcript_is_measured_while_it_is_read() -> None:
    turns = [{"role": "user", "content": "x" * 300_000}]
    request = asked(transcript=turns)
    assert request.prompt_size == prompt_bytes(request) == 300_016
