"""What comes of a caller's audio is one channel, 16 bit linear, in whole samples."""

import pytest

from wire.errors import InvalidRequest
from wire.g711 import to_linear
from wire.transcriber.audio import Mono, beside_silence
from wire.transcriber.opening import Opening

STEREO = bytes(range(1, 17))  # four frames of two samples
LEFT = bytes([1, 2, 5, 6, 9, 10, 13, 14])


def test_linear_mono_passes_as_it_is() -> None:
    assert Mono(Opening()).feed(b"\1\2\3\4") == b"\1\2\3\4"


def test_of_two_channels_the_first_is_taken_however_the_bytes_are_cut() -> None:
    for cut in range(len(STEREO) + 1):
        mono = Mono(Opening(channels=2))
        assert mono.feed(STEREO[:cut]) + mono.feed(STEREO[cut:]) == LEFT


def test_any_other_channel_may_be_taken_and_one_that_is_not_there_is_silent() -> None:
    right = bytes([3, 4, 7, 8, 11, 12, 15, 16])
    for cut in range(len(STEREO) + 1):
        mono = Mono(Opening(channels=2), channel=1)
        assert mono.feed(STEREO[:cut]) + mono.feed(STEREO[cut:]) == right
    assert Mono(Opening(channels=2), channel=2).feed(STEREO) == b""
    assert Mono(Opening(), channel=1).feed(STEREO) == b""
    companded = Mono(Opening(encoding="mulaw", channels=3), channel=2)
    assert companded.feed(b"XYaXYb") == to_linear("mulaw", b"ab")


def test_half_a_sample_waits_for_its_other_half() -> None:
    mono = Mono(Opening())
    assert [mono.feed(b"\1"), mono.feed(b"\2\3"), mono.feed(b"\4")] == [b"", b"\1\2", b"\3\4"]


def test_where_messages_are_trimmed_what_is_too_much_in_one_is_nothing() -> None:
    mono = Mono(Opening(channels=2), trims=True)
    assert mono.feed(STEREO[:6]) == LEFT[:2]
    assert mono.feed(STEREO) == LEFT
    assert mono.feed(STEREO[:3], last=False) + mono.feed(STEREO[3:]) == LEFT


@pytest.mark.parametrize("encoding", ["mulaw", "alaw"])
def test_companded_audio_becomes_linear_also_of_two_channels(encoding: str) -> None:
    assert Mono(Opening(encoding=encoding)).feed(b"abc") == to_linear(encoding, b"abc")
    two = Mono(Opening(encoding=encoding, channels=2))
    assert two.feed(b"aXbXc") + two.feed(b"X") == to_linear(encoding, b"abc")


@pytest.mark.parametrize(
    ("opening", "param"),
    [
        (Opening(encoding="opus"), "encoding"),
        (Opening(encoding=""), "encoding"),
        (Opening(0), "sample_rate"),
        (Opening(200_000), "sample_rate"),
        (Opening(channels=0), "channels"),
        (Opening(channels=9), "channels"),
    ],
)
def test_audio_that_cannot_be_read_is_refused(opening: Opening, param: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        Mono(opening)
    assert caught.value.param == param


def test_one_channel_is_put_beside_silence() -> None:
    assert beside_silence(b"\1\2\3\4") == b"\1\2\0\0\3\4\0\0"
    assert beside_silence(b"") == b""
