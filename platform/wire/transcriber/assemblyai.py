"""AssemblyAI's streaming (version 3), asked as an endpoint: turns that grow until they end.

The format's own page is docs/formats/assemblyai.md.
"""

from collections.abc import Sequence

from wire.aim import Aim
from wire.events import (
    FinalText,
    InterimText,
    SpeechStarted,
    TranscriberEvent,
    TranscriberFailure,
    UtteranceEnd,
)
from wire.pcm import SAMPLE_BYTES
from wire.transcriber.base import EndpointSide, Message, TranscriberFormat
from wire.transcriber.capabilities import TranscriberCapabilities
from wire.transcriber.loose import Members, list_of, name_of, number_of, read, text_of
from wire.transcriber.opening import Opening

LEAST_SECONDS, MOST_SECONDS = 0.05, 1.0  # of audio in one message


class AssemblyAI(TranscriberFormat):
    name = "assemblyai"
    label = "AssemblyAI streaming"
    capabilities = TranscriberCapabilities(language=False, turns=True)

    def endpoint_side(self, opening: Opening, *, model: str) -> EndpointSide:
        return _Endpoint(opening, model)


class _Endpoint(EndpointSide):
    """With formatting each turn ends twice: the second time counts."""

    flushes = True

    def __init__(self, opening: Opening, model: str) -> None:
        facts = [("sample_rate", str(opening.rate)), ("encoding", "pcm_s16le")]
        facts.append(("format_turns", "true"))
        if model:
            facts.append(("speech_model", model))
        super().__init__(opening.rate, Aim(query=tuple(facts)))
        self._least = round(self.rate * LEAST_SECONDS) * SAMPLE_BYTES
        self._most = round(self.rate * MOST_SECONDS) * SAMPLE_BYTES
        self._held = b""
        self._unformatted: tuple[float | None, FinalText] | None = None  # with its turn's number

    def audio(self, pcm: bytes) -> list[Message]:
        """Neither shorter nor longer than it takes."""
        self._held += pcm
        if len(self._held) < self._least:
            return []
        return self._release()

    def _release(self) -> list[Message]:
        held, self._held = self._held, b""
        starts = range(0, len(held), self._most)
        pieces = [Message(held[at : at + self._most]) for at in starts]
        if len(pieces) > 1 and len(pieces[-1].data) < self._least:
            self._held = pieces.pop().data
        return pieces

    def _rest(self) -> list[Message]:
        """The end of the sound, made as long as it must be by silence."""
        held, self._held = self._held, b""
        return [Message(held.ljust(self._least, b"\0"))] if held else []

    def finalize(self) -> list[Message]:
        return [*self._rest(), Message(b'{"type":"ForceEndpoint"}', is_text=True)]

    def close(self) -> list[Message]:
        return [*self._rest(), Message(b'{"type":"Terminate"}', is_text=True)]

    def hear(self, text: bytes) -> Sequence[TranscriberEvent] | None:
        message = read(text)
        if message is None:
            return None
        match message.get("type"):
            case "Turn":
                return self._turn(message)
            case "SpeechStarted":
                return (SpeechStarted(),)
            case "Error":
                return (TranscriberFailure(text_of(message.get("error"))),)
            case "Termination":
                return self.ended()
            case "Begin":
                return ()
        return None

    def ended(self) -> list[TranscriberEvent]:
        """A turn whose formatting never came."""
        held, self._unformatted = self._unformatted, None
        return [held[1], UtteranceEnd()] if held else []

    def _turn(self, message: Members) -> list[TranscriberEvent]:
        turn = number_of(message.get("turn_order"))
        earlier = self.ended() if self._unformatted and self._unformatted[0] != turn else []
        if message.get("end_of_turn") is not True:
            return [*earlier, InterimText(_so_far(message))]
        final = FinalText(
            text_of(message.get("transcript")), _confidence(message),
            name_of(message.get("language_code")),
        )  # fmt: skip
        if message.get("turn_is_formatted") is True:
            self._unformatted = None
            return [*earlier, final, UtteranceEnd()]
        self._unformatted = (turn, final)
        return [*earlier, InterimText(final.text)]


def _so_far(message: Members) -> str:
    """What is final of the turn, and what is not yet."""
    words = [text_of(word.get("text")) for word in list_of(message.get("words"))
             if word.get("word_is_final") is False]  # fmt: skip
    return " ".join(part for part in (text_of(message.get("transcript")), *words) if part)


def _confidence(message: Members) -> float | None:
    """The mean of its words'."""
    words = list_of(message.get("words"))
    given = [number_of(word.get("confidence")) for word in words]
    sure = [each for each in given if each is not None]
    return round(sum(sure) / len(sure), 4) if sure else None
