"""Rymi's transcriber WebSocket: PCM one way, small JSON messages both ways.

The format's own page is docs/formats/rymi-stt.md.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from wire.events import (
    CallerWord,
    FinalText,
    InterimText,
    SpeechStarted,
    TranscriberEvent,
    TranscriberFailure,
    UtteranceEnd,
)
from wire.llm.base import Stamp
from wire.members import dumps
from wire.transcriber.base import CallerSide, EndpointSide, HostedTranscriberFormat, Message
from wire.transcriber.capabilities import TranscriberCapabilities
from wire.transcriber.loose import name_of, number_of, text_of
from wire.transcriber.opening import Opening

RATE = 16_000

_FINALIZE = Message(b'{"type":"finalize"}', is_text=True)
_CLOSE = Message(b'{"type":"close"}', is_text=True)


class _Message(msgspec.Struct, gc=False):
    """The members that mean something; a wrong one is as good as none."""

    type: Any = ""
    text: Any = ""
    message: Any = ""
    confidence: Any = None
    language_code: Any = None


_decode = msgspec.json.Decoder(_Message).decode
_WORDS: dict[str, Sequence[CallerWord]] = {"finalize": ("finalize",), "close": ("close",)}


class RymiSTT(HostedTranscriberFormat):
    name = "rymi-stt"
    label = "Rymi STT"
    hosted = "/stt"
    paths = ("/stt",)
    capabilities = TranscriberCapabilities(language=False)

    def caller_side(self, query: Mapping[str, str], stamp: Stamp) -> CallerSide:
        return _Caller(Opening(RATE, language=query.get("language")))

    def endpoint_side(self, opening: Opening, *, model: str) -> EndpointSide:
        return _Endpoint(RATE)


class _Caller(CallerSide):
    def hear(self, text: bytes) -> Sequence[CallerWord] | None:
        message = _read(text)
        return _WORDS.get(text_of(message.type)) if message else None

    def tell(self, events: Sequence[TranscriberEvent], at: float) -> list[bytes]:
        return [dumps(_members(event)) for event in events]


def _members(event: TranscriberEvent) -> dict[str, Any]:
    match event:
        case InterimText(text):
            return {"type": "interim", "text": text}
        case FinalText(text, confidence, language):
            told = {"confidence": confidence, "language_code": language}
            kept = {name: value for name, value in told.items() if value is not None}
            return {"type": "final", "text": text, **kept}
        case UtteranceEnd():
            return {"type": "utterance_end"}
        case SpeechStarted():
            return {"type": "speech_started"}
    return {"type": "error", "message": event.message}


class _Endpoint(EndpointSide):
    def finalize(self) -> list[Message]:
        return [_FINALIZE]

    def close(self) -> list[Message]:
        return [_CLOSE]

    def hear(self, text: bytes) -> Sequence[TranscriberEvent] | None:
        message = _read(text)
        if message is None:
            return None
        match message.type:
            case "interim":
                return (InterimText(text_of(message.text)),)
            case "final":
                return (_final(message),)
            case "utterance_end":
                return (UtteranceEnd(),)
            case "speech_started":
                return (SpeechStarted(),)
            case "error":
                return (TranscriberFailure(text_of(message.message)),)
        return None


def _final(message: _Message) -> FinalText:
    return FinalText(
        text_of(message.text), number_of(message.confidence), name_of(message.language_code)
    )


def _read(text: bytes) -> _Message | None:
    try:
        return _decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
