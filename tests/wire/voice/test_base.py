"""What all voice formats share."""

import pytest

from wire.voice.base import VoiceRequest


@pytest.mark.parametrize(("text", "characters"), [("Hello", 5), ("Grüße 👋", 7), ("e\u0301", 2)])
def test_characters_are_code_points(text: str, characters: int) -> None:
    assert VoiceRequest(text, None, None, 24_000, None, {}).characters == characters
