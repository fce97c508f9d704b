"""Voice formats whose callers hold a socket for a whole call and send text as it is made."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from wire.aim import Aim
from wire.voice.base import HostedVoiceFormat, VoiceRequest


@dataclass(frozen=True, slots=True)
class Told:
    """What a caller's message calls for; `texts` are to be spoken in their order.

    `clear`: what is being spoken, or waits to be, is to end. `close`: so is the session.
    """

    texts: tuple[str, ...] = ()
    clear: bool = False
    close: bool = False


class SpeechSession(Protocol):
    """What one socket has to remember between messages. None of it raises."""

    def opening(self) -> tuple[bytes, ...]:
        """Text messages before the caller has said anything."""
        ...

    def hear(self, message: bytes) -> Told: ...

    def request(self, text: str) -> VoiceRequest:
        """One that asks for a text of the session's."""
        ...


class SpeechTap(Protocol):
    """Reads what passes between a caller and an endpoint that both speak the format.

    `rate` of the sound in Hz, 0 while it is not known.
    """

    rate: int

    def asked(self, message: bytes) -> tuple[int, bool]:
        """Of a caller's text message: the characters to speak, and whether it ends the session."""
        ...

    def hear(self, message: bytes) -> tuple[int, bool]:
        """Of an endpoint's text message: the bytes of sound in it, and whether it is an error."""
        ...


class SpeechFormat(HostedVoiceFormat):
    """Its sound goes to the caller in binary messages, as its writers write it."""

    scheme: ClassVar[str] = "wss"

    @abstractmethod
    def session(self, query: Sequence[tuple[str, str]]) -> SpeechSession:
        """For one socket; `query` is of the hosted URL. Raises `InvalidRequest`."""

    @abstractmethod
    def tap(self) -> SpeechTap: ...

    @abstractmethod
    def passing_aim(self, given: Sequence[tuple[str, str]], *, model: str) -> Aim:
        """What of a caller's query goes on to an endpoint of the same format."""

    @abstractmethod
    def write_socket_error(self, *, code: str, message: str) -> bytes:
        """The text message that tells of a failure."""
