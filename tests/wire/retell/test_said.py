"""What a Retell-style server says."""

import pytest

from wire.retell.said import Config, Said, read_said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b'{"response_id":1,"content":"Hi"}', Said(response_id=1, content="Hi")),
        (b'{"response_type":"config","config":{"call_details":true}}',
         Said("config", config=Config(call_details=True))),
        (b'{"response_type":"config","config":{"call_details":1,"auto_reconnect":"true"}}',
         Said("config", config=Config(call_details=True, auto_reconnect=True))),
        (b'{"response_id":"7","content":null,"transfer_number":911}',
         Said(response_id=7, transfer_number=911)),
        (b'{"response_id":{},"content":"\\ud83d"}', Said(content="\ud83d")),
        (b"{}", Said()),
    ],
)  # fmt: skip
def test_message_is_read_as_kindly_as_can_be(text: bytes, said: Said) -> None:
    assert read_said(text) == said


@pytest.mark.parametrize("text", [b"", b"nonsense", b"[]", b'"a"', b"[" * 100_000, b"\xff"])
def test_what_is_no_object_is_no_message(text: bytes) -> None:
    assert read_said(text) is None


@pytest.mark.parametrize(
    ("said", "answers"),
    [
        (Said(response_id=1), True),
        (Said(response_id=0), False),
        (Said(), False),
        (Said("agent_interrupt", response_id=1), False),
    ],
)
def test_only_pieces_of_the_turn_that_was_asked_for_answer_it(said: Said, answers: bool) -> None:
    assert said.answers is answers
