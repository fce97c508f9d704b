"""What a transcriber wire format is."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar, NamedTuple

from wire.aim import Aim
from wire.base import HostedFormat, WireFormat
from wire.events import CallerWord, TranscriberEvent
from wire.llm.base import Stamp
from wire.members import dumps
from wire.transcriber.capabilities import TranscriberCapabilities
from wire.transcriber.opening import Opening

_AS_IT_IS = Aim()


class Message(NamedTuple):
    """What goes over a WebSocket as one."""

    data: bytes
    is_text: bool = False


class CallerSide(ABC):
    """One session as its caller speaks it. Binary messages are audio, as `opening` has it.

    `opened`: the audio is known; else a message tells of it, and `opening` is what is most likely.
    `empty_closes`: an empty binary message is the word `close`. `trims`: what is left of a binary
    message beyond whole samples is nothing. `says_errors`: there is a message for an error; else
    the close says it.

    `channel` is the one of its audio that this side hears and tells of; `channels` how many its
    caller wants heard, each by a side of its own.
    """

    empty_closes: ClassVar[bool] = False
    trims: ClassVar[bool] = False
    says_errors: ClassVar[bool] = True

    def __init__(self, opening: Opening, *, opened: bool = True) -> None:
        self.opening = opening
        self.opened = opened
        self.channel = 0

    @property
    def channels(self) -> int:
        return 1

    @abstractmethod
    def hear(self, text: bytes) -> Sequence[CallerWord] | None:
        """What a text message asks for; `None` for one that the format does not know."""

    @abstractmethod
    def tell(self, events: Sequence[TranscriberEvent], at: float) -> list[bytes]:
        """Text messages for events that come at once; those without a word for it are left out.

        `at` is how many seconds of audio came before.
        """

    def bye(self, at: float) -> list[bytes]:
        """The last text messages of a session that ends well."""
        return []


class EndpointSide(ABC):
    """One session as its endpoint speaks it, which is given 16 bit mono at `rate` (Hz).

    `aim` is for the endpoint's URL. `ends_utterances`: it says when a speaker has stopped.
    `finalizes`: it can be asked for a final. `closes`: there is a word at which it ends the
    session; else the WebSocket is closed. `flushes`: before that end it gives what it still owes.
    `keep_alive` is a text message that it must get where nothing else is sent.
    """

    ends_utterances: ClassVar[bool] = True
    finalizes: ClassVar[bool] = True
    closes: ClassVar[bool] = True
    flushes: ClassVar[bool] = False
    keep_alive: ClassVar[bytes] = b""

    def __init__(self, rate: int, aim: Aim = _AS_IT_IS) -> None:
        self.rate = rate
        self.aim = aim

    def begin(self, opening: Opening) -> list[Message]:
        """What comes before all audio."""
        return []

    def audio(self, pcm: bytes) -> list[Message]:
        return [Message(pcm)]

    @abstractmethod
    def finalize(self) -> list[Message]: ...

    @abstractmethod
    def close(self) -> list[Message]: ...

    @abstractmethod
    def hear(self, text: bytes) -> Sequence[TranscriberEvent] | None:
        """What a text message says; `None` for one that the format does not know."""

    def ended(self) -> list[TranscriberEvent]:
        """What was said and not told yet, when nothing more comes."""
        return []


class TranscriberFormat(WireFormat):
    """The endpoint's side of a wire format. Pure: messages in, values or messages out."""

    channel: ClassVar[str] = "transcriber"
    scheme: ClassVar[str] = "wss"
    capabilities: ClassVar[TranscriberCapabilities]

    @abstractmethod
    def endpoint_side(self, opening: Opening, *, model: str) -> EndpointSide: ...

    def write_socket_error(self, *, code: str, message: str) -> bytes:
        """The text message before the close of a session that has failed; empty for none."""
        return dumps({"type": "error", "message": message, "code": code})


class HostedTranscriberFormat(TranscriberFormat, HostedFormat):
    """A wire format that callers speak too."""

    @abstractmethod
    def caller_side(self, query: Mapping[str, str], stamp: Stamp) -> CallerSide:
        """`query` is of the hosted URL."""

    def passing_aim(self, given: Sequence[tuple[str, str]], *, model: str) -> Aim:
        """What of a caller's query goes on to an endpoint of the same format."""
        return _AS_IT_IS

    def write_error(
        self, *, status: int, code: str, message: str, param: str | None = None
    ) -> bytes:
        return dumps({"type": "error", "message": message, "code": code, "param": param})
