"""What is metered of messages that pass unchanged."""

import json

import pytest

from wire.retell.tap import MEASURED, RetellTap

TAP = RetellTap()


def asking(content: object, kind: str = "response_required", **members: object) -> bytes:
    turns = [{"role": "user", "content": content}]
    asked = {"interaction_type": kind, "response_id": 1, "transcript": turns, **members}
    return json.dumps(asked).encode()


def test_turn_that_wants_an_answer_counts_what_was_said() -> None:
    assert TAP.asked(asking("Hello")) == 21
    assert TAP.asked(asking("Hello", "reminder_required")) == 21


@pytest.mark.parametrize(
    "message",
    [
        asking("Hello", "update_only"),
        asking("a response_required", "update_only"),
        asking("Hello", response_id=None),
        b'{"interaction_type":"ping_pong"}',
        b"response_required",
    ],
)
def test_what_wants_no_answer_counts_nothing(message: bytes) -> None:
    assert TAP.asked(message) is None


def test_what_is_too_long_or_cannot_be_read_counts_as_it_stands() -> None:
    long = asking("x" * MEASURED)
    assert TAP.asked(long) == len(long)
    odd = asking("x")[:-1] + b',"\xff":1}'
    assert TAP.asked(odd) == len(odd)


@pytest.mark.parametrize(
    ("message", "size"),
    [
        (b'{"response_type":"response","response_id":0,"content":"Hello"}', 5),
        (b'{"response_id":7,"content":"\xc3\xa9"}', 2),
        (b'{"response_type":"agent_interrupt","content":"Wait"}', 4),
        (b'{"response_type":"tool_call_result","content":"done"}', 0),
        (b"boom", 0),
    ],
)
def test_what_the_caller_hears_is_counted(message: bytes, size: int) -> None:
    assert TAP.said(message) == size
