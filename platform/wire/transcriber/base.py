"""What a transcriber wire format is."""

from abc import abstractmethod
from typing import ClassVar

from wire.base import HostedFormat
from wire.events import CallerWord, TranscriberEvent


class TranscriberFormat(HostedFormat):
    """One wire format, both sides of it. Pure: messages in, values or messages out.

    `bytes_per_second` is what a second of the caller's audio takes.
    """

    channel: ClassVar[str] = "transcriber"
    scheme: ClassVar[str] = "wss"
    bytes_per_second: ClassVar[int]

    @abstractmethod
    def read_caller(self, text: bytes) -> CallerWord | None:
        """What a caller's text message says; `None` for one that the format does not know."""

    @abstractmethod
    def read_endpoint(self, text: bytes) -> TranscriberEvent | None:
        """What an endpoint's text message says; `None` for one that the format does not know."""

    @abstractmethod
    def write_socket_error(self, *, code: str, message: str) -> bytes:
        """The text message that comes before the close of a session that has failed."""

    def audio_ms(self, size: int) -> float:
        """How long so many bytes of the caller's audio last."""
        return size * 1000 / self.bytes_per_second
