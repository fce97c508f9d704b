"""jambonz's custom speech to text: a `start`, raw audio, transcriptions, and a `stop` in the end.

The format's own page is docs/formats/jambonz-stt.md.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from wire.events import (
    CallerWord,
    FinalText,
    InterimText,
    TranscriberEvent,
    TranscriberFailure,
)
from wire.llm.base import Stamp
from wire.members import dumps
from wire.transcriber.base import CallerSide, EndpointSide, HostedTranscriberFormat, Message
from wire.transcriber.capabilities import TranscriberCapabilities
from wire.transcriber.loose import Members, count_of, list_of, name_of, number_of, read, text_of
from wire.transcriber.opening import Opening, whole_number

RATE = 8_000
WIDE_RATE = 16_000
LANGUAGE = "en-US"

_STOP = Message(b'{"type":"stop"}', is_text=True)


class JambonzSTT(HostedTranscriberFormat):
    name = "jambonz-stt"
    label = "jambonz custom STT"
    hosted = "/jambonz/stt"
    paths = ("/jambonz/stt",)
    capabilities = TranscriberCapabilities(
        finalize=False, utterance_end=False, speech_started=False, hints=True, alternatives=True
    )

    def caller_side(self, query: Mapping[str, str], stamp: Stamp) -> CallerSide:
        rate = whole_number(query.get("sample_rate", str(RATE)))
        return _Caller(Opening(rate, language=query.get("language")))

    def endpoint_side(self, opening: Opening, *, model: str) -> EndpointSide:
        """The two rates that its servers know; any other becomes the better one."""
        return _Endpoint(RATE if opening.rate == RATE else WIDE_RATE)

    def write_socket_error(self, *, code: str, message: str) -> bytes:
        return _error(message)


class _Caller(CallerSide):
    """It begins with a message that tells of its audio; after `stop` the server closes.

    The endpoint cannot wait for that message: audio is made what it expects, and a language comes
    too late for most formats. What the hosted URL says of it holds.
    """

    def __init__(self, opening: Opening) -> None:
        super().__init__(opening, opened=False)
        self._interims = True
        self._language = opening.language or LANGUAGE  # of what is told

    def hear(self, text: bytes) -> Sequence[CallerWord] | None:
        message = read(text)
        if message is None:
            return None
        match message.get("type"):
            case "start":
                self._start(message)
                return ()
            case "stop":
                return ("finalize", "close")
        return None

    def _start(self, message: Members) -> None:
        language = self.opening.language or name_of(message.get("language"))
        self.opening = Opening(count_of(message.get("sampleRateHz", RATE)), language=language)
        self.opened = True
        self._interims = message.get("interimResults") is not False
        self._language = language or LANGUAGE

    def tell(self, events: Sequence[TranscriberEvent], at: float) -> list[bytes]:
        told = []
        for event in events:
            match event:
                case InterimText(text) if text and self._interims:
                    told.append(self._transcription(FinalText(text), final=False))
                case FinalText(text) if text:
                    told.append(self._transcription(event, final=True))
                case TranscriberFailure(message):
                    told.append(_error(message))
        return told

    def _transcription(self, said: FinalText, *, final: bool) -> bytes:
        """A number is wanted as the confidence, and callers drop what is unsure."""
        sure = 1.0 if said.confidence is None else said.confidence
        return dumps(
            {
                "type": "transcription",
                "is_final": final,
                "alternatives": [{"transcript": said.text, "confidence": sure}],
                "language": said.language or self._language,
                "channel": 1,
            }
        )


def _error(message: str) -> bytes:
    return dumps({"type": "error", "error": message})


class _Endpoint(EndpointSide):
    ends_utterances = False
    finalizes = False
    flushes = True

    def begin(self, opening: Opening) -> list[Message]:
        start: dict[str, Any] = {
            "type": "start",
            "language": opening.language or LANGUAGE,
            "format": "raw",
            "encoding": "LINEAR16",
            "interimResults": True,
            "sampleRateHz": self.rate,
            "options": {},
        }
        return [Message(dumps(start), is_text=True)]

    def finalize(self) -> list[Message]:
        return []

    def close(self) -> list[Message]:
        return [_STOP]

    def hear(self, text: bytes) -> Sequence[TranscriberEvent] | None:
        message = read(text)
        if message is None:
            return None
        match message.get("type"):
            case "transcription":
                return (_said(message),)
            case "error":
                return (TranscriberFailure(text_of(message.get("error"))),)
        return None


def _said(message: Members) -> TranscriberEvent:
    """The best alternative, which is the first."""
    alternatives = list_of(message.get("alternatives"))
    best: Members = alternatives[0] if alternatives else {}
    text = text_of(best.get("transcript"))
    if message.get("is_final") is not True:
        return InterimText(text)
    return FinalText(text, number_of(best.get("confidence")), name_of(message.get("language")))
