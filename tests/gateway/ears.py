"""Transcriber formats as their callers and servers speak them, by hand: what pairs are run with.

A message, either way, is read as a list of (kind, value): `interim`, `final`, `end`, `start` and
`error` of a server; `audio` (PCM), `finalize` and `close` of a caller.
"""

import json
from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.upstreams.sockets import Session

Said = list[tuple[str, Any]]
Read = Callable[[str | bytes], Said]

ENOUGH = 0.5  # seconds of audio after which a server says a final by itself


@dataclass(frozen=True)
class CallerShape:
    """`url` goes below an agent's base; `opens` are its first messages; audio is 16 bit PCM, and
    silent on channels beyond the first.

    `tells` are the kinds that it can be told.
    """

    url: str
    read: Read
    rate: int = 16_000
    channels: int = 1
    opens: tuple[str, ...] = ()
    finalize: str | None = None
    close: str | None = None
    tells: frozenset[str] = frozenset({"interim", "final", "end", "start"})

    def audio(self, mono: bytes) -> bytes:
        if self.channels == 1:
            return mono
        return b"".join(mono[at : at + 2] + b"\0\0" for at in range(0, len(mono), 2))


@dataclass(frozen=True)
class ServerShape:
    """`says` are messages by what they say; `rate` is what a server reads of its URL, or is 0 where
    a message tells. `asks`: it can be asked for a final. `closes`: a word ends the session.
    """

    read: Read
    says: Mapping[str, Sequence[Mapping[str, Any]]]
    rate: Callable[[str], int] = lambda path: 16_000
    greets: tuple[Mapping[str, Any], ...] = ()
    asks: bool = True
    closes: bool = True
    tells: frozenset[str] = frozenset({"interim", "final", "end", "start"})


@dataclass
class Hearer:
    """A server of a shape: an interim when it hears, a final when it is asked or has heard enough.

    It ends when it is asked to, after what is left to say.
    """

    shape: ServerShape
    heard: bytes = b""
    opening: dict[str, Any] = field(default_factory=dict)
    rate: int = 0
    word: list[str] = field(default_factory=list)
    fails: bool = False
    enough: float = ENOUGH

    async def __call__(self, session: Session) -> None:
        request = session.peer.request
        assert request is not None
        self.rate = self.shape.rate(request.path)
        for message in self.shape.greets:
            await session.peer.send(json.dumps(message))
        interim = final = False
        while True:
            for kind, value in self.shape.read(await session.take()):
                if kind == "opening":
                    self.opening, self.rate = value, value.get("rate") or self.rate
                elif kind == "audio":
                    self.heard += value
                    if not interim:
                        interim = True
                        await self.say(
                            session, *(("error",) if self.fails else ("start", "interim"))
                        )
                    if not final and len(self.heard) > 2 * self.rate * self.enough:
                        final = True
                        await self.say(session, "final", "end")
                else:
                    self.word.append(kind)
                    if not final and (kind == "finalize" or (kind == "close" and interim)):
                        final = True
                        await self.say(session, "final", "end")
                    if kind == "close":
                        return

    async def say(self, session: Session, *names: str) -> None:
        for name in names:
            for message in self.shape.says.get(name, ()):
                await session.peer.send(json.dumps(message))


def _json(message: str | bytes) -> dict[str, Any]:
    assert isinstance(message, str), "a server says texts"
    value = json.loads(message)
    assert isinstance(value, dict)
    return value


def query_of(path: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}


# -- Rymi


def _rymi_said(message: str | bytes) -> Said:
    said = _json(message)
    kinds = {"interim": "interim", "final": "final", "utterance_end": "end",
             "speech_started": "start", "error": "error"}  # fmt: skip
    return [(kinds[said["type"]], said.get("text", said.get("message")))]


def _rymi_heard(message: str | bytes) -> Said:
    if isinstance(message, bytes):
        return [("audio", message)]
    return [(_json(message)["type"], None)]


RYMI_CALLER = CallerShape(
    "/stt", _rymi_said, finalize='{"type":"finalize"}', close='{"type":"close"}'
)
RYMI_SERVER = ServerShape(
    _rymi_heard,
    {
        "start": [{"type": "speech_started"}],
        "interim": [{"type": "interim", "text": "hel"}],
        "final": [{"type": "final", "text": "hello", "confidence": 0.5, "language_code": "en"}],
        "end": [{"type": "utterance_end"}],
        "error": [{"type": "error", "message": "no model"}],
    },
)


