"""Sound at another rate sounds the same and lasts as long."""

import math
from array import array

import pytest

from tests.gateway.speaking import tone
from wire.resample import Resampler

RATES = [(24_000, 8_000), (24_000, 16_000), (8_000, 24_000), (22_050, 24_000), (44_100, 8_000)]


def converted(sound: bytes, source: int, target: int, piece: int) -> bytes:
    stream = Resampler(source, target)
    pieces = [stream.feed(sound[at : at + piece]) for at in range(0, len(sound), piece)]
    return b"".join([*pieces, stream.close()])


@pytest.mark.parametrize(("source", "target"), RATES)
@pytest.mark.parametrize("piece", [2, 960, 100_000])
def test_a_second_stays_a_second_and_a_tone_its_tone(source: int, target: int, piece: int) -> None:
    got = array("h", converted(tone(1000, source), source, target, piece))
    assert len(got) == target
    expected = array("h", tone(1000, target))
    middle = slice(target // 4, -target // 4)
    apart = [one - two for one, two in zip(got[middle], expected[middle], strict=True)]
    assert math.sqrt(sum(one * one for one in apart) / len(apart)) < 100


def test_how_it_is_cut_makes_no_difference_but_in_rounding() -> None:
    sound = tone(200)
    singly, whole = (array("h", converted(sound, 24_000, 16_000, size)) for size in (2, 99_999))
    assert max(abs(one - two) for one, two in zip(singly, whole, strict=True)) <= 2


def test_little_is_held_back() -> None:
    stream = Resampler(24_000, 8_000)
    given = sum(len(stream.feed(tone(20))) for _ in range(50))
    assert 16_000 - given < 1600


def test_of_nothing_comes_nothing() -> None:
    assert converted(b"", 24_000, 8_000, 2) == b""
