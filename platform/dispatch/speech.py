"""A voice session that passes between a caller and an endpoint of the same format: its figures."""

from dataclasses import dataclass
from typing import Any

from dispatch.passing import PassedTally
from egress.frames import Frame
from wire import pcm
from wire.voice.speech import SpeechTap


@dataclass(slots=True)
class SpeechTally(PassedTally[SpeechTap]):
    """`characters` are those to speak, `audio_bytes` those of sound, packed in text or not."""

    characters: int = 0
    audio_bytes: int = 0

    @property
    def audio_ms(self) -> float | None:
        """`None` where the rate was not told."""
        rate = self.tap.rate
        return pcm.milliseconds(self.audio_bytes, rate) if rate else None

    def from_caller(self, frame: Frame, now: float) -> None:
        """`now` in seconds since the epoch."""
        text = self.heard_from_caller(frame)
        if text is not None:
            characters, closes = self.tap.asked(text)
            self.characters += characters
            self.close_asked = self.close_asked or closes

    def from_endpoint(self, frame: Frame, now: float) -> None:
        """`now` in seconds since the epoch."""
        text = self.heard_from_endpoint(frame)
        if self.endpoint_sends_sound:
            self._sounded(len(frame.payload), now)
        elif text is not None:
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
        self.saw_content(size, now)