# -- Deepgram


def _results(text: str, *, final: bool, ended: bool = False) -> dict[str, Any]:
    best = {"transcript": text, "confidence": 0.5, "words": [], "languages": ["en"]}
    return {"type": "Results", "channel_index": [0, 1], "is_final": final, "speech_final": ended,
            "start": 0.0, "duration": 1.0, "channel": {"alternatives": [best]},
            "metadata": {"request_id": "r", "model_uuid": "m", "model_info": {
                "name": "nova-3", "version": "1", "arch": "nova-3"}}}  # fmt: skip


def _deepgram_said(message: str | bytes) -> Said:
    said = _json(message)
    if said["type"] == "Error":
        return [("error", said["description"])]
    if said["type"] != "Results":
        kinds = {"SpeechStarted": "start", "UtteranceEnd": "end", "Metadata": "metadata"}
        return [(kinds[said["type"]], None)]
    text = said["channel"]["alternatives"][0]["transcript"]
    return [("final" if said["is_final"] else "interim", text)] if text else []


def _deepgram_heard(message: str | bytes) -> Said:
    if isinstance(message, bytes):
        return [("audio", message)]
    kinds = {"Finalize": "finalize", "CloseStream": "close", "KeepAlive": "keep"}
    return [(kinds[_json(message)["type"]], None)]


DEEPGRAM_CALLER = CallerShape(
    "/v1/listen?model=nova-3&encoding=linear16&sample_rate=8000&channels=1&interim_results=true"
    "&vad_events=true&utterance_end_ms=1000&language=en",
    _deepgram_said,
    rate=8_000,
    finalize='{"type":"Finalize"}',
    close='{"type":"CloseStream"}',
)
DEEPGRAM_SERVER = ServerShape(
    _deepgram_heard,
    {
        "start": [{"type": "SpeechStarted", "channel": [0], "timestamp": 0.1}],
        "interim": [_results("hel", final=False)],
        "final": [_results("hel", final=True), _results("lo", final=True, ended=True)],
        "end": [{"type": "UtteranceEnd", "channel": [0, 1], "last_word_end": 0.4}],
        "error": [{"type": "Error", "description": "no model"}],
    },
    rate=lambda path: int(query_of(path)["sample_rate"]),
)


# -- Vapi


def _vapi_said(message: str | bytes) -> Said:
    said = _json(message)
    if said["type"] == "error":
        return [("error", said["error"])]
    if said["channel"] != "customer":
        return []  # the assistant, where bytes pass unchanged
    kinds = {"partial": "interim", "final": "final"}
    return [(kinds[said["transcriptType"]], said["transcription"])]


def _vapi_heard(message: str | bytes) -> Said:
    if isinstance(message, str):
        start = json.loads(message)
        assert (start["type"], start["encoding"], start["channels"]) == ("start", "linear16", 2)
        return [("opening", {**start, "rate": start["sampleRate"]})]
    assert len(message) % 4 == 0
    return [("audio", b"".join(message[at : at + 2] for at in range(0, len(message), 4)))]


def _response(text: str, kind: str, channel: str = "customer") -> dict[str, Any]:
    return {"type": "transcriber-response", "transcription": text, "channel": channel,
            "transcriptType": kind}  # fmt: skip


VAPI_CALLER = CallerShape(
    "/vapi/transcriber",
    _vapi_said,
    channels=2,
    opens=(
        '{"type":"start","encoding":"linear16","container":"raw","sampleRate":16000,"channels":2}',
    ),
    tells=frozenset({"interim", "final"}),
)
VAPI_SERVER = ServerShape(
    _vapi_heard,
    {
        "interim": [_response("I am", "partial", "assistant"), _response("hel", "partial")],
        "final": [_response("hello", "final")],
        "error": [{"type": "error", "error": "no model"}],
    },
    asks=False,
    closes=False,
    tells=frozenset({"interim", "final"}),
)


# -- jambonz


def _jambonz_said(message: str | bytes) -> Said:
    said = _json(message)
    if said["type"] == "error":
        return [("error", said["error"])]
    assert said["type"] == "transcription"
    kind = "final" if said["is_final"] else "interim"
    return [(kind, said["alternatives"][0]["transcript"])]


