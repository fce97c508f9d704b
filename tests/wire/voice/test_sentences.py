"""Text that comes in pieces, cut into sentences."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire.voice.sentences import MOST, Sentences, pieces


def cut(*texts: str, flushed: bool = True) -> list[str]:
    sentences = Sentences()
    found = [each for text in texts for each in sentences.feed(text)]
    return found + sentences.flush() if flushed else found


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (("Hello there. How are", " you? Fine"), ["Hello there.", "How are you?", "Fine"]),
        (("I am Dr. No. ", "And 1. you"), ["I am Dr. No.", "And 1. you"]),
        (("He said “stop!” Then ", "he left"), ["He said “stop!”", "Then he left"]),
        (("It costs 3", ".", "14 francs"), ["It costs 3.14 francs"]),
        (("おはようございます。元気ですか？はい",), ["おはようございます。", "元気ですか？はい"]),
        (("A long heading\n\nAnd text",), ["A long heading", "And text"]),
        (("  \n ",), []),
        (("", "Hi"), ["Hi"]),
    ],
)
def test_sentences_are_cut_where_they_end(texts: tuple[str, ...], found: list[str]) -> None:
    assert cut(*texts) == found


def test_sentence_that_comes_whole_does_not_wait_for_the_next() -> None:
    assert cut("How are you?", flushed=False) == ["How are you?"]
    assert cut("It is over", ".", flushed=False) == []
    assert cut("In the year 1990.", flushed=False) == []
    assert cut("Hi.", " ", "Oh.", flushed=False) == []


def test_nothing_is_left_after_a_flush_or_a_clear() -> None:
    sentences = Sentences()
    sentences.feed("Half of it")
    assert sentences.flush() == ["Half of it"]
    assert sentences.flush() == []
    sentences.feed("Half of it")
    sentences.clear()
    assert sentences.flush() == []


def test_emoji_in_halves_is_one() -> None:
    assert cut("Hi \ud83d", "\udc4b!") == ["Hi 👋!"]
    assert cut("Hi \ud83d") == ["Hi �"]


@given(st.text("a. \n", max_size=40))
def test_pieces_make_up_their_text(text: str) -> None:
    long = text * 200
    found = pieces(long)
    assert "".join(found) == long
    assert max(map(len, found)) <= MOST


def test_pieces_are_cut_between_words() -> None:
    words = ("word " * 1000).strip()
    assert all(each.endswith("word ") for each in pieces(words)[:-1])
    assert [len(each) for each in pieces("x" * (MOST + 1))] == [MOST, 1]


@given(st.lists(st.text("ab.!? \n", max_size=30), max_size=10))
def test_no_letter_is_lost_however_it_is_cut(texts: list[str]) -> None:
    letters = "".join("".join(texts).split())
    assert "".join("".join(cut(*texts)).split()) == letters


@pytest.mark.parametrize("unit", ["x", ".", "a ", "\n", " ", "。", "1.", ".)"])
def test_text_without_an_end_is_held_to_a_bound_and_costs_little(unit: str) -> None:
    sentences = Sentences()
    began = time.process_time()
    found = sentences.feed(unit * (256 * 1024 // len(unit)))
    for _ in range(2000):
        found += sentences.feed(unit)
    assert time.process_time() - began < 2
    assert all(len(each) <= MOST for each in [*found, *sentences.flush()])


def test_what_is_held_is_not_searched_anew_for_every_letter() -> None:
    sentences = Sentences()
    sentences.feed("." * MOST)
    began = time.process_time()
    for _ in range(20_000):
        sentences.feed(".")
    assert time.process_time() - began < 2
