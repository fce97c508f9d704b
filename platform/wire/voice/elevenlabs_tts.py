"""ElevenLabs' text to speech over HTTP, as endpoints speak it.

The format's own page is docs/formats/elevenlabs-tts.md.
"""

from collections.abc import Mapping
from typing import Any

from wire.aim import Aim
from wire.events import Failure
from wire.members import loads
from wire.openai.chunks import describe
from wire.openai.errors import read_error
from wire.settings import DROP_FIELDS, without_dropped
from wire.voice.base import VoiceCall, VoiceFormat, VoiceRequest
from wire.voice.capabilities import VoiceCapabilities
from wire.voice.fields import VOICE, short_language, voice_of, without_nulls
from wire.voice.sound import Sound, mp3_or_pcm

_RATES = (8000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
_MP3 = "mp3_44100_128"


class ElevenLabsTTS(VoiceFormat):
    name = "elevenlabs-tts"
    label = "ElevenLabs text to speech"
    settings = (VOICE, DROP_FIELDS)
    capabilities = VoiceCapabilities(language=True, mp3=True)

    def form(self, wanted: Sound) -> Sound | None:
        return mp3_or_pcm(wanted, _RATES)

    def write_call(
        self, request: VoiceRequest, asked: Sound, *, model: str, settings: Mapping[str, Any]
    ) -> VoiceCall:
        """A URL that names no voice gets the voice, and one that does stays as it is."""
        body = {
            "text": request.text,
            "model_id": model or None,
            "language_code": short_language(request.language),
        }
        form = _MP3 if asked.packed else f"pcm_{asked.rate}"
        aim = Aim(
            below="/text-to-speech",
            path=(voice_of(request.voice, settings) or "", "stream"),
            query=(("output_format", form),),
        )
        return VoiceCall(without_nulls(without_dropped(body, settings)), asked, aim=aim)

    def read_error(self, body: bytes) -> Failure:
        """`detail` holds an object with a message, or a list of what is wrong with members."""
        try:
            value = loads(body)
        except ValueError:
            return read_error(body)
        detail = value.get("detail") if isinstance(value, dict) else None
        if isinstance(detail, list) and detail and isinstance(detail[0], dict):
            detail = {"message": detail[0].get("msg"), "code": detail[0].get("type")}
        if not isinstance(detail, dict):
            return read_error(body)
        return describe({**detail, "code": detail.get("code") or detail.get("status")})
