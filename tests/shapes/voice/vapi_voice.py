"""Vapi's custom voice."""

from typing import Any

from tests.shapes.voice.shape import RAW_TYPE, TEXT, Caller, Server
from tests.upstreams.script import Seen


def _asked(rate: int) -> dict[str, Any]:
    voice = {"provider": "custom-voice", "voiceId": "v-1"}
    message = {"type": "voice-request", "text": TEXT, "sampleRate": rate, "timestamp": 1}
    return {"message": {**message, "call": {"id": "c-1"}, "assistant": {"voice": voice}}}


def _told(seen: Seen) -> tuple[str, str, int | str]:
    message = seen.json()["message"]
    assert message["type"] == "voice-request"
    return message["text"], message["assistant"]["voice"]["voiceId"], message["sampleRate"]


CALLER = Caller("/vapi/voice", _asked, (24_000, 16_000), RAW_TYPE)
SERVER = Server("/voice", _told, packs=False, model_is_voice=True)
