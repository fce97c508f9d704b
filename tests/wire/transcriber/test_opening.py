"""How long audio lasts follows from what is known of it."""

import pytest

from wire.transcriber.opening import Opening, whole_number


@pytest.mark.parametrize(
    ("opening", "size", "ms"),
    [
        (Opening(), 640, 20),
        (Opening(8_000, 2), 640, 20),
        (Opening(8_000, 1, "mulaw"), 160, 20),
        (Opening(8_000, 1, "alaw"), 0, 0),
        (Opening(48_000, 1, "opus"), 640, None),
        (Opening(0), 640, None),
    ],
)
def test_audio_lasts_by_rate_channels_and_encoding(
    opening: Opening, size: int, ms: float | None
) -> None:
    assert opening.audio_ms(size) == ms


def test_a_parameter_that_is_no_whole_number_is_0() -> None:
    given = ("8000", "0", "", "8k", "-1", "1.5", "\u0664", "9" * 5000)
    assert [whole_number(text) for text in given] == [8000, 0, 0, 0, 0, 0, 0, 0]
