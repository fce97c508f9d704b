"""Emoji cut between their UTF-16 halves."""

from hypothesis import given
from hypothesis import strategies as st

from wire.surrogates import HalfEmoji


def joined(pieces: list[str]) -> str:
    emoji = HalfEmoji()
    return "".join([*map(emoji.feed, pieces), emoji.close()])


def test_halves_are_joined_over_pieces() -> None:
    assert joined(["a\ud83d", "\ude00b"]) == "a😀b"


def test_halves_are_joined_within_a_piece_and_whole_ones_kept() -> None:
    assert joined(["\ud83d\ude00", "é", "😀"]) == "😀é😀"


def test_a_half_alone_is_replaced() -> None:
    assert joined(["a\ud83d", "b", "\ude00", "\ud83d"]) == "a\ufffdb\ufffd\ufffd"


def test_empty_piece_leaves_a_half_waiting() -> None:
    assert joined(["\ud83d", "", "\ude00"]) == "😀"


@given(st.text(), st.integers(0, 200))
def test_text_cut_between_any_utf16_units_comes_out_whole(text: str, at: int) -> None:
    units = text.encode("utf-16-le", "surrogatepass")
    halves = [units[: 2 * at], units[2 * at :]]
    pieces = [half.decode("utf-16-le", "surrogatepass") for half in halves]
    assert joined(pieces) == text
