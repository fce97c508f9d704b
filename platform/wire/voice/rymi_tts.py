"""Rymi's TTS contract: a JSON object in, a stream of raw PCM out.

The format's own page is docs/formats/rymi-tts.md.
"""

from collections.abc import Mapping
from typing import Any

from msgspec import Raw

from wire import pcm
from wire.errors import InvalidRequest
from wire.members import join_members, raw, split_members
from wire.voice.base import HostedVoiceFormat, VoiceCall, VoiceRequest
from wire.voice.capabilities import VoiceCapabilities
from wire.voice.fields import read_string, read_text, without_nulls
from wire.voice.sound import PCM, Opening, Sound


class RymiTTS(HostedVoiceFormat):
    name = "rymi-tts"
    label = "Rymi TTS"
    hosted = "/tts"
    paths = ("/tts",)
    capabilities = VoiceCapabilities(language=True, instructions=True)

    def read_request(self, body: bytes, *, accept: str = "") -> VoiceRequest:
        fields = split_members(body)
        return VoiceRequest(
            wire_format=self.name,
            text=read_text(fields, "text"),
            voice=read_string(fields, "voice"),
            language=read_string(fields, "language"),
            accepts=(Sound(PCM, _rate(read_string(fields, "format"))),),
            instructions=read_string(fields, "instructions"),
            fields=fields,
        )

    def pass_call(
        self, request: VoiceRequest, *, model: str, settings: Mapping[str, Any]
    ) -> VoiceCall:
        """Members that are not changed keep their bytes and their order."""
        fields = dict(request.fields)
        if fields.get("format", _NULL) == _NULL:
            fields["format"] = raw(f"pcm_{request.accepts[0].rate}")
        if model:
            fields["voice"] = raw(model)
        return VoiceCall(join_members(fields), request.accepts[0])

    def form(self, wanted: Sound) -> Sound | None:
        return None if wanted.packed else Sound(PCM, wanted.rate)

    def write_call(
        self, request: VoiceRequest, asked: Sound, *, model: str, settings: Mapping[str, Any]
    ) -> VoiceCall:
        """The contract demands a voice and a language, though they may say nothing."""
        body = {
            "text": request.text,
            "voice": model or request.voice or "default",
            "language": request.language or "en-US",
            "format": f"pcm_{asked.rate}",
            "instructions": request.instructions,
        }
        return VoiceCall(without_nulls(body), asked)

    def opening(
        self, asked: Sound, content_type: str, start: bytes, *, whole: bool
    ) -> Opening | str | None:
        """The contract promises raw PCM, and nothing else is played."""
        declared = content_type.partition(";")[0].strip().lower()
        found = pcm.what_is(declared, start, whole=whole)
        return Opening(asked) if found == pcm.PCM else found


_NULL = Raw(b"null")


def _rate(name: str | None) -> int:
    rate = pcm.DEFAULT_RATE if name is None else pcm.rate_of(name)
    if rate is None:
        raise InvalidRequest("`format` must be `pcm_` and a rate, such as `pcm_24000`.", "format")
    return rate
