"""Vapi's custom voice: a `voice-request` message in, raw PCM out.

The format's own page is docs/formats/vapi-voice.md.
"""

from collections.abc import Mapping
from typing import Any

from wire import pcm
from wire.errors import InvalidRequest, StrayMessage
from wire.members import dumps, join_members, read_member, split_members
from wire.voice.base import HostedVoiceFormat, VoiceCall, VoiceRequest
from wire.voice.capabilities import VoiceCapabilities
from wire.voice.fields import read_string, read_text
from wire.voice.sound import PCM, Sound, at_least

_RATES = (8000, 16_000, 22_050, 24_000)
_WRAPPERS = ("message", "messsage")  # Vapi's own documents spell it in both ways
_TYPE = "voice-request"


class VapiVoice(HostedVoiceFormat):
    name = "vapi-voice"
    label = "Vapi custom voice"
    hosted = "/vapi/voice"
    paths = ("/vapi/voice",)
    capabilities = VoiceCapabilities()

    def read_request(self, body: bytes, *, accept: str = "") -> VoiceRequest:
        fields = split_members(body)
        message = _message(fields)
        return VoiceRequest(
            wire_format=self.name,
            text=read_text(message, "text"),
            voice=_string(_object(_object(message, "assistant"), "voice"), "voiceId"),
            language=None,
            accepts=(Sound(PCM, _rate(message)),),
            instructions=None,
            fields=fields,
            call_id=_string(_object(message, "call"), "id"),
        )

    def pass_call(
        self, request: VoiceRequest, *, model: str, settings: Mapping[str, Any]
    ) -> VoiceCall:
        """Members that are not changed keep their bytes and their order."""
        fields = dict(request.fields)
        if model:
            name = next(name for name in _WRAPPERS if name in fields)
            fields[name] = _with_voice(_object(fields, name), model)
        return VoiceCall(join_members(fields), request.accepts[0])

    def form(self, wanted: Sound) -> Sound | None:
        return None if wanted.packed else Sound(PCM, at_least(wanted.rate, _RATES))

    def write_call(
        self, request: VoiceRequest, asked: Sound, *, model: str, settings: Mapping[str, Any]
    ) -> VoiceCall:
        message: dict[str, Any] = {
            "type": _TYPE,
            "text": request.text,
            "sampleRate": asked.rate,
        }
        if voice := model or request.voice:
            message["assistant"] = {"voice": {"provider": "custom-voice", "voiceId": voice}}
        return VoiceCall(dumps({"message": message}), asked)


def _message(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """Raises `StrayMessage` for one that asks for no voice."""
    name = next((name for name in _WRAPPERS if name in fields), "")
    if not name:
        raise InvalidRequest("`message` is missing.", "message")
    message = split_members(bytes(fields[name]))
    kind = read_string(message, "type")
    if kind != _TYPE and "text" not in message:
        raise StrayMessage(f"`message.type` is not `{_TYPE}`.", "message.type")
    return message


def _rate(message: Mapping[str, Any]) -> int:
    rate = read_member(message, "sampleRate", int)
    if rate is None or not pcm.LEAST_RATE <= rate <= pcm.MOST_RATE:
        raise InvalidRequest("`sampleRate` must be a rate in Hz, such as 24000.", "sampleRate")
    return rate


def _object(fields: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The members of a member, none of what is no object: it is only looked at for names."""
    member = bytes(fields.get(name, b"")).strip()
    return dict(split_members(member)) if member.startswith(b"{") else {}


def _string(fields: Mapping[str, Any], name: str) -> str | None:
    try:
        return read_string(fields, name)
    except InvalidRequest:
        return None


def _with_voice(message: dict[str, Any], voice: str) -> Any:
    assistant = _object(message, "assistant")
    named = {"provider": "custom-voice", **_object(assistant, "voice"), "voiceId": voice}
    assistant["voice"] = named
    return {**message, "assistant": assistant}
