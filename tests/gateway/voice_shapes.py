"""Voice formats as their servers and callers speak them, by hand: what their pairs are run with."""

import json
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2 as httpx

from tests.upstreams.script import Seen, head

TEXT = "Grüße, wie geht's? 👋"
RAW_TYPE = "application/octet-stream"


@dataclass(frozen=True)
class Caller:
    """`body` is for a rate in Hz, `headers` and `packed` for MP3; `heard` takes samples out."""

    path: str
    body: Callable[[int], dict[str, Any]]
    rates: tuple[int, ...]
    kind: str
    headers: Callable[[int], dict[str, str]] = lambda rate: {}
    packed: Mapping[str, Any] | None = None
    packed_headers: Mapping[str, str] = field(default_factory=dict)
    heard: Callable[[bytes], bytes] = bytes
    error: Callable[[Any], str] = lambda body: str(body["error"]["message"])
    tells: bool = False  # an error after the sound has begun


@dataclass(frozen=True)
class Server:
    """`told` is what a request says: text, voice, and the rate or MP3; `kind` declares a form."""

    path: str
    told: Callable[[Seen], tuple[str, str, int | str]]
    kind: Callable[[int | str], str] = lambda form: RAW_TYPE
    error: Mapping[str, Any] = field(default_factory=lambda: {"error": {"message": "Too fast."}})
    packs: bool = True

    def head(self, form: int | str) -> bytes:
        kind = "audio/mpeg" if form == "mp3" else self.kind(form)
        return head(200, ("content-type", kind), ("transfer-encoding", "chunked"))


def _rymi(rate: int) -> dict[str, Any]:
    return {"text": TEXT, "voice": "v-1", "language": "de-DE", "format": f"pcm_{rate}",
            "instructions": "warm"}  # fmt: skip


def _openai(**more: Any) -> Callable[[int], dict[str, Any]]:
    return lambda rate: {"model": "any", "input": TEXT, "voice": "v-1", "instructions": "warm",
                         "response_format": "pcm", "speed": 1.5, **more}  # fmt: skip


def _jambonz(rate: int) -> dict[str, Any]:
    return {"language": "de-DE", "voice": "v-1", "type": "text", "text": TEXT}


def _vapi(rate: int) -> dict[str, Any]:
    voice = {"provider": "custom-voice", "voiceId": "v-1"}
    message = {"type": "voice-request", "text": TEXT, "sampleRate": rate, "timestamp": 1}
    return {"message": {**message, "call": {"id": "c-1"}, "assistant": {"voice": voice}}}


def _events(body: bytes) -> bytes:
    lines = [json.loads(line[6:]) for line in body.decode().split("\n\n") if line]
    return b"".join(b64decode(line["audio"]) for line in lines if "audio" in line)


CALLERS = {
    "rymi-tts": Caller("/tts", _rymi, (24_000, 8000, 44_100), RAW_TYPE),
    "openai-speech": Caller(
        "/v1/audio/speech", _openai(), (24_000,), "audio/pcm",
        packed=_openai(response_format="mp3")(0),
    ),
    "openai-speech wav": Caller(
        "/audio/speech", _openai(response_format="wav"), (24_000,), "audio/wav",
        heard=lambda body: body[44:],
    ),
    "openai-speech sse": Caller(
        "/v1/audio/speech", _openai(stream_format="sse"), (24_000,),
        "text/event-stream; charset=utf-8", heard=_events, tells=True,
    ),
    "jambonz-tts": Caller(
        "/jambonz/tts", _jambonz, (24_000, 8000), "audio/l16;rate={rate}",
        headers=lambda rate: {"accept": f"audio/l16;rate={rate}"},
        packed=_jambonz(0), packed_headers={"accept": "audio/mpeg"},
        error=lambda body: str(body["error"]),
    ),
    "vapi-voice": Caller("/vapi/voice", _vapi, (24_000, 16_000), RAW_TYPE),
}  # fmt: skip


def _query(seen: Seen) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(seen.target).query).items()}


def _rate(name: str) -> int | str:
    return int(name.removeprefix("pcm_")) if name.startswith("pcm_") else "mp3"


def _told_rymi(seen: Seen) -> tuple[str, str, int | str]:
    body = seen.json()
    return body["text"], body["voice"], _rate(body["format"])


def _told_openai(seen: Seen) -> tuple[str, str, int | str]:
    body = seen.json()
    assert body["model"] == "house"
    return body["input"], body["voice"], 24_000 if body["response_format"] == "pcm" else "mp3"


def _told_jambonz(seen: Seen) -> tuple[str, str, int | str]:
    body, accept = seen.json(), seen.header("accept") or ""
    found = accept.partition("rate=")[2].partition(",")[0]
    return body["text"], body["voice"], int(found) if found else "mp3"


def _told_elevenlabs(seen: Seen) -> tuple[str, str, int | str]:
    *_, voice, last = urlsplit(seen.target).path.split("/")
    assert (last, seen.json()["model_id"]) == ("stream", "house")
    return seen.json()["text"], voice, _rate(_query(seen)["output_format"])


def _told_deepgram(seen: Seen) -> tuple[str, str, int | str]:
    query = _query(seen)
    assert query["encoding"] == "mp3" or query["container"] == "none"
    return seen.json()["text"], query["model"], int(query.get("sample_rate", 0)) or "mp3"


def _told_cartesia(seen: Seen) -> tuple[str, str, int | str]:
    body = seen.json()
    assert (body["model_id"], seen.header("cartesia-version")) == ("house", "2025-04-16")
    form = body["output_format"]
    rate = "mp3" if form["container"] == "mp3" else form["sample_rate"]
    return body["transcript"], body["voice"]["id"], rate


def _told_vapi(seen: Seen) -> tuple[str, str, int | str]:
    message = seen.json()["message"]
    assert message["type"] == "voice-request"
    return message["text"], message["assistant"]["voice"]["voiceId"], message["sampleRate"]


SERVERS = {
    "rymi-tts": Server("/tts", _told_rymi, packs=False),
    "openai-speech": Server("/v1/audio/speech", _told_openai, kind=lambda form: "audio/pcm"),
    "jambonz-tts": Server(
        "/tts", _told_jambonz, kind=lambda form: f"audio/l16;rate={form}",
        error={"error": "Too fast."},
    ),
    "elevenlabs-tts": Server(
        "/v1/text-to-speech", _told_elevenlabs,
        error={"detail": {"status": "slow_down", "message": "Too fast."}},
    ),
    "deepgram-aura": Server(
        "/v1/speak", _told_deepgram, error={"err_code": "slow_down", "err_msg": "Too fast."}
    ),
    "cartesia": Server("/tts/bytes", _told_cartesia, error={"message": "Too fast."}),
    "vapi-voice": Server("/voice", _told_vapi, packs=False),
}  # fmt: skip

LANGUAGE = {"language", "language_code"}
NAMED = {
    "the language of the text": LANGUAGE,
    "instructions for the style of speaking": {"instructions"},
    "the speed of speaking": {"speed"},
}
"""Which members of requests say what can be lost."""


def said(error: httpx.Response, caller: Caller) -> str:
    return caller.error(error.json())
