"""Text messages that come in pieces are made whole, within a bound."""

import contextlib
import tracemalloc

import pytest

from egress.frames import BINARY, CONTINUATION, TEXT, Frame
from egress.gathering import TEXT_LIMIT, Gatherer, TooLong


def test_a_text_is_whole_with_its_last_piece() -> None:
    gatherer = Gatherer()
    assert gatherer.take(Frame(TEXT, b"a", False)) is None
    assert gatherer.take(Frame(CONTINUATION, b"b", False)) is None
    assert gatherer.take(Frame(CONTINUATION, b"c", True)) == b"abc"
    assert gatherer.take(Frame(TEXT, b"d", True)) == b"d"


def test_of_a_binary_message_nothing_is_kept() -> None:
    gatherer = Gatherer()
    assert gatherer.take(Frame(BINARY, b"a", False)) is None
    assert not gatherer.is_text
    assert gatherer.take(Frame(CONTINUATION, bytes(2 * TEXT_LIMIT), True)) is None
    assert gatherer.take(Frame(TEXT, b"d", True)) == b"d"
    assert gatherer.is_text


def test_a_text_that_is_too_long_is_not_waited_for() -> None:
    gatherer = Gatherer()
    assert gatherer.take(Frame(TEXT, bytes(TEXT_LIMIT), False)) is None
    with pytest.raises(TooLong):
        gatherer.take(Frame(CONTINUATION, b"x", False))


def test_what_follows_in_a_text_that_is_too_long_is_none_of_it() -> None:
    gatherer = Gatherer(10)
    assert gatherer.take(Frame(TEXT, b"12345678", False)) is None
    for piece in (b"long", b"9", b""):
        with pytest.raises(TooLong):
            gatherer.take(Frame(CONTINUATION, piece, piece == b""))
    assert gatherer.take(Frame(TEXT, b"next", True)) == b"next"


@pytest.mark.parametrize("more", [0, 1])
def test_nothing_is_held_of_a_text_once_it_is_whole_or_too_long(more: int) -> None:
    gatherer = Gatherer()
    tracemalloc.start()
    try:
        with contextlib.suppress(TooLong):
            gatherer.take(Frame(TEXT, bytes(TEXT_LIMIT), False))
            gatherer.take(Frame(CONTINUATION, bytes(more), True))
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 64 * 1024


def test_empty_pieces_of_a_text_take_no_room() -> None:
    gatherer = Gatherer()
    piece = Frame(CONTINUATION, b"", False)
    gatherer.take(Frame(TEXT, b"a", False))
    tracemalloc.start()
    try:
        for _ in range(50_000):
            gatherer.take(piece)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 64 * 1024
    assert gatherer.take(Frame(CONTINUATION, b"b", True)) == b"ab"
