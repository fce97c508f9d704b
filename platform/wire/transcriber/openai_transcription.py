"""OpenAI's realtime transcription, asked as an endpoint: audio in base64, items that are completed.

The format's own page is docs/formats/openai-transcription.md.
"""

from base64 import b64encode
from collections.abc import Sequence
from typing import Any

from wire.aim import Aim
from wire.events import (
    FinalText,
    InterimText,
    SpeechStarted,
    TranscriberEvent,
    TranscriberFailure,
    UtteranceEnd,
)
from wire.members import dumps
from wire.transcriber.base import EndpointSide, Message, TranscriberFormat
from wire.transcriber.capabilities import TranscriberCapabilities
from wire.transcriber.items import Items
from wire.transcriber.loose import Members, name_of, object_of, read, text_of
from wire.transcriber.opening import Opening

RATE = 24_000
MODEL = "gpt-4o-transcribe"

_COMMIT = Message(b'{"type":"input_audio_buffer.commit"}', is_text=True)
_NOTHING_LEFT = "input_audio_buffer_commit_empty"
_SPOKEN = "conversation.item.input_audio_transcription."
_SILENT = frozenset(
    (
        "session.created", "session.updated", "transcription_session.created",
        "transcription_session.updated", "input_audio_buffer.speech_stopped",
        "input_audio_buffer.cleared", "conversation.created", "conversation.item.created",
        "conversation.item.added", "conversation.item.done", "rate_limits.updated",
        _SPOKEN + "segment",
    )
)  # fmt: skip


class OpenAITranscription(TranscriberFormat):
    name = "openai-transcription"
    label = "OpenAI realtime transcription"
    capabilities = TranscriberCapabilities(confidence=False, heard_language=False)

    def endpoint_side(self, opening: Opening, *, model: str) -> EndpointSide:
        return _Endpoint(model or MODEL)


class _Endpoint(EndpointSide):
    """An item is an utterance: who has stopped is told of with its text."""

    closes = False

    def __init__(self, model: str) -> None:
        super().__init__(RATE, Aim(unless=(("intent", "transcription"),)))
        self._model = model
        self._items = Items()

    def begin(self, opening: Opening) -> list[Message]:
        transcription: dict[str, Any] = {"model": self._model}
        if opening.language:
            transcription["language"] = opening.language.partition("-")[0].lower()
        heard = {
            "format": {"type": "audio/pcm", "rate": RATE},
            "transcription": transcription,
            "turn_detection": {"type": "server_vad"},
        }
        session = {"type": "transcription", "audio": {"input": heard}}
        return [Message(dumps({"type": "session.update", "session": session}), is_text=True)]

    def audio(self, pcm: bytes) -> list[Message]:
        appended = {"type": "input_audio_buffer.append", "audio": b64encode(pcm).decode()}
        return [Message(dumps(appended), is_text=True)]

    def finalize(self) -> list[Message]:
        return [_COMMIT]

    def close(self) -> list[Message]:
        return []

    def hear(self, text: bytes) -> Sequence[TranscriberEvent] | None:
        message = read(text)
        kind = text_of(message.get("type")) if message else ""
        if message is None or not kind:
            return None
        if kind.startswith(_SPOKEN) and kind not in _SILENT:
            return self._spoken(kind.removeprefix(_SPOKEN), message)
        match kind:
            case "input_audio_buffer.committed":
                self._items.begin(text_of(message.get("item_id")))
                return ()
            case "input_audio_buffer.speech_started":
                return (SpeechStarted(),)
            case "error":
                return self._error(message)
        return () if kind in _SILENT else None

    def _spoken(self, kind: str, message: Members) -> list[TranscriberEvent] | None:
        item = text_of(message.get("item_id"))
        match kind:
            case "delta":
                return _interims(self._items.grow(item, text_of(message.get("delta"))))
            case "completed":
                return _finals(self._items.complete(item, text_of(message.get("transcript"))))
            case "failed":
                failure = TranscriberFailure(_message_of(message))
                return [failure, *_finals(self._items.drop(item))]
        return None

    def _error(self, message: Members) -> list[TranscriberEvent]:
        if object_of(message.get("error")).get("code") == _NOTHING_LEFT:
            return [FinalText(""), UtteranceEnd()]  # the answer to a `finalize`
        return [TranscriberFailure(_message_of(message))]

    def ended(self) -> list[TranscriberEvent]:
        """Items whose text is complete, but not that of one before them."""
        return _finals(self._items.rest())


def _interims(text: str | None) -> list[TranscriberEvent]:
    return [] if text is None else [InterimText(text)]


def _finals(texts: Sequence[str]) -> list[TranscriberEvent]:
    return [event for text in texts for event in (FinalText(text), UtteranceEnd())]


def _message_of(message: Members) -> str:
    error = object_of(message.get("error"))
    return text_of(error.get("message")) or name_of(error.get("code")) or ""
