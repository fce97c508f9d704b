"""Events and responses, well typed or not."""

import pytest

from wire.responses.shapes import (
    Event,
    Item,
    Piece,
    Response,
    UsageBody,
    read_event_data,
    read_response,
)


def test_event_is_read_with_the_members_that_matter() -> None:
    data = b'{"type":"t","delta":"Hi","output_index":2,"logprobs":[{"x":1}]}'
    assert read_event_data(data) == Event("t", output_index=2, delta="Hi")


def test_event_with_ill_typed_members_is_read_loosely() -> None:
    data = b'{"type":"t","delta":{"a":1},"output_index":"2","response":{"output":[7,{"type":"x"}]}}'
    found = Event("t", output_index=2, response=Response(output=[Item("x")]))
    assert read_event_data(data) == found


@pytest.mark.parametrize("data", [b"", b"[]", b"hello", b"[" * 5000])
def test_what_is_no_object_is_nothing(data: bytes) -> None:
    assert read_event_data(data) is None
    assert read_response(data) is None


def test_response_is_read_behind_a_byte_order_mark_too() -> None:
    body = (
        b'\xef\xbb\xbf{"output":[{"type":"message","content":[{"text":"Hi"}]}],'
        b'"usage":{"input_tokens":1}}'
    )
    message = Item("message", content=[Piece("Hi")])
    assert read_response(body) == Response([message], usage=UsageBody(1))
