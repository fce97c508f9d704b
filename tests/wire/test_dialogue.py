"""Requests that are answered over a socket."""

from wire.dialogue import Heard


def test_message_comes_to_nothing_unless_it_is_said() -> None:
    assert Heard() == Heard(b"", (), done=False, failed=False)
