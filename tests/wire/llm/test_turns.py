"""Formats whose callers hold a socket for a call."""

from wire.llm.turns import Heard


def test_message_calls_for_nothing_unless_it_is_said() -> None:
    assert Heard() == Heard((), None)
