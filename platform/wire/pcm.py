"""Raw PCM (16 bit signed little-endian, mono, no header), and what is sent in its place."""

import codecs
import re

SAMPLE_BYTES = 2
DEFAULT_RATE = 24_000
LEAST_RATE, MOST_RATE = 4_000, 192_000
PCM = "raw PCM"
ENOUGH = 16
"""Bytes that tell text from sound: no sound goes on being text for so long."""

_NAME = re.compile(r"pcm_([1-9][0-9]{3,5})")
_SPACE = b" \t\r\n"
_BOM = b"\xef\xbb\xbf"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_MARKS = {
    b"RIFF": "a WAV file",
    b"RIFX": "a WAV file",
    b"FORM": "an AIFF file",
    b"OggS": "an Ogg file",
    b"fLaC": "a FLAC file",
    b"ID3": "an MP3 file",
}
_OPENINGS = {b"<": "HTML or XML", b"{": "JSON", b"[": "JSON"}
_PACKED = frozenset(
    "audio/" + kind
    for kind in ("aac", "basic", "flac", "mp3", "mp4", "mpeg", "ogg", "opus", "webm")
)


def rate_of(name: str) -> int | None:
    """Hz, from the name of a format such as `pcm_24000`; `None` for another format."""
    found = _NAME.fullmatch(name)
    rate = int(found[1]) if found else 0
    return rate if LEAST_RATE <= rate <= MOST_RATE else None


def milliseconds(size: int, rate: int) -> float:
    """How long so many bytes sound; half a sample makes no sound."""
    return round(size // SAMPLE_BYTES * 1000 / rate, 3)


class Samples:
    """Makes whole samples of pieces that are cut anywhere: an odd byte waits for its other half."""

    __slots__ = ("_half",)

    def __init__(self) -> None:
        self._half = b""

    def feed(self, data: bytes) -> bytes:
        data = self._half + data
        whole = len(data) - len(data) % SAMPLE_BYTES
        self._half = data[whole:]
        return data[:whole]

    @property
    def half(self) -> bool:
        """Whether one half of a sample waits for the other."""
        return bool(self._half)


def what_is(media_type: str, start: bytes, *, whole: bool) -> str | None:
    """`PCM`, or in words what a body is in place of it; `None`: more of it is needed to tell.

    `start` is what came of the body, `whole` when that is all. Its bytes decide: many servers
    declare sound as `text/html` or `audio/wav` and send raw PCM. Only compressed audio, whose bytes
    look like nothing, is known by its declared type.
    """
    if media_type in _PACKED:
        return f"{media_type} audio"
    for mark, kind in _MARKS.items():
        if start.startswith(mark):
            return kind
        if not whole and mark.startswith(start):
            return None
    return _text_or_pcm(media_type, start, whole=whole)


def _text_or_pcm(media_type: str, start: bytes, *, whole: bool) -> str | None:
    head = start.removeprefix(_BOM).lstrip(_SPACE)
    kind = _OPENINGS.get(head[:1])
    if kind is None and (media_type.startswith("text/") or "json" in media_type):
        kind = "text"
    undecided = kind is not None or not head or _BOM.startswith(head)
    if not undecided or not _is_text(start):
        return PCM
    if not whole and len(start) < ENOUGH:
        return None
    return kind or PCM


def _is_text(start: bytes) -> bool:
    """Whether it can be the beginning of a text in UTF-8."""
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return False
    return _CONTROL.search(text) is None
