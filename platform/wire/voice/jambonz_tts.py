"""jambonz' custom TTS over HTTP: a JSON object in; MP3, a WAV file or L16 out.

The format's own page is docs/formats/jambonz-tts.md.
"""

import html
import re
from collections.abc import Mapping
from typing import Any

from wire.errors import InvalidRequest
from wire.members import dumps, join_members, raw, split_members
from wire.voice.base import OCTETS, HostedVoiceFormat, VoiceCall, VoiceRequest
from wire.voice.capabilities import VoiceCapabilities
from wire.voice.fields import read_string, read_text, without_nulls
from wire.voice.sound import PCM, WAV, Opening, Sound, at_least, mp3_or_pcm

_RATES = (8000, 16_000, 24_000, 32_000, 48_000)
_RATE = 24_000
_KINDS = {
    "audio/mpeg": "mp3",
    "audio/mp3": "mp3",
    "audio/wav": WAV,
    "audio/x-wav": WAV,
    "audio/l16": PCM,
}
_ANY = ("*/*", "audio/*")
_TYPES = {"mp3": "audio/mpeg", WAV: "audio/wav", PCM: "audio/l16"}
_TAG = re.compile(r"<[^<>]*>")
_WANTED_RATE = re.compile(r";\s*rate=([0-9]{4,5})")
_MANY = 16


class JambonzTTS(HostedVoiceFormat):
    name = "jambonz-tts"
    label = "jambonz TTS"
    hosted = "/jambonz/tts"
    paths = ("/jambonz/tts",)
    capabilities = VoiceCapabilities(language=True, ssml=True, mp3=True)

    def read_request(self, body: bytes, *, accept: str = "") -> VoiceRequest:
        fields = split_members(body)
        text = read_text(fields, "text")
        tagged = read_string(fields, "type") == "ssml" or text.lstrip().startswith("<speak")
        return VoiceRequest(
            wire_format=self.name,
            text=_spoken(text) if tagged else text,
            voice=read_string(fields, "voice"),
            language=read_string(fields, "language"),
            accepts=_accepted(accept),
            instructions=None,
            fields=fields,
        )

    def pass_call(
        self, request: VoiceRequest, *, model: str, settings: Mapping[str, Any]
    ) -> VoiceCall:
        """Members that are not changed keep their bytes and their order."""
        fields = dict(request.fields)
        if model:
            fields["voice"] = raw(model)
        accept = ", ".join(dict.fromkeys(map(_media_type, request.accepts)))
        return VoiceCall(join_members(fields), request.accepts[0], accept)

    def takes(self, found: Opening, request: VoiceRequest) -> bool:
        """It is the content type that tells jambonz what an answer is."""
        return True

    def content_type(self, request: VoiceRequest, sound: Sound) -> str:
        """jambonz compares the whole of it."""
        return _media_type(sound)

    def form(self, wanted: Sound) -> Sound | None:
        return mp3_or_pcm(wanted, _RATES)

    def write_call(
        self, request: VoiceRequest, asked: Sound, *, model: str, settings: Mapping[str, Any]
    ) -> VoiceCall:
        body = {
            "language": request.language,
            "voice": model or request.voice or "default",
            "type": "text",
            "text": request.text,
        }
        accept = _media_type(asked)
        if not asked.packed:
            accept = f"{accept}, audio/wav;q=0.9"
        return VoiceCall(without_nulls(body), asked, accept)

    def write_error(
        self, *, status: int, code: str, message: str, param: str | None = None
    ) -> bytes:
        return dumps({"error": message, "code": code})


def _media_type(sound: Sound) -> str:
    declared = _TYPES.get(sound.kind, OCTETS)
    return f"{declared};rate={sound.rate}" if sound.kind == PCM else declared


def _accepted(header: str) -> tuple[Sound, ...]:
    """In the order of the header. Who takes anything is given L16, which costs no time."""
    found: list[Sound] = []
    for part in (header or "*/*").lower().split(",")[:_MANY]:
        kind = _KINDS.get(part.partition(";")[0].strip())
        if kind == "mp3":
            found.append(Sound("mp3"))
        elif kind is not None:
            named = _WANTED_RATE.search(part)
            found.append(Sound(kind, at_least(int(named[1]) if named else _RATE, _RATES)))
        elif part.strip().startswith(_ANY):
            found += [Sound(PCM, _RATE), Sound("mp3")]
    return tuple(dict.fromkeys(found)) or (Sound(PCM, _RATE),)


def _spoken(ssml: str) -> str:
    """What SSML says, without how."""
    text = html.unescape(" ".join(_TAG.sub(" ", ssml).split()))
    if not text:
        raise InvalidRequest("`text` says nothing.", "text")
    return text
