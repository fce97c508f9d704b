"""Marks for Vapi inside the text."""

import pytest

from wire.vapi.flush import FlushCutter


def cut(*pieces: str) -> str:
    cutter = FlushCutter()
    return "".join([*map(cutter.feed, pieces), cutter.rest()])


@pytest.mark.parametrize(
    "mark", ["<flush />", "<flush/>", "<flush>", "</flush>", "< FLUSH / >", "<\n/ flush >"]
)
def test_mark_is_cut_out_however_it_comes(mark: str) -> None:
    mark = mark.replace("/ >", "/>")
    whole = f"One moment.{mark} Here 1 < 2."
    for at in range(len(whole)):
        for end in range(at, len(whole), 3):
            assert cut(whole[:at], whole[at:end], whole[end:]) == "One moment. Here 1 < 2."


@pytest.mark.parametrize(
    "text", ["1 < 2", "<flushed", "<b>bold</b>", "<", "</", "<flu", "flush />", "<          flush>"]
)
def test_all_else_is_text(text: str) -> None:
    assert cut(text) == text
    assert cut(*text) == text


def test_no_more_is_held_back_than_a_mark_may_have() -> None:
    cutter = FlushCutter()
    assert cutter.feed("Well <fl") == "Well "
    assert cutter.feed("oor") == "<floor"
    assert cutter.feed("<" * 100_000) == "<" * 99_999
    assert cutter.rest() == "<"
    assert cutter.rest() == ""
