"""What of an event or a message is looked at."""

import pytest

from wire.anthropic.shapes import Event, Message, UsageBody, read_event_data, read_message


def test_event_is_typed_by_its_members_whatever_it_is() -> None:
    found = read_event_data(b'{"type":"content_block_stop","index":3,"new":[]}')
    assert found is not None
    assert (found.type, found.index) == ("content_block_stop", 3)
    assert read_event_data(b'{"type":"fortune","index":"three"}') == Event("fortune")
    assert read_event_data(b"{}") == Event()


def test_error_needs_no_type() -> None:
    assert read_event_data(b'{"error":"no"}') == Event(error="no")


def test_member_of_the_wrong_type_does_not_cost_the_event() -> None:
    found = read_event_data(b'{"type":"message_delta","delta":7,"usage":{"output_tokens":3.5}}')
    assert found == Event("message_delta", usage=UsageBody())
    assert read_message(b'{"content":5}') == Message()


@pytest.mark.parametrize("data", [b"hello", b"[1]", b'{"type":"error"'])
def test_what_cannot_be_an_event_is_none(data: bytes) -> None:
    assert read_event_data(data) is None


def test_message_has_content_and_an_error_object_has_none() -> None:
    found = read_message(b'{"content":[{"type":"text","text":"Hi"}],"stop_reason":"end_turn"}')
    assert found is not None
    assert found.content is not None
    assert found.content[0].text == "Hi"
    assert read_message(b'{"error":{"message":"m"}}') == Message(error={"message": "m"})


@pytest.mark.parametrize("body", [b"", b"[]"])
def test_what_is_no_message_is_none(body: bytes) -> None:
    assert read_message(body) is None
