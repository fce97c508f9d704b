"""A caller's Messages request on its way to an endpoint of the same format."""

import json
from typing import Any

import pytest

from wire.anthropic.requests import prompt_bytes, read_request, wants_thinking, write_request
from wire.errors import InvalidRequest
from wire.llm.bounds import MEASURED_AT_ONCE


def read(always_stream: bool = False, **members: Any) -> Any:
    body = json.dumps({"messages": [], **members}, ensure_ascii=False).encode()
    return read_request(body, always_stream=always_stream)


def test_request_is_read_no_deeper_than_it_must_be() -> None:
    request = read(model="m", stream=True, messages=[{"role": 7}])
    assert (request.model, request.stream, request.asked_usage) == ("m", True, True)
    assert request.wire_format == "anthropic-messages"
    assert request.call_id is None
    assert read(always_stream=True).stream
    assert not read(stream=None, model=None).stream


@pytest.mark.parametrize(
    ("body", "param"),
    [
        (b"[]", None),
        (b"{}", "messages"),
        (b'{"messages":{}}', "messages"),
        (b'{"messages":[],"stream":"yes"}', "stream"),
        (b'{"messages":[],"model":7}', "model"),
    ],
)
def test_request_that_cannot_be_read_is_refused(body: bytes, param: str | None) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_request(body, always_stream=False)
    assert refused.value.param == param


def test_members_keep_their_bytes_but_for_the_model_and_the_dropped() -> None:
    body = b'{"messages":[ ],"big":12345678901234567890123,"top_k":5,"model":"any"}'
    request = read_request(body, always_stream=False)
    assert write_request(request, model="", settings={}) == body
    sent = write_request(request, model="m", settings={"drop_fields": ["top_k"]})
    assert sent == b'{"messages":[ ],"big":12345678901234567890123,"model":"m"}'


@pytest.mark.parametrize(
    ("thinking", "wanted"),
    [({"type": "enabled", "budget_tokens": 9}, True), ({"type": "adaptive"}, True),
     ({"type": "disabled"}, False), (None, False), (7, False)],
)  # fmt: skip
def test_thinking_is_wanted_by_who_asks(thinking: Any, wanted: bool) -> None:
    assert wants_thinking(read(thinking=thinking)) is wanted


def test_prompt_is_measured_by_its_texts_and_tools() -> None:
    picture = {"type": "image", "source": {"type": "base64", "data": "A" * 1000}}
    result = {"type": "tool_result", "content": [{"type": "text", "text": "sun"}]}
    request = read(
        system=[{"type": "text", "text": "Grüße"}],
        messages=[
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": [{"type": "tool_use", "input": {"a": 1}}]},
            {"role": "user", "content": [picture, result, None]},
        ],
        tools=[],
    )
    assert prompt_bytes(request) == 2 + 7 + 3 * 16 + 2 + len('{"a":1}') + 3


def test_prompt_that_cannot_be_read_counts_as_it_stands() -> None:
    request = read_request(b'{"messages":[ "\\ud83d" ]}', always_stream=False)
    assert prompt_bytes(request) > 0
    nested = b'{"messages":' + b"[" * 500 + b"]" * 500 + b"}"
    assert prompt_bytes(read_request(nested, always_stream=False)) in (16, 1000)


def test_large_prompt_is_measured_while_it_is_read() -> None:
    assert read(messages=[{"role": "user", "content": "Hi"}]).prompt_size is None
    large = read(messages=[{"role": "user", "content": "x" * MEASURED_AT_ONCE}])
    assert large.prompt_size == prompt_bytes(large) == 16 + MEASURED_AT_ONCE


def test_huge_thinking_is_not_even_parsed() -> None:
    assert wants_thinking(read(thinking={"type": "enabled", "more": "x" * 4000}))
    assert not wants_thinking(read(thinking={"type": "enabled", "more": "x" * 5000}))
