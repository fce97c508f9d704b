"""Cartesia's `/tts/bytes`, as endpoints speak it.

The format's own page is docs/formats/cartesia.md.
"""

from collections.abc import Mapping
from typing import Any

from wire.errors import InvalidRequest
from wire.settings import DROP_FIELDS, without_dropped
from wire.voice.base import VoiceCall, VoiceFormat, VoiceRequest
from wire.voice.capabilities import VoiceCapabilities
from wire.voice.fields import VOICE, short_language, voice_of, without_nulls
from wire.voice.sound import Sound, mp3_or_pcm

VERSION = ("cartesia-version", "2025-04-16")
_RATES = (8000, 16_000, 22_050, 24_000, 44_100, 48_000)
_MP3 = {"container": "mp3", "sample_rate": 44_100, "bit_rate": 128_000}


class Cartesia(VoiceFormat):
    name = "cartesia"
    label = "Cartesia"
    settings = (VOICE, DROP_FIELDS)
    capabilities = VoiceCapabilities(language=True, mp3=True)

    def form(self, wanted: Sound) -> Sound | None:
        return mp3_or_pcm(wanted, _RATES)

    def write_call(
        self, request: VoiceRequest, asked: Sound, *, model: str, settings: Mapping[str, Any]
    ) -> VoiceCall:
        voice = voice_of(request.voice, settings)
        if not model or not voice:
            lacks = "`settings.voice`" if model else "`model`"
            raise InvalidRequest(f"Cartesia must be told a model and a voice: set {lacks}.")
        raw = {"container": "raw", "encoding": "pcm_s16le", "sample_rate": asked.rate}
        body = {
            "model_id": model,
            "transcript": request.text,
            "voice": {"mode": "id", "id": voice},
            "output_format": _MP3 if asked.packed else raw,
            "language": short_language(request.language),
        }
        written = without_nulls(without_dropped(body, settings))
        return VoiceCall(written, asked, headers=(VERSION,))
