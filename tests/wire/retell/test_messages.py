"""What Retell says."""

import pytest

from wire.retell.messages import read_message


@pytest.mark.parametrize(
    ("text", "wants"),
    [
        (b'{"interaction_type":"response_required","response_id":1}', True),
        (b'{"interaction_type":"reminder_required","response_id":0}', True),
        (b'{"interaction_type":"response_required"}', False),
        (b'{"interaction_type":"update_only","response_id":1}', False),
        (b'{"response_id":1}', False),
        (b'{"interaction_type":"response_required","response_id":1,"a":"\\ud83d"}', True),
    ],
)
def test_answer_is_wanted_where_there_is_an_id_for_it(text: bytes, wants: bool) -> None:
    message = read_message(text)
    assert message is not None
    assert message.wants_answer is wants


@pytest.mark.parametrize(
    "text",
    [
        b"", b"nonsense", b"[]", b'"\\ud83d"', b'{"response_id":"1"}',
        b'{"interaction_type":7,"a":"\\ud83d"}', b"[" * 100_000,
    ],
)  # fmt: skip
def test_what_is_no_message_is_passed_over(text: bytes) -> None:
    assert read_message(text) is None
