"""What a socket carries: 20 ms of 16 kHz audio one way, a transcript of some 120 bytes the other.

A frame holds its number and when it was written, so that whoever takes it sees loss, order and
delay. Both ends are on one machine and read the same clock.
"""

import struct
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from websockets.speedups import apply_mask

INTERVAL = 0.020
AUDIO_BYTES = 640
CLOSE_WORD = b'{"type":"close"}'

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
_MASKED = 0x80
_KEY = bytes(4)  # a mask that changes nothing: the client's work is not what is measured
_AUDIO = struct.Struct("<IId")  # number, how many there will be, when
_SILENCE = bytes(AUDIO_BYTES - _AUDIO.size)
_AUDIO_HEAD = bytes((0x80 | BINARY, _MASKED | 126)) + AUDIO_BYTES.to_bytes(2, "big") + _KEY
_WORDS = b'{"type":"interim","text":"when do you open today?","confidence":0.91,'
_STAMP = b'"number":"%07d","at":"%016.6f"}'


def audio(number: int, total: int) -> bytes:
    """A client's binary frame."""
    return _AUDIO_HEAD + _AUDIO.pack(number, total, time.monotonic()) + _SILENCE


def read_audio(payload: bytes) -> tuple[int, int, float]:
    """Number, how many there will be, when it was written."""
    return _AUDIO.unpack_from(payload)


def words(number: int) -> bytes:
    """A server's text frame."""
    payload = _WORDS + _STAMP % (number, time.monotonic())
    return bytes((0x80 | TEXT, len(payload))) + payload


def read_words(payload: bytes) -> tuple[int, float]:
    """Number, when it was written."""
    return int(payload[-33:-26]), float(payload[-18:-2])


def frame(opcode: int, payload: bytes, *, client: bool) -> bytes:
    """A short one."""
    flag, key = (_MASKED, _KEY) if client else (0, b"")
    return bytes((0x80 | opcode, flag | len(payload))) + key + payload


def split(data: bytes) -> tuple[list[tuple[int, bytes]], bytes]:
    """(opcode, payload) of the whole frames in `data`, none of 64 KiB or more, and the rest."""
    found, at, end = [], 0, len(data)
    while end - at >= 2:
        size, start = data[at + 1] & 0x7F, at + 2
        masked = data[at + 1] & _MASKED
        if size == 126:
            size = int.from_bytes(data[at + 2 : at + 4], "big")
            start += 2
        if masked:
            start += 4
        if start + size > end:
            break
        payload = data[start : start + size]
        if masked:
            payload = apply_mask(payload, data[start - 4 : start])
        found.append((data[at] & 0x0F, payload))
        at = start + size
    return found, data[at:]


@dataclass
class Arrivals:
    """What came one way, of all sockets; delays in tens of microseconds."""

    arrived: int = 0
    out_of_turn: int = 0
    delays: Counter[int] = field(default_factory=Counter)

    def note(self, number: int, wanted: int, written: float) -> None:
        self.arrived += 1
        if number != wanted:
            self.out_of_turn += 1
        self.delays[int((time.monotonic() - written) * 1e5)] += 1

    def as_json(self) -> dict[str, Any]:
        return {
            "arrived": self.arrived,
            "out_of_turn": self.out_of_turn,
            "delays": sorted(self.delays.items()),
        }

    def clear(self) -> None:
        self.arrived = self.out_of_turn = 0
        self.delays.clear()
