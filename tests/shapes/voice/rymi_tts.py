"""Rymi's TTS."""

from typing import Any

from tests.shapes.voice.shape import RAW_TYPE, TEXT, Caller, Server, rate_of
from tests.upstreams.script import Seen


def _asked(rate: int) -> dict[str, Any]:
    return {"text": TEXT, "voice": "v-1", "language": "de-DE", "format": f"pcm_{rate}",
            "instructions": "warm"}  # fmt: skip


def _told(seen: Seen) -> tuple[str, str, int | str]:
    body = seen.json()
    return body["text"], body["voice"], rate_of(body["format"])


CALLER = Caller("/tts", _asked, (24_000, 8000, 44_100), RAW_TYPE)
SERVER = Server("/tts", _told, packs=False, model_is_voice=True)
