"""The header of a WAV file: found before sound that comes, written before sound that goes."""

import struct
from dataclasses import dataclass

from wire.pcm import LEAST_RATE, MOST_RATE

MARK = b"RIFF"
HEADER_LIMIT = 64 * 1024
HEADER_SIZE = 44
MOST_CHUNKS = 64
"""Of a header: it is walked through anew with each piece that comes of it."""

_PCM, _EXTENSIBLE = 1, 0xFFFE
_UNKNOWN = 0xFFFFFFFF
# Who writes a header before the sound is made gives 0, or the most that a signed size can say.
_LEAST_UNKNOWN = 0x7FFF0000


@dataclass(frozen=True, slots=True)
class WavHeader:
    """`size` is the header's own; `sound` the bytes that follow it, `None` if it does not tell."""

    size: int
    rate: int
    sound: int | None


class UnfitWav(ValueError):
    """A WAV file that is not 16 bit PCM, mono; the text says in words what it is."""


def read_header(start: bytes) -> WavHeader | None:
    """Of a file that begins with `MARK`; `None`: it takes more. Raises `UnfitWav`."""
    at, rate, chunks = 12, None, 0
    if len(start) >= at and start[8:at] != b"WAVE":
        raise UnfitWav("a RIFF file that is no WAV file")
    while len(start) >= at + 8:
        name, size = start[at : at + 4], int.from_bytes(start[at + 4 : at + 8], "little")
        if name == b"data":
            if rate is None:
                raise UnfitWav("a WAV file without a format")
            known = 0 < size < _LEAST_UNKNOWN
            return WavHeader(at + 8, rate, size if known else None)
        if name == b"fmt " and len(start) >= at + 24:
            rate = _rate(start[at + 8 : at + 24])
        at += 8 + size + size % 2
        chunks += 1
        if at > HEADER_LIMIT or chunks == MOST_CHUNKS:
            raise UnfitWav("a WAV file whose header does not end")
    return None


def _rate(form: bytes) -> int:
    kind, channels, rate, _, _, bits = struct.unpack("<HHIIHH", form)
    if kind not in (_PCM, _EXTENSIBLE) or (channels, bits) != (1, 16):
        raise UnfitWav(f"a WAV file that is not 16 bit mono PCM (format {kind}, {channels}"
                       f" channels, {bits} bit)")  # fmt: skip
    if not LEAST_RATE <= rate <= MOST_RATE:
        raise UnfitWav(f"a WAV file of {rate} Hz")
    return int(rate)


def write_header(rate: int) -> bytes:
    """Of a file whose end is not known yet."""
    form = struct.pack("<HHIIHH", _PCM, 1, rate, rate * 2, 2, 16)
    size = struct.pack("<I", _UNKNOWN)
    return b"RIFF" + size + b"WAVEfmt \x10\x00\x00\x00" + form + b"data" + size
