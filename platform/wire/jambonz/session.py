"""A socket on which jambonz sends text to be spoken, as it is made."""

from collections.abc import Mapping
from dataclasses import replace

from wire.errors import InvalidRequest
from wire.jambonz.messages import connect, is_error, rate_of, sane_rate, sound_of
from wire.pcm import DEFAULT_RATE
from wire.transcriber.loose import read, text_of
from wire.transcriber.opening import whole_number
from wire.voice.base import VoiceRequest
from wire.voice.sentences import Sentences
from wire.voice.sound import PCM, Sound
from wire.voice.speech import Told


class JambonzSession:
    """A `SpeechSession`. `asks` is a request of its own without a text."""

    def __init__(self, asks: VoiceRequest) -> None:
        self._asks = asks
        self._sentences = Sentences()

    def opening(self) -> tuple[bytes, ...]:
        return (connect(self._asks.accepts[0].rate),)

    def hear(self, message: bytes) -> Told:
        told = read(message)
        if told is None:
            return Told()
        match told.get("type"):
            case "stream":
                return Told(tuple(self._sentences.feed(text_of(told.get("text")))))
            case "flush":
                return Told(tuple(self._sentences.flush()))
            case "clear":
                self._sentences.clear()
                return Told(clear=True)
            case "stop":
                return Told(close=True)
        return Told()

    def request(self, text: str) -> VoiceRequest:
        return replace(self._asks, text=text)


class JambonzTap:
    """A `SpeechTap`."""

    def __init__(self) -> None:
        self.rate = 0

    def asked(self, message: bytes) -> tuple[int, bool]:
        told = read(message)
        if told is None:
            return 0, False
        text = text_of(told.get("text")) if told.get("type") == "stream" else ""
        return len(text), told.get("type") == "stop"

    def hear(self, message: bytes) -> tuple[int, bool]:
        told = read(message)
        if told is None:
            return 0, False
        if told.get("type") == "connect":
            self.rate = rate_of(told)
        sound = sound_of(told) if told.get("type") == "data" else None
        return len(sound or b""), is_error(told)


def asks_of(name: str, query: Mapping[str, str]) -> VoiceRequest:
    """What the query of a hosted URL asks for, in the format `name`. Raises `InvalidRequest`."""
    rate = sane_rate(whole_number(query.get("sampleRate") or str(DEFAULT_RATE)))
    if not rate:
        raise InvalidRequest(
            "`sampleRate` must be a rate in Hz, from 4000 to 192000.", "sampleRate"
        )
    return VoiceRequest(
        wire_format=name,
        text="",
        voice=query.get("voice") or None,
        language=query.get("language") or None,
        accepts=(Sound(PCM, rate),),
        instructions=None,
        fields={},
    )
