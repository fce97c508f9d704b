"""Deepgram's `/v1/speak`, as endpoints speak it.

The format's own page is docs/formats/deepgram-aura.md.
"""

from collections.abc import Mapping
from typing import Any

from wire.aim import Aim
from wire.events import Failure
from wire.members import dumps, loads
from wire.openai.chunks import describe
from wire.openai.errors import read_error
from wire.voice.base import VoiceCall, VoiceFormat, VoiceRequest
from wire.voice.capabilities import VoiceCapabilities
from wire.voice.sound import Sound, mp3_or_pcm

_RATES = (8000, 16_000, 24_000, 32_000, 48_000)


class DeepgramAura(VoiceFormat):
    name = "deepgram-aura"
    label = "Deepgram Aura"
    capabilities = VoiceCapabilities(mp3=True)

    def form(self, wanted: Sound) -> Sound | None:
        return mp3_or_pcm(wanted, _RATES)

    def write_call(
        self, request: VoiceRequest, asked: Sound, *, model: str, settings: Mapping[str, Any]
    ) -> VoiceCall:
        """A model is a voice and its language at once."""
        voice = model or request.voice
        aim = Aim(query=_query(asked), unless=(("model", voice),) if voice else ())
        return VoiceCall(dumps({"text": request.text}), asked, aim=aim)

    def read_error(self, body: bytes) -> Failure:
        try:
            value = loads(body)
        except ValueError:
            return read_error(body)
        if not isinstance(value, dict) or "err_msg" not in value:
            return read_error(body)
        return describe({"message": value["err_msg"], "code": value.get("err_code")})


def _query(asked: Sound) -> tuple[tuple[str, str], ...]:
    """Without `container=none` samples come in a WAV file."""
    if asked.packed:
        return (("encoding", asked.kind),)
    rate = str(asked.rate)
    return (("encoding", "linear16"), ("sample_rate", rate), ("container", "none"))
