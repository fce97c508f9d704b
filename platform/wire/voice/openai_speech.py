"""OpenAI's `/v1/audio/speech`: what OpenAI SDKs send and many TTS servers answer.

The format's own page is docs/formats/openai-speech.md.
"""

from collections.abc import Mapping
from typing import Any

from wire.errors import InvalidRequest
from wire.members import join_members, raw, read_member, split_members
from wire.settings import DROP_FIELDS, without_dropped
from wire.voice.base import OCTETS, HostedVoiceFormat, VoiceCall, VoiceRequest
from wire.voice.capabilities import VoiceCapabilities
from wire.voice.events import SSE, EventReader, EventWriter, is_events
from wire.voice.fields import VOICE, read_string, read_text, voice_of, without_nulls
from wire.voice.readers import SoundReader, reader_of
from wire.voice.sound import PCM, WAV, Opening, Sound, opening
from wire.voice.writers import BodyWriter, SoundWriter

_RATE = 24_000
_TYPES = {
    PCM: "audio/pcm",
    WAV: "audio/wav",
    "mp3": "audio/mpeg",
    "opus": "audio/opus",
    "aac": "audio/aac",
    "flac": "audio/flac",
}
_ACCEPTS_EVENTS = f"{SSE}, */*;q=0.1"


class OpenAISpeech(HostedVoiceFormat):
    name = "openai-speech"
    label = "OpenAI speech"
    hosted = "/v1"
    paths = ("/v1/audio/speech", "/audio/speech")
    settings = (VOICE, DROP_FIELDS)
    capabilities = VoiceCapabilities(
        instructions=True, speed=True, mp3=True, packed=True, usage=True
    )

    def read_request(self, body: bytes, *, accept: str = "") -> VoiceRequest:
        fields = split_members(body)
        speed = read_member(fields, "speed", float)
        return VoiceRequest(
            wire_format=self.name,
            text=read_text(fields, "input"),
            voice=_voice(fields),
            language=None,
            accepts=(_form(read_string(fields, "response_format")),),
            instructions=read_string(fields, "instructions"),
            fields=fields,
            speed=None if speed == 1 else speed,
            events=_events(read_string(fields, "stream_format")),
        )

    def pass_call(
        self, request: VoiceRequest, *, model: str, settings: Mapping[str, Any]
    ) -> VoiceCall:
        """Members that are not changed keep their bytes and their order."""
        fields = without_dropped(request.fields, settings)
        if model:
            fields["model"] = raw(model)
        if settings.get(VOICE.name):
            fields["voice"] = raw(settings[VOICE.name])
        accept = _ACCEPTS_EVENTS if request.events else f"{OCTETS}, */*;q=0.1"
        return VoiceCall(join_members(fields), request.accepts[0], accept)

    def takes(self, found: Opening, request: VoiceRequest) -> bool:
        """What servers send in place of a file, SDKs save under its name; samples must be such."""
        return found.events == request.events and (
            found.sound.kind == PCM or request.accepts[0].kind != PCM
        )

    def content_type(self, request: VoiceRequest, sound: Sound) -> str:
        return f"{SSE}; charset=utf-8" if request.events else _TYPES[sound.kind]

    def writer(self, request: VoiceRequest, sound: Sound) -> SoundWriter:
        return EventWriter(sound) if request.events else BodyWriter(sound)

    def form(self, wanted: Sound) -> Sound | None:
        return wanted if wanted.packed else Sound(PCM, _RATE)

    def write_call(
        self, request: VoiceRequest, asked: Sound, *, model: str, settings: Mapping[str, Any]
    ) -> VoiceCall:
        body = {
            "model": model or None,
            "input": request.text,
            "voice": voice_of(request.voice, settings) or "alloy",
            "instructions": request.instructions,
            "response_format": asked.kind,
            "speed": request.speed,
        }
        return VoiceCall(without_nulls(without_dropped(body, settings)), asked)

    def opening(
        self, asked: Sound, content_type: str, start: bytes, *, whole: bool
    ) -> Opening | str | None:
        if is_events(content_type, start):
            return Opening(asked, events=True)
        return opening(asked, content_type, start, whole=whole)

    def reader(self, found: Opening) -> SoundReader:
        return EventReader(found.sound) if found.events else reader_of(found.sound)


def _form(name: str | None) -> Sound:
    kind = name or "mp3"
    if kind not in _TYPES:
        kinds = ", ".join(sorted(_TYPES))
        raise InvalidRequest(f"`response_format` must be one of {kinds}.", "response_format")
    return Sound(kind, _RATE if kind in (PCM, WAV) else 0)


def _events(name: str | None) -> bool:
    if name not in (None, "audio", "sse"):
        raise InvalidRequest("`stream_format` must be `audio` or `sse`.", "stream_format")
    return name == "sse"


def _voice(fields: Mapping[str, Any]) -> str | None:
    """A name, or an object with an `id`."""
    member = bytes(fields.get("voice", b"null"))
    if not member.startswith(b"{"):
        return read_string(fields, "voice")
    return read_string(split_members(member), "id")
