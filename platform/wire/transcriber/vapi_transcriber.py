"""Vapi's custom transcriber: both sides of a call as two channels, texts labelled with theirs.

The format's own page is docs/formats/vapi-transcriber.md.
"""

from collections.abc import Mapping, Sequence

from wire.events import (
    CallerWord,
    FinalText,
    InterimText,
    TranscriberEvent,
    TranscriberFailure,
)
from wire.llm.base import Stamp
from wire.members import dumps
from wire.transcriber.audio import beside_silence
from wire.transcriber.base import CallerSide, EndpointSide, HostedTranscriberFormat, Message
from wire.transcriber.capabilities import TranscriberCapabilities
from wire.transcriber.loose import Members, count_of, read, text_of
from wire.transcriber.opening import DEFAULT_RATE, LINEAR, Opening, whole_number

LABELS = ("customer", "assistant")  # of the channels, in their order
CHANNELS = len(LABELS)


class VapiTranscriber(HostedTranscriberFormat):
    name = "vapi-transcriber"
    label = "Vapi custom transcriber"
    hosted = "/vapi/transcriber"
    paths = ("/vapi/transcriber",)
    capabilities = TranscriberCapabilities(
        language=False,
        finalize=False,
        utterance_end=False,
        speech_started=False,
        confidence=False,
        heard_language=False,
    )

    def caller_side(self, query: Mapping[str, str], stamp: Stamp) -> CallerSide:
        rate = whole_number(query.get("sample_rate", str(DEFAULT_RATE)))
        return _Caller(Opening(rate, CHANNELS, language=query.get("language")))

    def endpoint_side(self, opening: Opening, *, model: str) -> EndpointSide:
        return _Endpoint(opening.rate)

    def write_socket_error(self, *, code: str, message: str) -> bytes:
        return _error(message)


class _Caller(CallerSide):
    """It begins with a message that tells of its audio, for which the endpoint cannot wait: what is
    told there is made what the endpoint expects. It ends by closing the WebSocket.
    """

    trims = True

    def __init__(self, opening: Opening) -> None:
        super().__init__(opening, opened=False)

    @property
    def channels(self) -> int:
        return min(self.opening.channels, CHANNELS)

    def hear(self, text: bytes) -> Sequence[CallerWord] | None:
        message = read(text)
        if message is None or message.get("type") != "start":
            return None
        self.opening = Opening(
            rate=count_of(message.get("sampleRate", self.opening.rate)),
            channels=count_of(message.get("channels", CHANNELS)),
            encoding=text_of(message.get("encoding", LINEAR)),
            language=self.opening.language,
        )
        self.opened = True
        return ()

    def tell(self, events: Sequence[TranscriberEvent], at: float) -> list[bytes]:
        told = []
        for event in events:
            match event:
                case InterimText(text) if text:
                    told.append(self._response(text, "partial"))
                case FinalText(text) if text:
                    told.append(self._response(text, "final"))
                case TranscriberFailure(message):
                    told.append(_error(message))
        return told

    def _response(self, text: str, kind: str) -> bytes:
        return dumps(
            {
                "type": "transcriber-response",
                "transcription": text,
                "channel": LABELS[self.channel],
                "transcriptType": kind,
            }
        )


def _error(message: str) -> bytes:
    return dumps({"type": "error", "error": message})


class _Endpoint(EndpointSide):
    """Hears the caller as the customer, and an assistant who is silent."""

    ends_utterances = False
    finalizes = False
    closes = False

    def begin(self, opening: Opening) -> list[Message]:
        start = {
            "type": "start",
            "encoding": LINEAR,
            "container": "raw",
            "sampleRate": self.rate,
            "channels": CHANNELS,
        }
        return [Message(dumps(start), is_text=True)]

    def audio(self, pcm: bytes) -> list[Message]:
        return [Message(beside_silence(pcm))]

    def finalize(self) -> list[Message]:
        return []

    def close(self) -> list[Message]:
        return []

    def hear(self, text: bytes) -> Sequence[TranscriberEvent] | None:
        message = read(text)
        if message is None:
            return None
        match message.get("type"):
            case "transcriber-response":
                return _said(message)
            case "error":
                return (TranscriberFailure(text_of(message.get("error"))),)
        return None


def _said(message: Members) -> Sequence[TranscriberEvent]:
    """Of the customer; a text without a kind is final."""
    if message.get("channel") == "assistant":
        return ()
    text = text_of(message.get("transcription"))
    return (InterimText(text) if message.get("transcriptType") == "partial" else FinalText(text),)
