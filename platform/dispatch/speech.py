"""A voice session that passes between a caller and an endpoint of the same format: its figures."""

from dataclasses import dataclass, field
from typing import Any

from egress.frames import BINARY, CONTINUATION, Frame
from egress.gathering import Gatherer, TooLong
from wire import pcm
from wire.voice.speech import SpeechTap

MESSAGE_LIMIT = 1024 * 1024


@dataclass(slots=True)
class SpeechTally:
    """What metering saw of a session so far: it reads a copy, and changes nothing.

    Text messages of more than 1 MiB are `ignored`. `characters` are those to speak, `audio_bytes`
    those of sound, packed in text or not; `first_content_at` in seconds since the epoch.
    """

    tap: SpeechTap
    characters: int = 0
    messages_in: int = 0
    messages_out: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    audio_bytes: int = 0
    ignored: int = 0
    first_content_at: float | None = None
    close_asked: bool = False
    failed: bool = False
    _from_caller: Gatherer = field(default_factory=lambda: Gatherer(MESSAGE_LIMIT))
    _from_endpoint: Gatherer = field(default_factory=lambda: Gatherer(MESSAGE_LIMIT))
    _in_sound: bool = False

    @property
    def audio_ms(self) -> float | None:
        """`None` where the rate was not told."""
        rate = self.tap.rate
        return pcm.milliseconds(self.audio_bytes, rate) if rate else None

    def from_caller(self, frame: Frame, now: float) -> None:
        """`now` in seconds since the epoch."""
        self.bytes_in += len(frame.payload)
        if frame.opcode != CONTINUATION:
            self.messages_in += 1
        text = self._gathered(self._from_caller, frame)
        if text is not None:
            characters, closes = self.tap.asked(text)
            self.characters += characters
            self.close_asked = self.close_asked or closes

    def from_endpoint(self, frame: Frame, now: float) -> None:
        """`now` in seconds since the epoch."""
        self.bytes_out += len(frame.payload)
        if frame.opcode != CONTINUATION:
            self.messages_out += 1
            self._in_sound = frame.opcode == BINARY
        if self._in_sound:
            self._sounded(len(frame.payload), now)
            return
        text = self._gathered(self._from_endpoint, frame)
        if text is not None:
            size, failed = self.tap.hear(text)
            self._sounded(size, now)
            self.failed = self.failed or failed

    def details(self) -> dict[str, Any]:
        """As the page of the format in the docs gives them."""
        return {
            "rate": self.tap.rate or None,
            "messages_in": self.messages_in,
            "messages_out": self.messages_out,
            "ignored": self.ignored,
        }

    def _sounded(self, size: int, now: float) -> None:
        self.audio_bytes += size
        if size and self.first_content_at is None:
            self.first_content_at = now

    def _gathered(self, gatherer: Gatherer, frame: Frame) -> bytes | None:
        try:
            return gatherer.take(frame)
        except TooLong:
            self.ignored += frame.final
            return None
