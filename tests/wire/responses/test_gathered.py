"""Texts that come in pieces."""

from wire.responses.gathered import Gathered


def test_pieces_are_one_text_half_an_emoji_included() -> None:
    text = Gathered()
    for piece in ("A ", "😀", "\ud83d"):
        text.add(piece)
    assert str(text) == "A 😀\ud83d"
