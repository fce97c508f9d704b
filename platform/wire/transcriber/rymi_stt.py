"""Rymi's transcriber WebSocket: PCM one way, small JSON messages both ways.

The format's own page is docs/formats/rymi-stt.md.
"""

import json
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
from wire.transcriber.base import TranscriberFormat


class _Message(msgspec.Struct, gc=False):
    """The members that mean something; a wrong one is as good as none."""

    type: Any = ""
    text: Any = ""
    message: Any = ""
    confidence: Any = None
    language_code: Any = None


_decode = msgspec.json.Decoder(_Message).decode
_WORDS: dict[str, CallerWord] = {"finalize": "finalize", "close": "close"}


class RymiSTT(TranscriberFormat):
    name = "rymi-stt"
    label = "Rymi STT"
    hosted = "/stt"
    paths = ("/stt",)
    bytes_per_second = 2 * 16_000

    def read_caller(self, text: bytes) -> CallerWord | None:
        message = _read(text)
        return _WORDS.get(_text(message.type)) if message else None

    def read_endpoint(self, text: bytes) -> TranscriberEvent | None:
        message = _read(text)
        if message is None:
            return None
        match message.type:
            case "interim":
                return InterimText(_text(message.text))
            case "final":
                return FinalText(
                    _text(message.text), _number(message.confidence), _name(message.language_code)
                )
            case "utterance_end":
                return UtteranceEnd()
            case "speech_started":
                return SpeechStarted()
            case "error":
                return TranscriberFailure(_text(message.message))
        return None

    def write_error(
        self, *, status: int, code: str, message: str, param: str | None = None
    ) -> bytes:
        return _encode({"type": "error", "message": message, "code": code, "param": param})

    def write_socket_error(self, *, code: str, message: str) -> bytes:
        return _encode({"type": "error", "message": message, "code": code})


def _read(text: bytes) -> _Message | None:
    try:
        return _decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _encode(message: dict[str, str | None]) -> bytes:
    return json.dumps(message, separators=(",", ":")).encode()


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _number(value: Any) -> float | None:
    """JSON's integers have no bound; a number that is no float is as good as none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return None


def _name(value: Any) -> str | None:
    return value if isinstance(value, str) else None
