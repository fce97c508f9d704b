"""What an answer is, by its declared type and its first bytes."""

import pytest

from wire.voice.sound import PCM, WAV, Opening, Sound, at_least, mp3_or_pcm, opening
from wire.wav import write_header

RAW, MP3 = Sound(PCM, 24_000), Sound("mp3")
OCTETS = "application/octet-stream"
SAMPLES = b"\x01\x02\x03\x04"
FRAMES = b"\xff\xfb\x90\x64\x00\x00"


def found(asked: Sound, declared: str, start: bytes, *, whole: bool = False) -> object:
    return opening(asked, declared, start, whole=whole)


def test_samples_have_the_rate_that_was_asked_for_or_is_declared() -> None:
    assert found(RAW, OCTETS, SAMPLES) == Opening(RAW)
    assert found(RAW, "text/html", SAMPLES) == Opening(RAW)
    assert found(RAW, "audio/l16;rate=8000", SAMPLES) == Opening(Sound(PCM, 8000))
    assert found(RAW, "audio/pcm; Rate=16000; x=1", SAMPLES) == Opening(Sound(PCM, 16_000))
    assert found(RAW, "audio/x-l16;rate=8000", SAMPLES) == Opening(Sound(PCM, 8000))
    for odd in (99, 1000, 999_999):
        assert found(RAW, f"audio/l16;rate={odd}", SAMPLES) == Opening(RAW)


@pytest.mark.parametrize("known", [True, False])
def test_a_wav_file_has_the_rate_of_its_header(known: bool) -> None:
    header = write_header(16_000)
    if known:
        header = header[:-4] + b"\x80\x02\x00\x00"
    for asked in (RAW, MP3):
        for size in range(len(header)):
            assert found(asked, "audio/wav", header[:size]) is None
        sound = Sound(WAV, 16_000)
        assert found(asked, OCTETS, header) == Opening(sound, 44, 640 if known else None)


def test_a_wav_file_that_cannot_be_used_is_named() -> None:
    assert "2 channels" in str(found(RAW, OCTETS, write_header(8000)[:22] + b"\x02" + bytes(60)))
    assert "breaks off" in str(found(RAW, OCTETS, write_header(8000)[:30], whole=True))


@pytest.mark.parametrize(
    ("declared", "start", "kind"),
    [
        ("audio/mpeg", FRAMES, "mp3"), ("audio/mp3; charset=utf-8", FRAMES, "mp3"),
        (OCTETS, b"ID3\x04\x00", "mp3"), ("audio/ogg", b"OggS\x00", "opus"),
        (OCTETS, b"OggS\x00", "opus"), ("audio/flac", b"fLaC", "flac"),
        ("audio/aac", b"\xff\xf1", "aac"),
    ],
)  # fmt: skip
def test_packed_sound_is_known_by_its_mark_or_its_declared_type(
    declared: str, start: bytes, kind: str
) -> None:
    assert found(RAW, declared, start) == Opening(Sound(kind))


def test_where_packed_sound_was_asked_for_what_looks_like_sound_is_that() -> None:
    assert found(MP3, OCTETS, FRAMES) == Opening(MP3)
    assert found(MP3, "audio/l16", SAMPLES) == Opening(Sound(PCM, 24_000))
    assert found(MP3, "audio/pcm;rate=8000", SAMPLES) == Opening(Sound(PCM, 8000))


@pytest.mark.parametrize("asked", [RAW, MP3])
def test_what_is_no_sound_is_named(asked: Sound) -> None:
    assert found(asked, "text/html", b"<!doctype html><p>Hi") == "HTML or XML"
    assert found(asked, "application/json", b"{}", whole=True) == "JSON"
    assert found(asked, OCTETS, b"FORM") == "an AIFF file"
    assert found(asked, OCTETS, b"ID") is None


def test_the_next_higher_rate_is_asked_for_or_else_the_highest() -> None:
    rates = (8000, 16_000, 24_000)
    asked = [at_least(rate, rates) for rate in (4000, 8000, 11_025, 24_000, 48_000)]
    assert asked == [8000, 8000, 16_000, 24_000, 24_000]


def test_forms_have_words() -> None:
    assert (RAW.label, Sound(WAV, 8000).label, MP3.label) == ("raw PCM", "WAV", "MP3")
    assert [RAW.packed, Sound(WAV, 8000).packed, MP3.packed] == [False, False, True]


def test_form_to_ask_for_is_mp3_or_samples_of_a_rate_that_can_be_had() -> None:
    rates = (8000, 24_000)
    assert mp3_or_pcm(Sound("mp3"), rates) == Sound("mp3")
    assert mp3_or_pcm(Sound("opus"), rates) is None
    assert mp3_or_pcm(Sound(PCM, 16_000), rates) == Sound(PCM, 24_000)
