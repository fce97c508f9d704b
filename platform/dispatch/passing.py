"""What metering sees of a session that passes between a caller and an endpoint of one format."""

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from egress.frames import CONTINUATION, Frame
from egress.gathering import Gatherer, TooLong

MESSAGE_LIMIT = 1024 * 1024

T = TypeVar("T")


def _gatherer() -> Gatherer:
    return Gatherer(MESSAGE_LIMIT)


@dataclass(slots=True)
class PassedTally(Generic[T]):
    """It reads a copy, and changes nothing. `tap` knows the format.

    Text messages of more than 1 MiB are counted in `ignored`, and not read. `first_content_at` in
    seconds since the epoch.
    """

    tap: T
    messages_in: int = 0
    messages_out: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    ignored: int = 0
    first_content_at: float | None = None
    close_asked: bool = False
    failed: bool = False
    _from_caller: Gatherer = field(default_factory=_gatherer)
    _from_endpoint: Gatherer = field(default_factory=_gatherer)

    @property
    def endpoint_sends_sound(self) -> bool:
        """The message that comes now from the endpoint, or came last, is binary."""
        return not self._from_endpoint.is_text

    def heard_from_caller(self, frame: Frame) -> bytes | None:
        """The text message that is whole with this frame."""
        self.bytes_in += len(frame.payload)
        self.messages_in += frame.opcode != CONTINUATION
        return self._gathered(self._from_caller, frame)

    def heard_from_endpoint(self, frame: Frame) -> bytes | None:
        """The text message that is whole with this frame."""
        self.bytes_out += len(frame.payload)
        self.messages_out += frame.opcode != CONTINUATION
        return self._gathered(self._from_endpoint, frame)

    def saw_content(self, size: int, now: float) -> None:
        if size and self.first_content_at is None:
            self.first_content_at = now

    def _gathered(self, gatherer: Gatherer, frame: Frame) -> bytes | None:
        try:
            return gatherer.take(frame)
        except TooLong:
            self.ignored += frame.final
            return None
