"""Text in pieces, and what of it is to be spoken."""

from wire.events import Reasoning, Text
from wire.words import Words


def test_text_passes_at_once_and_carries_its_choice() -> None:
    assert Words(2).feed("Hi") == [Text("Hi", 2)]


def test_tags_are_taken_out_however_they_are_cut() -> None:
    words = Words()
    found = [event for piece in ("<thi", "nk>Hm</think>", "\n\nHi") for event in words.feed(piece)]
    assert found == [Reasoning("Hm"), Text("Hi")]
    assert words.rest() == []


def test_text_that_is_only_half_an_emoji_waits_for_the_other_half() -> None:
    words = Words()
    assert words.feed("X") == [Text("X")]
    assert words.feed("\ud83d") == []
    assert words.feed("\ude00") == [Text("\U0001f600")]


def test_thought_and_text_of_one_piece_are_both_told() -> None:
    assert Words().feed("<think>Hm</think>Hi") == [Reasoning("Hm"), Text("Hi")]


def test_what_was_held_is_given_at_the_end() -> None:
    half = Words()
    assert half.feed("X\ud83d") == [Text("X")]
    assert half.rest() == [Text("\ufffd")]
    thought = Words()
    assert thought.feed("<think>We</") == [Reasoning("We")]
    assert thought.rest() == [Reasoning("</")]
