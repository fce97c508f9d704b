"""What is counted of a call whose frames pass unchanged."""

from dispatch.calls import CallTally
from dispatch.passing import MESSAGE_LIMIT
from egress.frames import BINARY, CONTINUATION, TEXT, Frame
from wire.retell.tap import RetellTap

ASKED = b'{"interaction_type":"response_required","response_id":1,"transcript":[]}'
SAID = b'{"response_id":1,"content":"Hello"}'


def test_messages_in_pieces_are_counted_once_and_whole() -> None:
    tally = CallTally(RetellTap())
    for text, take in ((ASKED, tally.from_caller), (SAID, tally.from_endpoint)):
        take(Frame(TEXT, text[:9], False), 1.0)
        take(Frame(CONTINUATION, text[9:], True), 2.0)
    assert (tally.turns, tally.content_bytes, tally.first_content_at) == (1, 5, 2.0)
    assert tally.details() == {"turns": 1, "messages_in": 1, "messages_out": 1}
    assert (tally.bytes_in, tally.bytes_out) == (len(ASKED), len(SAID))


def test_what_is_no_text_or_too_long_counts_as_bytes_alone() -> None:
    tally = CallTally(RetellTap())
    tally.from_caller(Frame(BINARY, ASKED, True), 1.0)
    tally.from_endpoint(Frame(TEXT, b"x" * (MESSAGE_LIMIT + 1), True), 1.0)
    tally.from_endpoint(Frame(TEXT, SAID, True), 3.0)
    tally.from_endpoint(Frame(TEXT, SAID, True), 4.0)
    assert (tally.turns, tally.messages_in, tally.messages_out) == (0, 1, 3)
    assert (tally.content_bytes, tally.first_content_at) == (10, 3.0)
