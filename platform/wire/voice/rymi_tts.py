"""Rymi's TTS contract: a JSON object in, a stream of raw PCM out.

The format's own page is docs/formats/rymi-tts.md.
"""

from collections.abc import Mapping
from typing import Any

from msgspec import Raw

from wire import pcm
from wire.errors import InvalidRequest
from wire.members import join_members, loads, raw, split_members
from wire.openai.errors import write_error
from wire.voice.base import VoiceFormat, VoiceRequest


class RymiTTS(VoiceFormat):
    name = "rymi-tts"
    label = "Rymi TTS"
    hosted = "/tts"
    paths = ("/tts",)

    def read_request(self, body: bytes) -> VoiceRequest:
        fields = split_members(body)
        text = _string(fields, "text")
        if not text:
            fault = "missing" if text is None else "empty"
            raise InvalidRequest(f"`text` is {fault}.", "text")
        return VoiceRequest(
            text=text,
            voice=_string(fields, "voice"),
            language=_string(fields, "language"),
            rate=_rate(_string(fields, "format")),
            instructions=_string(fields, "instructions"),
            fields=fields,
        )

    def write_request(
        self, request: VoiceRequest, *, model: str, settings: Mapping[str, Any]
    ) -> bytes:
        """Members that are not changed keep their bytes and their order."""
        fields = dict(request.fields)
        if fields.get("format", _NULL) == _NULL:
            fields["format"] = raw(f"pcm_{request.rate}")
        if model:
            fields["voice"] = raw(model)
        return join_members(fields)

    def what_is(self, media_type: str, start: bytes, *, whole: bool) -> str | None:
        return pcm.what_is(media_type, start, whole=whole)

    def write_error(
        self, *, status: int, code: str, message: str, param: str | None = None
    ) -> bytes:
        """The contract names no shape: it is the error object of the LLM side."""
        return write_error(status=status, code=code, message=message, param=param)


_NULL = Raw(b"null")


def _string(fields: Mapping[str, Raw], name: str) -> str | None:
    """`None` when it is null or missing. A cut emoji is no fault: texts are cut by machines."""
    member = fields.get(name)
    value = None if member is None else loads(bytes(member))
    if value is None or isinstance(value, str):
        return value
    raise InvalidRequest(f"`{name}` must be a string.", name)


def _rate(name: str | None) -> int:
    rate = pcm.DEFAULT_RATE if name is None else pcm.rate_of(name)
    if rate is None:
        raise InvalidRequest("`format` must be `pcm_` and a rate, such as `pcm_24000`.", "format")
    return rate
