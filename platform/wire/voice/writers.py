"""Writes sound as a caller's answer."""

from typing import Protocol

from wire import wav
from wire.events import Usage
from wire.voice.sound import WAV, Sound


class SoundWriter(Protocol):
    """`end` follows the last sound of a good answer. `fail` is what tells a caller that an answer
    cannot be finished; nothing where only cutting it can.
    """

    def write(self, sound: bytes) -> bytes: ...
    def end(self, usage: Usage | None) -> bytes: ...
    def fail(self, *, code: str, message: str) -> bytes: ...


class BodyWriter:
    """A body that is nothing but sound; before samples in a WAV file stands its header."""

    __slots__ = ("_header",)

    def __init__(self, sound: Sound) -> None:
        self._header = wav.write_header(sound.rate) if sound.kind == WAV else b""

    def write(self, sound: bytes) -> bytes:
        header, self._header = self._header, b""
        return header + sound if header else sound

    def end(self, usage: Usage | None) -> bytes:
        return b""

    def fail(self, *, code: str, message: str) -> bytes:
        return b""
