"""Deepgram's live transcription, `/v1/listen`: parameters in the URL, results in segments.

The format's own page is docs/formats/deepgram-listen.md.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from wire.aim import Aim
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
from wire.transcriber.loose import (
    Members,
    count_of,
    list_of,
    name_of,
    number_of,
    object_of,
    read,
    text_of,
)
from wire.transcriber.opening import LINEAR, Opening, whole_number
from wire.transcriber.segments import Segments

_PARAMETER = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_AUDIO = ("encoding", "sample_rate", "channels")
_NEVER_PASSED = frozenset({"token", "callback", "callback_method", *_AUDIO})
_MODEL = {"name": "", "version": "", "arch": ""}

_WORDS: dict[str, Sequence[CallerWord]] = {
    "KeepAlive": (),
    "Finalize": ("finalize",),
    "CloseStream": ("finalize", "close"),
    "Configure": (),
}


class DeepgramListen(HostedTranscriberFormat):
    name = "deepgram-listen"
    label = "Deepgram listen"
    hosted = "/v1/listen"
    paths = ("/v1/listen",)
    capabilities = TranscriberCapabilities(words=True, parameters=True)

    def caller_side(self, query: Mapping[str, str], stamp: Stamp) -> CallerSide:
        return _Caller(query, stamp)

    def endpoint_side(self, opening: Opening, *, model: str) -> EndpointSide:
        return _Endpoint(opening, model)

    def passing_aim(self, given: Sequence[tuple[str, str]], *, model: str) -> Aim:
        """All but the key, and but an address to which the words would be sent instead; names that
        are none of a parameter could be read as several.
        """
        facts = [pair for pair in given if pair[0] in _AUDIO]
        others = [pair for pair in given if pair[0] not in _NEVER_PASSED]
        wishes = [pair for pair in others if _PARAMETER.fullmatch(pair[0])]
        if model:
            facts.append(("model", model))
        return Aim(query=tuple(facts), unless=tuple(wishes))

    def write_error(
        self, *, status: int, code: str, message: str, param: str | None = None
    ) -> bytes:
        return dumps({"err_code": code, "err_msg": message, "request_id": ""})

    def write_socket_error(self, *, code: str, message: str) -> bytes:
        """After the upgrade only the close frame says what went wrong."""
        return b""


def _opening(query: Mapping[str, str]) -> Opening:
    """What cannot be read is 0 or has no name, and is refused where it matters."""
    rate, channels = query.get("sample_rate", ""), query.get("channels", "1")
    language = query.get("language")
    return Opening(
        rate=whole_number(rate),
        channels=whole_number(channels),
        encoding=query.get("encoding", ""),
        language=None if language == "multi" else language,
    )


class _Caller(CallerSide):
    """Has interim results, `SpeechStarted` and `UtteranceEnd` only where it asks for them."""

    empty_closes = True
    says_errors = False

    def __init__(self, query: Mapping[str, str], stamp: Stamp) -> None:
        super().__init__(_opening(query))
        self._stamp = stamp
        self._interims = query.get("interim_results") == "true"
        self._starts = query.get("vad_events") == "true"
        self._ends = "utterance_end_ms" in query
        self._multichannel = query.get("multichannel") == "true"
        self._finalizing = False
        self._began = 0.0  # of the utterance, in seconds of audio

    @property
    def channels(self) -> int:
        return self.opening.channels if self._multichannel else 1

    @property
    def _index(self) -> list[int]:
        return [self.channel, self.channels]

    def hear(self, text: bytes) -> Sequence[CallerWord] | None:
        message = read(text)
        if message is None:
            return None
        words = _WORDS.get(text_of(message.get("type")))
        self._finalizing = self._finalizing or bool(words)
        return words

    def tell(self, events: Sequence[TranscriberEvent], at: float) -> list[bytes]:
        """A final and an end that come together are one message."""
        told: list[bytes] = []
        before: TranscriberEvent | None = None
        for event, following in zip(events, [*events[1:], None], strict=True):
            match event:
                case InterimText(text) if self._interims:
                    told.append(self._results(FinalText(text), at, final=False, ended=False))
                case FinalText():
                    ended = isinstance(following, UtteranceEnd)
                    told.append(self._results(event, at, final=True, ended=ended))
                case UtteranceEnd():
                    told += self._end(at, alone=not isinstance(before, FinalText))
                case SpeechStarted() if self._starts:
                    start = {"type": "SpeechStarted", "channel": [self.channel]}
                    told.append(dumps({**start, "timestamp": round(at, 3)}))
            before = event
        return told

    def bye(self, at: float) -> list[bytes]:
        created = datetime.fromtimestamp(self._stamp.created, UTC)
        metadata = {
            "type": "Metadata",
            "transaction_key": "deprecated",
            "request_id": self._stamp.id,
            "sha256": "",
            "created": created.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "duration": round(at, 3),
            "channels": self.opening.channels,
        }
        return [dumps(metadata)]

    def _end(self, at: float, *, alone: bool) -> list[bytes]:
        told = [self._results(FinalText(""), at, final=True, ended=True)] if alone else []
        if self._ends:
            end = {"type": "UtteranceEnd", "channel": self._index, "last_word_end": round(at, 3)}
            told.append(dumps(end))
        return told

    def _results(self, said: FinalText, at: float, *, final: bool, ended: bool) -> bytes:
        """Where nothing is known of the confidence, words are sure: callers leave out others."""
        sure = 1.0 if said.text else 0.0
        alternative = {
            "transcript": said.text,
            "confidence": sure if said.confidence is None else said.confidence,
            "words": [],
            **({"languages": [said.language]} if said.language else {}),
        }
        results = {
            "type": "Results",
            "channel_index": self._index,
            "duration": round(at - self._began, 3),
            "start": round(self._began, 3),
            "is_final": final,
            "speech_final": ended,
            "from_finalize": final and self._finalizing,
            "channel": {"alternatives": [alternative]},
            "metadata": {
                "request_id": self._stamp.id, "model_info": _MODEL, "model_uuid": self._stamp.id,
            },
        }  # fmt: skip
        if final:
            self._finalizing, self._began = False, at
        return dumps(results)


class _Endpoint(EndpointSide):
    """Its final results are segments of an utterance: they are joined until it ends."""

    flushes = True
    keep_alive = b'{"type":"KeepAlive"}'

    def __init__(self, opening: Opening, model: str) -> None:
        super().__init__(opening.rate, _aim(opening, model))
        self._segments = Segments()

    def finalize(self) -> list[Message]:
        return [Message(b'{"type":"Finalize"}', is_text=True)]

    def close(self) -> list[Message]:
        return [Message(b'{"type":"CloseStream"}', is_text=True)]

    def hear(self, text: bytes) -> Sequence[TranscriberEvent] | None:
        message = read(text)
        if message is None:
            return None
        match message.get("type"):
            case "Results":
                return self._results(message)
            case "UtteranceEnd":
                return [*self._segments.take(), UtteranceEnd()]
            case "SpeechStarted":
                return (SpeechStarted(),)
            case "Metadata":
                return self.ended()
            case "Error":
                said = text_of(message.get("description")) or text_of(message.get("message"))
                return (TranscriberFailure(said),)
        return None

    def ended(self) -> list[TranscriberEvent]:
        said = self._segments.take()
        return [*said, UtteranceEnd()] if said else []

    def _results(self, message: Members) -> list[TranscriberEvent]:
        if not _is_first_channel(message):
            return []
        said = _best(message)
        if message.get("is_final") is not True:
            return [InterimText(self._segments.joined(said.text))]
        asked = message.get("from_finalize") is True
        self._segments.add(said)
        if asked or message.get("speech_final") is True:
            return [*self._segments.take(always=asked), UtteranceEnd()]
        if self._segments.full():
            return [*self._segments.take()]
        return [InterimText(self._segments.joined())] if said.text else []


def _aim(opening: Opening, model: str) -> Aim:
    facts = [("encoding", LINEAR), ("sample_rate", str(opening.rate)), ("channels", "1")]
    wishes = [("interim_results", "true"), ("vad_events", "true"), ("utterance_end_ms", "1000")]
    if model:
        facts.append(("model", model))
    if opening.language:
        wishes.append(("language", opening.language))
    return Aim(query=tuple(facts), unless=tuple(wishes))


def _is_first_channel(message: Members) -> bool:
    index = message.get("channel_index")
    return not isinstance(index, list) or not index or count_of(index[0]) == 0


def _best(message: Members) -> FinalText:
    alternatives = list_of(object_of(message.get("channel")).get("alternatives"))
    best: Members = alternatives[0] if alternatives else {}
    languages = best.get("languages")
    first = languages[0] if isinstance(languages, list) and languages else None
    return FinalText(
        text_of(best.get("transcript")).strip(), number_of(best.get("confidence")), name_of(first)
    )
