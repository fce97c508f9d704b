"""Final pieces of an utterance are joined, within a bound."""

from wire.events import FinalText
from wire.transcriber.segments import MOST_SEGMENTS, MOST_TEXT, Segments


def test_pieces_are_joined_and_taken_once() -> None:
    segments = Segments()
    for part in (FinalText("a", 0.5, "en"), FinalText(""), FinalText("b", 1.0), FinalText("c")):
        segments.add(part)
    assert segments.joined("d") == "a b c d"
    assert segments.joined() == "a b c"
    assert segments.take() == [FinalText("a b c", 0.75, "en")]
    assert segments.take() == []
    assert segments.take(always=True) == [FinalText("")]


def test_an_utterance_without_end_is_full_some_time() -> None:
    many, long = Segments(), Segments()
    for _ in range(MOST_SEGMENTS):
        assert not many.full()
        many.add(FinalText("a"))
    long.add(FinalText("x" * MOST_TEXT))
    assert many.full()
    assert long.full()
    many.take()
    assert not many.full()
