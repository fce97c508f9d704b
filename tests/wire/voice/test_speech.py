"""Formats whose callers hold a socket for a call."""

from wire.voice.speech import Told


def test_message_calls_for_nothing_unless_it_is_said() -> None:
    assert Told() == Told((), clear=False, close=False)
