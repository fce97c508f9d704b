"""A caller's Responses request on its way to an endpoint of the same format."""

import json
from typing import Any

import pytest

from wire.errors import InvalidRequest
from wire.llm.bounds import MEASURED_AT_ONCE
from wire.responses.requests import prompt_bytes, read_request, wants_reasoning, write_request


def read(always_stream: bool = False, **members: Any) -> Any:
    body = json.dumps({"input": "Hi", **members}, ensure_ascii=False).encode()
    return read_request(body, always_stream=always_stream)


def test_request_is_read_no_deeper_than_it_must_be() -> None:
    request = read(model="m", stream=True, input=[{"role": 7}])
    assert (request.model, request.stream, request.asked_usage) == ("m", True, True)
    assert (request.wire_format, request.call_id) == ("openai-responses", None)
    assert not read(stream=None).stream
    assert read(always_stream=True, stream=False).stream


@pytest.mark.parametrize(
    ("body", "param"),
    [
        (b'{"messages":[]}', "input"),
        (b'{"input":{}}', "input"),
        (b'{"input":7}', "input"),
        (b'{"input":"Hi","stream":"yes"}', "stream"),
        (b'{"input":"Hi","model":7}', "model"),
        (b"[]", None),
    ],
)
def test_request_that_cannot_be_one_is_refused(body: bytes, param: str | None) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_request(body)
    assert refused.value.param == param
    assert param is None or refused.value.message.startswith(f"`{param}` ")


@pytest.mark.parametrize(
    "body",
    [b'{"input":[]}', b'{"input":null,"prompt":{"id":"p"}}', b'{"previous_response_id":"r"}',
     b'{"conversation":"c"}', b'{"prompt":{"id":"p"}}'],
)  # fmt: skip
def test_what_is_to_be_answered_may_be_elsewhere(body: bytes) -> None:
    assert prompt_bytes(read_request(body)) == 0


def test_members_keep_their_bytes_and_additions_are_left_out() -> None:
    body = b'{"input":[ 1.50 ],"seed":12345678901234567890123,"user_id":"u","call":{}}'
    request = read_request(body)
    assert write_request(request, model="", settings={}) == (
        b'{"input":[ 1.50 ],"seed":12345678901234567890123}'
    )
    settings = {"forward_caller_fields": ["user_id"], "drop_fields": ["seed"]}
    sent = write_request(request, model="m", settings=settings)
    assert sent == b'{"input":[ 1.50 ],"user_id":"u","model":"m"}'


@pytest.mark.parametrize(
    ("reasoning", "wanted"),
    [
        ({"summary": "auto"}, True),
        ({"generate_summary": "concise"}, True),
        ({"effort": "low"}, False),
        ({"summary": None}, False),
        ({"summary": "auto", "more": "x" * 5000}, False),
        (None, False),
        ("high", False),
    ],
)
def test_reasoning_is_for_who_asks_for_its_summary(reasoning: Any, wanted: bool) -> None:
    assert wants_reasoning(read(reasoning=reasoning)) is wanted
    assert not wants_reasoning(read())


def test_prompt_is_measured_by_its_texts() -> None:
    picture = {"type": "input_image", "image_url": "data:image/png;base64,AAAA"}
    request = read(
        instructions="né",
        input=[
            {"role": "user", "content": [{"type": "input_text", "text": "Hi"}, picture]},
            {"type": "function_call", "name": "f", "arguments": "{}"},
            {"type": "function_call_output", "output": "sun"},
        ],
        tools=[],
    )
    assert prompt_bytes(request) == 3 + 2 + 2 + 3 + 3 * 16 + 2
    assert prompt_bytes(read(input="Hey")) == 3 + 16


def test_prompt_that_cannot_be_read_counts_as_it_stands() -> None:
    nested = b'{"input":' + b"[" * 700 + b"]" * 700 + b"}"
    assert prompt_bytes(read_request(nested)) == 1400


def test_large_prompt_is_measured_while_it_is_read() -> None:
    assert read().prompt_size is None
    large = read(input="x" * MEASURED_AT_ONCE)
    assert large.prompt_size == prompt_bytes(large) == 16 + MEASURED_AT_ONCE
