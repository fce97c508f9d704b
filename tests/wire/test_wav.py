"""Headers of WAV files, cut anywhere."""

import struct
import wave
from io import BytesIO

import pytest

from wire.wav import (
    HEADER_LIMIT,
    HEADER_SIZE,
    MARK,
    MOST_CHUNKS,
    UnfitWav,
    WavHeader,
    read_header,
    write_header,
)


def chunk(name: bytes, body: bytes, size: int | None = None) -> bytes:
    return name + struct.pack("<I", len(body) if size is None else size) + body


def form(kind: int = 1, channels: int = 1, rate: int = 16_000, bits: int = 16) -> bytes:
    return struct.pack("<HHIIHH", kind, channels, rate, rate * 2, 2, bits)


def file(*chunks: bytes) -> bytes:
    return b"RIFF\xff\xff\xff\xffWAVE" + b"".join(chunks)


PLAIN = file(chunk(b"fmt ", form()), chunk(b"data", b"", 640))
TITLED = file(
    chunk(b"LIST", b"INFOx\x00"), chunk(b"odd ", b"abc") + b"\x00",
    chunk(b"fmt ", form(0xFFFE) + b"\x16\x00" + bytes(22)), chunk(b"data", b"", 640),
)  # fmt: skip


@pytest.mark.parametrize("start", [PLAIN, TITLED])
def test_a_header_is_found_once_all_of_it_is_there(start: bytes) -> None:
    for size in range(4, len(start)):
        assert read_header(start[:size]) is None
    for more in (b"", b"\x01\x02"):
        assert read_header(start + more) == WavHeader(len(start), 16_000, 640)


@pytest.mark.parametrize("size", [0, 0x7FFFF000, 0x7FFFFFFF, 0xFFFFFFFF])
def test_a_size_that_was_not_known_is_none(size: int) -> None:
    header = read_header(file(chunk(b"fmt ", form()), chunk(b"data", b"", size)))
    assert header == WavHeader(HEADER_SIZE, 16_000, None)


UNFIT = {
    b"RIFF\x00\x00\x00\x00AVI ": "no WAV file",
    file(chunk(b"data", b"")): "without a format",
    file(chunk(b"fmt ", form(kind=3, bits=32))): "format 3, 1 channels, 32 bit",
    file(chunk(b"fmt ", form(channels=2))): "2 channels",
    file(chunk(b"fmt ", form(bits=8))): "8 bit",
    file(chunk(b"fmt ", form(rate=1))): "of 1 Hz",
    file(chunk(b"fmt ", form(rate=400_000))): "of 400000 Hz",
    file(chunk(b"junk", b"", HEADER_LIMIT)): "does not end",
    file(chunk(b"junk", b"") * MOST_CHUNKS): "does not end",
}


@pytest.mark.parametrize("start", UNFIT)
def test_what_is_no_plain_sound_is_named(start: bytes) -> None:
    with pytest.raises(UnfitWav, match=UNFIT[start]):
        read_header(start)


def test_what_is_written_is_read_here_and_by_pythons_own_module() -> None:
    header = write_header(22_050)
    assert header.startswith(MARK)
    assert read_header(header) == WavHeader(HEADER_SIZE, 22_050, None)
    with wave.open(BytesIO(header + bytes(4))) as found:
        assert (found.getframerate(), found.getnchannels(), found.getsampwidth()) == (22_050, 1, 2)


def test_what_pythons_own_module_writes_is_read() -> None:
    out = BytesIO()
    with wave.open(out, "wb") as made:
        made.setparams((1, 2, 8000, 0, "NONE", ""))
        made.writeframes(bytes(320))
    assert read_header(out.getvalue()) == WavHeader(HEADER_SIZE, 8000, 320)
