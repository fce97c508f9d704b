"""What a voice wire format is."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from wire.aim import Aim
from wire.base import HostedFormat, WireFormat
from wire.dialogue import Dialogue
from wire.events import Failure
from wire.openai import errors
from wire.voice.capabilities import VoiceCapabilities
from wire.voice.readers import SoundReader, reader_of
from wire.voice.sound import Opening, Sound, opening
from wire.voice.writers import BodyWriter, SoundWriter

OCTETS = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class VoiceRequest:
    """A text to be spoken. `wire_format` names the ingress format.

    `accepts` are the forms of sound that the caller can take, the best first; `events`: in events
    of a stream. `speed` is 1 for the voice's own. `fields` holds the top-level members in the
    ingress format's own terms, their bytes untouched.
    """

    wire_format: str
    text: str
    voice: str | None
    language: str | None
    accepts: tuple[Sound, ...]
    instructions: str | None
    fields: Mapping[str, Any] = field(repr=False)
    speed: float | None = None
    events: bool = False
    call_id: str | None = None

    @property
    def characters(self) -> int:
        """Unicode code points to speak."""
        return len(self.text)


@dataclass(frozen=True, slots=True)
class VoiceCall:
    """What goes to an endpoint; `asked` is the form of sound that is asked for.

    With a `dialogue` a WebSocket is dialled for it, and `body` and `accept` say nothing.
    """

    body: bytes
    asked: Sound
    accept: str = f"{OCTETS}, */*;q=0.1"
    headers: tuple[tuple[str, str], ...] = ()
    aim: Aim | None = None
    dialogue: Dialogue | None = None


class VoiceFormat(WireFormat):
    """The endpoint's side of a wire format. Pure: bytes in, bytes or values out."""

    channel: ClassVar[str] = "voice"
    capabilities: ClassVar[VoiceCapabilities]

    @abstractmethod
    def form(self, wanted: Sound) -> Sound | None:
        """The form to ask for where `wanted` is to be given; `None` if that cannot be made of any.

        PCM, also in a WAV file, can be made of PCM of any rate, and what is packed of nothing.
        """

    @abstractmethod
    def write_call(
        self, request: VoiceRequest, asked: Sound, *, model: str, settings: Mapping[str, Any]
    ) -> VoiceCall:
        """A request in this format's terms; `asked` is what `form` gave. Raises `InvalidRequest`
        for what is missing.
        """

    def opening(
        self, asked: Sound, content_type: str, start: bytes, *, whole: bool
    ) -> Opening | str | None:
        """What a 2xx answer is (see `wire.voice.sound`)."""
        return opening(asked, content_type, start, whole=whole)

    def reader(self, found: Opening) -> SoundReader:
        """Takes the sound out of an answer that begins so."""
        return reader_of(found.sound)

    def read_error(self, body: bytes) -> Failure:
        """The body of an endpoint's 4xx or 5xx."""
        return errors.read_error(body)


class HostedVoiceFormat(VoiceFormat, HostedFormat):
    """A wire format that callers speak too."""

    @abstractmethod
    def read_request(self, body: bytes, *, accept: str = "") -> VoiceRequest:
        """`accept` is the caller's header of that name. Raises `InvalidRequest`."""

    @abstractmethod
    def pass_call(
        self, request: VoiceRequest, *, model: str, settings: Mapping[str, Any]
    ) -> VoiceCall:
        """A caller's request for an endpoint of the same format: what is not changed keeps its
        bytes.
        """

    def takes(self, found: Opening, request: VoiceRequest) -> bool:
        """Whether an answer of the same format reaches the caller byte for byte."""
        kinds = {each.kind for each in request.accepts}
        return found.events == request.events and found.sound.kind in kinds

    def content_type(self, request: VoiceRequest, sound: Sound) -> str:
        """What an answer in that form is declared as."""
        return OCTETS

    def writer(self, request: VoiceRequest, sound: Sound) -> SoundWriter:
        """Writes an answer in that form, which is one that the caller accepts."""
        return BodyWriter(sound)

    def write_error(
        self, *, status: int, code: str, message: str, param: str | None = None
    ) -> bytes:
        """The error object of the LLM side, where a format names no shape of its own."""
        return errors.write_error(status=status, code=code, message=message, param=param)
