"""Reasoning between tags, cut anywhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire.think import ThinkSplitter


def parted(pieces: list[str]) -> tuple[str, str]:
    splitter = ThinkSplitter()
    parts = [*map(splitter.feed, pieces), splitter.close()]
    return "".join(part[0] for part in parts), "".join(part[1] for part in parts)


CASES = [
    ("<think>Well.</think>\n\nHi", ("Well.", "Hi")),
    (" \n<think>Well</think>Hi <think>no</think>", ("Well", "Hi <think>no</think>")),
    ("Hi <think>no</think>", ("", "Hi <think>no</think>")),
    ("<thing>", ("", "<thing>")),
    ("<thin", ("", "<thin")),
    ("<think>endless </thi", ("endless </thi", "")),
    ("<think></think>", ("", "")),
    ("  Hi", ("", "  Hi")),
    ("", ("", "")),
]


def test_thinking_is_over_once_there_is_text() -> None:
    splitter = ThinkSplitter()
    for piece, over in (("<think>", False), ("Hm</think>\n", False), ("Hi", True), ("!", True)):
        splitter.feed(piece)
        assert splitter.over is over


@pytest.mark.parametrize(("text", "parts"), CASES)
def test_thought_and_text_are_parted_however_they_are_cut(
    text: str, parts: tuple[str, str]
) -> None:
    assert parted([text]) == parts
    assert parted(list(text)) == parts
    for at in range(len(text)):
        assert parted([text[:at], text[at:]]) == parts


def test_text_is_not_held_longer_than_it_may_be_a_tag() -> None:
    splitter = ThinkSplitter()
    assert splitter.feed("<t") == ("", "")
    assert splitter.feed("able") == ("", "<table")
    assert splitter.feed(" <") == ("", " <")


def test_thought_is_given_at_once_but_for_what_may_be_the_closing_tag() -> None:
    splitter = ThinkSplitter()
    assert splitter.feed("<think>We</") == ("We", "")
    assert splitter.feed("b>ll") == ("</b>ll", "")


PARTS = st.lists(st.sampled_from(["<think>", "</think>", "<", "</", "think>", "a", "\n", " "]))


@given(PARTS.map("".join), st.integers(0, 40))
def test_cuts_never_change_the_meaning(text: str, at: int) -> None:
    assert parted([text[:at], text[at:]]) == parted([text])


def test_endless_white_space_is_text_however_it_is_cut() -> None:
    assert parted([" " * 4096 + "<think>x"]) == ("x", "")
    late = " " * 4097 + "<think>x"
    assert parted([late]) == parted(list(late)) == ("", late)
    splitter = ThinkSplitter()
    assert splitter.feed(" " * 4096) == ("", "")
    assert splitter.feed(" ") == ("", " " * 4097)
