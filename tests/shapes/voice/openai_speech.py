"""OpenAI's speech."""

import json
from base64 import b64decode
from collections.abc import Callable
from typing import Any

from tests.shapes.voice.shape import TEXT, Caller, Server
from tests.upstreams.script import Seen


def _asked(**more: Any) -> Callable[[int], dict[str, Any]]:
    return lambda rate: {"model": "any", "input": TEXT, "voice": "v-1", "instructions": "warm",
                         "response_format": "pcm", "speed": 1.5, **more}  # fmt: skip


def _events(body: bytes) -> bytes:
    lines = [json.loads(line[6:]) for line in body.decode().split("\n\n") if line]
    return b"".join(b64decode(line["audio"]) for line in lines if "audio" in line)


def _told(seen: Seen) -> tuple[str, str, int | str]:
    body = seen.json()
    assert body["model"] == "house"
    return body["input"], body["voice"], 24_000 if body["response_format"] == "pcm" else "mp3"


CALLER = Caller(
    "/v1/audio/speech", _asked(), (24_000,), "audio/pcm",
    packed=_asked(response_format="mp3")(0),
)  # fmt: skip
VARIANTS = {
    "wav": Caller(
        "/audio/speech", _asked(response_format="wav"), (24_000,), "audio/wav",
        heard=lambda body: body[44:],
    ),
    "sse": Caller(
        "/v1/audio/speech", _asked(stream_format="sse"), (24_000,),
        "text/event-stream; charset=utf-8", heard=_events, tells=True,
    ),
}  # fmt: skip
SERVER = Server("/v1/audio/speech", _told, kind=lambda form: "audio/pcm")
