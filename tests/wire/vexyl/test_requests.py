"""VEXYL's request."""

import json
from typing import Any

import pytest

from wire.conversation import Turn
from wire.errors import InvalidRequest
from wire.llm.base import LLMRequest
from wire.vexyl.requests import (
    prompt_bytes,
    read_request,
    recall,
    session_id,
    utterance,
    write_request,
)


def asked(**members: Any) -> LLMRequest:
    return read_request(json.dumps({"message": "Hi", "sessionId": "s1", **members}).encode())


def test_session_is_the_call_and_the_endpoint_is_asked_to_stream() -> None:
    request = asked()
    assert (request.call_id, request.stream, request.model) == ("s1", True, None)


@pytest.mark.parametrize(
    ("given", "named"),
    [("s1", "s1"), (17, "17"), ("", None), (None, None), (True, None), ({"id": 1}, None)],
)
def test_session_is_named_by_a_text_or_a_number(given: Any, named: str | None) -> None:
    assert asked(sessionId=given).call_id == named
    assert session_id(asked(sessionId=given).fields) == named


def test_session_that_cannot_be_read_is_none() -> None:
    body = b'{"message":"Hi","sessionId":' + b"[" * 5000 + b"]" * 5000 + b"}"
    with pytest.raises(InvalidRequest, match="nested too deeply"):
        read_request(body)
    assert session_id({"sessionId": b"nonsense"}) is None


def test_very_long_name_is_no_call() -> None:
    assert asked(sessionId="s" * 200).call_id == "s" * 200
    assert asked(sessionId="s" * 201).call_id is None


@pytest.mark.parametrize("body", [b"{}", b'{"message":1}', b'{"message":["Hi"]}'])
def test_message_must_be_a_text(body: bytes) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_request(body)
    assert caught.value.param == "message"


def test_request_goes_through_as_it_came_but_for_what_is_dropped() -> None:
    request = read_request(b'{"message":"Hi",  "context": {"a" : 1},"more":2}')
    assert write_request(request, model="m", settings={"drop_fields": ["more"]}) == (
        b'{"message":"Hi","context":{"a" : 1}}'
    )


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({}, "Hi"),
        ({"history": []}, "Hi"),
        ({"history": None}, "Hi"),
        ({"message": None}, ""),
        ({"history": [{"role": "user", "content": "Hi"}]}, None),
        ({"sessionId": None}, None),
    ],
)
def test_last_words_are_all_there_is_without_history(
    members: dict[str, Any], said: str | None
) -> None:
    assert utterance(asked(**members)) == said


def test_what_was_said_before_becomes_the_history() -> None:
    request = recall(asked(), [Turn("user", "Hi"), Turn("assistant", "Hello \ud83d!")])
    assert json.loads(bytes(request.fields["history"])) == [
        {"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello \ud83d!"},
    ]  # fmt: skip
    assert prompt_bytes(request) == 16 + 2 + 16 + 2 + 16 + 10


def test_prompt_is_what_was_said_now_and_before() -> None:
    history = [{"role": "user", "content": "é"}, {"role": "user"}, 7]
    assert prompt_bytes(asked(history=history)) == 16 + 2 + 16 + 2
    assert prompt_bytes(asked(history="odd")) == 16 + 2


def test_large_request_is_measured_while_it_is_read() -> None:
    request = asked(message="x" * 300_000)
    assert request.prompt_size == prompt_bytes(request) == 300_016
    assert recall(request, [Turn("user", "Hi")]).prompt_size == 300_016 + 18
