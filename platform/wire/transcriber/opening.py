"""What is known of a transcriber session before its first sound."""

from dataclasses import dataclass

DEFAULT_RATE = 16_000
LINEAR = "linear16"

_SAMPLE_BYTES = {LINEAR: 2, "mulaw": 1, "alaw": 1}


@dataclass(frozen=True, slots=True)
class Opening:
    """The caller's audio and language.

    `rate` in Hz, 0 for one that cannot be read; `encoding` as Deepgram names it; `language` is a
    tag such as `en-US`.
    """

    rate: int = DEFAULT_RATE
    channels: int = 1
    encoding: str = LINEAR
    language: str | None = None

    def audio_ms(self, size: int) -> float | None:
        """How long so many bytes last; `None` where that cannot be told from their number."""
        a_second = _SAMPLE_BYTES.get(self.encoding, 0) * self.channels * self.rate
        return size * 1000 / a_second if a_second else None


def whole_number(text: str) -> int:
    """A parameter of a URL, 0 for one that is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0
