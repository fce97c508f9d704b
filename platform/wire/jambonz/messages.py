"""The messages of jambonz' streaming TTS, and what of them is read."""

import binascii
from typing import Any

from wire.members import dumps
from wire.pcm import LEAST_RATE, MOST_RATE
from wire.transcriber.loose import Members, count_of, object_of

FLUSH, STOP = b'{"type":"flush"}', b'{"type":"stop"}'


def stream(text: str) -> bytes:
    return dumps({"type": "stream", "text": text})


def connect(rate: int) -> bytes:
    return dumps({"type": "connect", "data": {"sample_rate": rate, "base64_encoding": False}})


def error(message: str) -> bytes:
    return dumps({"type": "error", "error": message})


def is_error(message: Members) -> bool:
    """jambonz' own example of a server leaves the type out."""
    kind = message.get("type")
    return kind == "error" or (kind is None and bool(message.get("error")))


def rate_of(message: Members) -> int:
    """What a `connect` announces, in Hz; 0 for what cannot be."""
    return sane_rate(count_of(object_of(message.get("data")).get("sample_rate")))


def sane_rate(rate: int) -> int:
    return rate if LEAST_RATE <= rate <= MOST_RATE else 0


def sound_of(message: Members) -> bytes | None:
    """What a `data` message holds; `None` for no sound."""
    audio: Any = object_of(message.get("data")).get("audio")
    try:
        return binascii.a2b_base64(audio)
    except (TypeError, ValueError):
        return None