def _jambonz_heard(message: str | bytes) -> Said:
    if isinstance(message, bytes):
        return [("audio", message)]
    said = _json(message)
    if said["type"] == "stop":
        return [("close", None)]
    assert (said["format"], said["encoding"]) == ("raw", "LINEAR16")
    return [("opening", {**said, "rate": said["sampleRateHz"]})]


def _transcription(text: str, *, final: bool) -> dict[str, Any]:
    alternatives = [{"transcript": text, "confidence": 0.5}, {"transcript": "x", "confidence": 0}]
    return {"type": "transcription", "is_final": final, "alternatives": alternatives,
            "language": "en-US", "channel": 1}  # fmt: skip


JAMBONZ_CALLER = CallerShape(
    "/jambonz/stt",
    _jambonz_said,
    rate=8_000,
    opens=(
        '{"type":"start","language":"en-US","format":"raw","encoding":"LINEAR16",'
        '"interimResults":true,"sampleRateHz":8000,"options":{"hints":["rymi"]}}',
    ),
    close='{"type":"stop"}',
    tells=frozenset({"interim", "final"}),
)
JAMBONZ_SERVER = ServerShape(
    _jambonz_heard,
    {
        "interim": [_transcription("hel", final=False)],
        "final": [_transcription("hello", final=True)],
        "error": [{"type": "error", "error": "no model"}],
    },
    asks=False,
    tells=frozenset({"interim", "final"}),
)


# -- AssemblyAI


def _assembly_heard(message: str | bytes) -> Said:
    if isinstance(message, bytes):
        return [("audio", message)]
    kinds = {"ForceEndpoint": "finalize", "Terminate": "close"}
    return [(kinds[_json(message)["type"]], None)]


def _turn(text: str, *, ended: bool, formatted: bool = False) -> dict[str, Any]:
    return {"type": "Turn", "turn_order": 0, "end_of_turn": ended, "turn_is_formatted": formatted,
            "transcript": text, "end_of_turn_confidence": 0.9, "words": []}  # fmt: skip


ASSEMBLY_SERVER = ServerShape(
    _assembly_heard,
    {
        "start": [{"type": "SpeechStarted", "timestamp": 1, "confidence": 0.9}],
        "interim": [_turn("hel", ended=False)],
        "final": [_turn("hello", ended=True), _turn("hello", ended=True, formatted=True)],
        "error": [{"type": "Error", "error_code": 3005, "error": "no model"}],
    },
    rate=lambda path: int(query_of(path)["sample_rate"]),
    greets=({"type": "Begin", "id": "s1", "expires_at": 1735700000},),
)


# -- OpenAI


def _openai_heard(message: str | bytes) -> Said:
    said = _json(message)
    match said["type"]:
        case "session.update":
            heard = said["session"]["audio"]["input"]
            return [("opening", {**heard, "rate": heard["format"]["rate"]})]
        case "input_audio_buffer.append":
            return [("audio", b64decode(said["audio"], validate=True))]
    assert said["type"] == "input_audio_buffer.commit"
    return [("finalize", None)]


def _item(kind: str, **members: Any) -> dict[str, Any]:
    name = f"conversation.item.input_audio_transcription.{kind}"
    return {"type": name, "item_id": "i1", "content_index": 0, **members}


OPENAI_SERVER = ServerShape(
    _openai_heard,
    {
        "start": [{"type": "input_audio_buffer.speech_started", "item_id": "i1"}],
        "interim": [_item("delta", delta="hel")],
        "final": [
            {"type": "input_audio_buffer.speech_stopped", "item_id": "i1"},
            {"type": "input_audio_buffer.committed", "item_id": "i1"},
            _item("completed", transcript="hello", usage={"type": "duration", "seconds": 1}),
        ],
        "error": [{"type": "error", "error": {"type": "server_error", "message": "no model"}}],
    },
    greets=({"type": "session.created", "session": {}},),
    closes=False,
)

CALLERS = {
    "rymi-stt": RYMI_CALLER,
    "deepgram-listen": DEEPGRAM_CALLER,
    "vapi-transcriber": VAPI_CALLER,
    "jambonz-stt": JAMBONZ_CALLER,
}
SERVERS = {
    "rymi-stt": RYMI_SERVER,
    "deepgram-listen": DEEPGRAM_SERVER,
    "vapi-transcriber": VAPI_SERVER,
    "jambonz-stt": JAMBONZ_SERVER,
    "assemblyai": ASSEMBLY_SERVER,
    "openai-transcription": OPENAI_SERVER,
}
