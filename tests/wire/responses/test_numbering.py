"""Numbers of events."""

from tests.wire.responses.parsing import parsed
from wire.responses.numbering import Numbered


def test_events_are_named_and_numbered_one_after_the_other() -> None:
    events = Numbered(3)
    found = parsed(events.event("a", x=1) + events.event("b"))
    assert found == [
        {"type": "a", "sequence_number": 3, "x": 1}, {"type": "b", "sequence_number": 4},
    ]  # fmt: skip
    assert events.next == 5
