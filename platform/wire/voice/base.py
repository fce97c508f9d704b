"""What a voice wire format is."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from wire.base import HostedFormat


@dataclass(frozen=True, slots=True)
class VoiceRequest:
    """A text to be spoken. `rate` is in Hz: of raw PCM, the one kind of sound that is carried.

    `fields` holds the top-level members in the ingress format's own terms, their bytes untouched.
    """

    text: str
    voice: str | None
    language: str | None
    rate: int
    instructions: str | None
    fields: Mapping[str, Any] = field(repr=False)

    @property
    def characters(self) -> int:
        """Unicode code points to speak."""
        return len(self.text)


class VoiceFormat(HostedFormat):
    """One wire format, both sides of it. Pure: bytes in, bytes or values out."""

    channel: ClassVar[str] = "voice"

    @abstractmethod
    def read_request(self, body: bytes) -> VoiceRequest:
        """Raises `InvalidRequest`."""

    @abstractmethod
    def write_request(
        self, request: VoiceRequest, *, model: str, settings: Mapping[str, Any]
    ) -> bytes:
        """The body for an endpoint; `model`, when not empty, replaces the caller's voice."""

    @abstractmethod
    def what_is(self, media_type: str, start: bytes, *, whole: bool) -> str | None:
        """What a 2xx answer is, by its declared type and its first bytes (see `wire.pcm`)."""
