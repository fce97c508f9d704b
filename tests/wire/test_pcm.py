"""Raw PCM: its names, its lengths, and what is not taken for it."""

import random

import pytest

from wire.pcm import ENOUGH, PCM, Samples, milliseconds, rate_of, what_is

OCTETS = "application/octet-stream"


@pytest.mark.parametrize(
    ("name", "rate"),
    [
        ("pcm_24000", 24_000),
        ("pcm_8000", 8_000),
        ("pcm_44100", 44_100),
        ("pcm_192000", 192_000),
        ("pcm_3999", None),
        ("pcm_192001", None),
        ("pcm_024000", None),
        ("pcm_24000 ", None),
        ("pcm_", None),
        ("mp3_24000", None),
        ("PCM_24000", None),
        ("", None),
    ],
)
def test_rate_is_read_from_the_name(name: str, rate: int | None) -> None:
    assert rate_of(name) == rate


def test_bytes_are_turned_into_milliseconds() -> None:
    assert milliseconds(48_000, 24_000) == 1000
    assert milliseconds(1, 24_000) == 0
    assert milliseconds(3, 8_000) == 0.125


def test_samples_never_shift_however_the_stream_is_cut() -> None:
    sound = random.Random(7).randbytes(41)
    for first in range(len(sound) + 1):
        for second in range(first, len(sound) + 1):
            samples = Samples()
            pieces = [sound[:first], sound[first:second], sound[second:]]
            out = [samples.feed(piece) for piece in pieces]
            assert all(len(piece) % 2 == 0 for piece in out)
            assert b"".join(out) == sound[:40]
            assert samples.half


def test_nothing_is_kept_of_whole_samples() -> None:
    samples = Samples()
    assert samples.feed(b"abcd") == b"abcd"
    assert not samples.half


@pytest.mark.parametrize("declared", ["", OCTETS, "audio/wav", "audio/pcm", "text/html"])
@pytest.mark.parametrize(
    "start", [b"\x00", b"\x00\x00" * 8, b"\xff\xff\x01\x00", b"\xfe\xff{", b"{\x00", b"<\x01\x02"]
)
def test_sound_is_known_at_once_whatever_it_is_declared_as(declared: str, start: bytes) -> None:
    assert what_is(declared, start, whole=False) == PCM


IMPOSTORS = {
    b"RIFF\x24\x00\x00\x00WAVEfmt ": "a WAV file",
    b"RIFX\x00\x00\x00\x24WAVEfmt ": "a WAV file",
    b"FORM\x00\x00\x00\x24AIFFCOMM": "an AIFF file",
    b"OggS\x00\x02\x00\x00\x00\x00\x00\x00": "an Ogg file",
    b"fLaC\x00\x00\x00\x22\x10\x00\x10\x00": "a FLAC file",
    b"ID3\x04\x00\x00\x00\x00\x00\x00\x00\x00": "an MP3 file",
    b"<!doctype html><title>Oh</title>": "HTML or XML",
    b"\n\n  <html><body>Not Found</body>": "HTML or XML",
    b'<?xml version="1.0"?><Error/>': "HTML or XML",
    b'{"error":"no such voice"}': "JSON",
    '{"错误":"没有这样的声音"}'.encode(): "JSON",
    b'\xef\xbb\xbf{"error":"no such voice"}': "JSON",
    b'[{"audio":"UklGRgAA"}]': "JSON",
}


@pytest.mark.parametrize("body", IMPOSTORS)
def test_what_is_no_sound_is_named_at_every_split(body: bytes) -> None:
    for size in range(len(body)):
        early = what_is(OCTETS, body[:size], whole=False)
        assert early in (None, IMPOSTORS[body]), f"{early} after {size} bytes"
        assert early is not None or size < ENOUGH
    assert what_is(OCTETS, body, whole=False) == IMPOSTORS[body]
    assert what_is(OCTETS, body, whole=True) == IMPOSTORS[body]


@pytest.mark.parametrize(
    ("declared", "start", "kind"),
    [
        ("text/plain", b"Internal Server Error", "text"),
        ("text/event-stream", b"data: {}\n\n", "text"),
        ("application/json", b'"no such voice"', "text"),
        ("application/problem+json", b"{}", "JSON"),
        (OCTETS, b"{}", "JSON"),
        (OCTETS, b"<p>", "HTML or XML"),
        (OCTETS, b"Hi", PCM),
        (OCTETS, b"RI", PCM),
        (OCTETS, b"\xef\xbb", PCM),
        (OCTETS, b"  ", PCM),
        ("text/plain", b"\xc3", "text"),
    ],
)
def test_a_short_whole_body_is_judged_as_it_is(declared: str, start: bytes, kind: str) -> None:
    assert what_is(declared, start, whole=True) == kind


@pytest.mark.parametrize("declared", ["audio/mpeg", "audio/ogg", "audio/basic"])
def test_compressed_audio_is_known_by_its_declared_type(declared: str) -> None:
    assert what_is(declared, b"\xff\xfb\x90\x00", whole=False) == f"{declared} audio"


def test_a_stream_that_could_still_be_anything_is_waited_for() -> None:
    assert what_is(OCTETS, b"", whole=False) is None
    assert what_is(OCTETS, b" \n", whole=False) is None
    assert what_is("text/plain", b"Internal", whole=False) is None


def test_real_sound_is_hardly_ever_waited_for() -> None:
    dice = random.Random(7)
    starts = [dice.randbytes(2) for _ in range(2000)]
    waited = [start for start in starts if what_is(OCTETS, start, whole=False) is None]
    assert len(waited) < 20
