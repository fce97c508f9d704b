"""What callers' requests of several formats have in common."""

from collections.abc import Mapping
from typing import Any

import pytest

from wire.errors import InvalidRequest
from wire.llm.base import LLMRequest
from wire.llm.bounds import MEASURED_AT_ONCE
from wire.llm.requests import SMALL, request_of, small_object
from wire.members import raw, split_members


def measure(fields: Mapping[str, Any]) -> int:
    return 7


def request(body: bytes, size: int = 0, *, always_stream: bool = False) -> LLMRequest:
    fields: dict[str, Any] = dict(split_members(body))
    return request_of("some-format", fields, measure, size=size, always_stream=always_stream)


def test_model_and_stream_are_read_and_all_else_stays_as_it_is() -> None:
    read = request(b'{"model":"m","stream":true,"input": [ 1 ]}')
    assert (read.wire_format, read.model, read.stream) == ("some-format", "m", True)
    assert bytes(read.fields["input"]) == b"[ 1 ]"
    assert not request(b"{}").stream
    assert request(b'{"stream":null}').model is None


def test_agent_may_stream_whatever_the_caller_says() -> None:
    read = request(b'{"stream":false}', always_stream=True)
    assert read.stream
    assert bytes(read.fields["stream"]) == b"true"


def test_only_a_large_request_is_measured_at_once() -> None:
    assert request(b"{}", MEASURED_AT_ONCE).prompt_size is None
    assert request(b"{}", MEASURED_AT_ONCE + 1).prompt_size == 7


def test_member_that_cannot_be_read_is_named() -> None:
    with pytest.raises(InvalidRequest) as error:
        request(b'{"model":5}')
    assert error.value.param == "model"


@pytest.mark.parametrize("odd", [b"null", b"5", b"[1]", b'"low"', b"{}"])
def test_object_that_is_none_is_empty(odd: bytes) -> None:
    assert small_object(request(b'{"thinking":' + odd + b"}"), "thinking") == {}
    assert small_object(request(b"{}"), "thinking") == {}


def test_object_that_is_too_large_to_be_looked_at_is_empty() -> None:
    small = {"type": "x" * (SMALL - 11)}
    assert len(bytes(raw(small))) == SMALL
    assert small_object(request(b'{"a":' + bytes(raw(small)) + b"}"), "a") == small
    large = {"type": "x" * (SMALL - 10)}
    assert small_object(request(b'{"a":' + bytes(raw(large)) + b"}"), "a") == {}
