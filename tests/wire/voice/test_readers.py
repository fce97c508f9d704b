"""Sound is taken out of answers, however they are cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.test_wav import PLAIN, TITLED
from wire.voice.events import EventReader
from wire.voice.readers import BodyReader, PcmReader, SoundReader, WavReader, reader_of
from wire.voice.sound import Sound
from wire.wav import write_header

SAMPLES = bytes(range(200)) + b"\x01"


def fed(reader: SoundReader, *pieces: bytes) -> bytes:
    return b"".join(map(reader.feed, pieces))


def cuts(data: bytes) -> list[list[bytes]]:
    """Whole, byte by byte, and cut in two at every place."""
    singly = [data[at : at + 1] for at in range(len(data))]
    return [[data], singly, *([data[:at], data[at:]] for at in range(1, len(data)))]


def test_samples_come_whole() -> None:
    for pieces in cuts(SAMPLES):
        reader = reader_of(Sound("pcm", 8000))
        assert isinstance(reader, PcmReader)
        given = [reader.feed(piece) for piece in pieces]
        assert b"".join(given) == SAMPLES[:-1]
        assert all(len(piece) % 2 == 0 for piece in given)
        assert reader.rate == 8000


def test_packed_sound_comes_as_it_is() -> None:
    reader = reader_of(Sound("mp3"))
    assert type(reader) is BodyReader
    assert (fed(reader, b"\xff", b"\xfb"), reader.rate) == (b"\xff\xfb", 0)
    assert (reader.may_end, reader.done, reader.failure, reader.usage) == (True, False, None, None)


@pytest.mark.parametrize("header", [PLAIN, TITLED])
def test_of_a_wav_file_only_its_sound_is_left(header: bytes) -> None:
    sound = bytes(range(256)) * 3
    for pieces in cuts(header + sound[:640] + b"LIST\x02\x00\x00\x00hi"):
        reader = reader_of(Sound("wav", 16_000))
        assert isinstance(reader, WavReader)
        assert fed(reader, *pieces) == sound[:640]
        assert reader.rate == 16_000


def test_a_wav_file_of_unknown_length_goes_on_to_its_end() -> None:
    for pieces in cuts(write_header(8000) + SAMPLES):
        assert fed(WavReader(), *pieces) == SAMPLES[:-1]


def test_a_wav_file_that_cannot_be_used_is_a_failure() -> None:
    reader = WavReader()
    assert fed(reader, b"RIFF\x00\x00\x00\x00", b"AVI ") == b""
    assert reader.failure is not None
    assert reader.failure.message == "It answered with a RIFF file that is no WAV file."


@pytest.mark.parametrize("kind", ["pcm", "wav", "mp3", "events"])
@given(st.lists(st.binary(max_size=60), max_size=6))
def test_nothing_that_an_endpoint_sends_breaks_a_reader(kind: str, pieces: list[bytes]) -> None:
    """And how it is cut makes no difference."""
    readers = [
        EventReader(Sound("pcm", 8000)) if kind == "events" else reader_of(Sound(kind, 8000))
        for _ in range(2)
    ]
    opening = {"wav": b"RIFF\x00\x00\x00\x00WAVE", "events": b"data: "}.get(kind, b"")
    pieces = [opening, *pieces]
    assert fed(readers[0], *pieces) == fed(readers[1], b"".join(pieces))
