"""Two formats that are not the same, and a session on its way between them."""

from collections.abc import Sequence

from wire.events import CallerWord, TranscriberEvent
from wire.pcm import SAMPLE_BYTES
from wire.resample import Resampler
from wire.transcriber.audio import Mono
from wire.transcriber.base import CallerSide, EndpointSide, Message
from wire.transcriber.utterances import Utterances


class Translation:
    """For one session; what it holds is bounded. Raises `InvalidRequest` for audio that cannot be
    translated, also from `read`: some callers tell of theirs in a message.
    """

    __slots__ = ("_begun", "_mono", "_opening", "_resampler", "_samples", "caller", "endpoint",
                 "utterances")  # fmt: skip

    def __init__(self, caller: CallerSide, endpoint: EndpointSide) -> None:
        self.caller = caller
        self.endpoint = endpoint
        self.utterances = Utterances(ends=endpoint.ends_utterances)
        self._begun = False
        self._samples = 0
        self._resampler: Resampler | None
        self._listen()

    def _listen(self) -> None:
        """To audio as the opening has it."""
        self._opening = self.caller.opening
        caller = self.caller
        self._mono = Mono(self._opening, trims=caller.trims, channel=caller.channel)
        self._resampler = None

    def _resampled(self, pcm: bytes) -> bytes:
        """A resampler is only made for sound: messages without any cost little."""
        source, target = self._opening.rate, self.endpoint.rate
        if source == target or not pcm:
            return pcm
        if self._resampler is None:
            self._resampler = Resampler(source, target)
        return self._resampler.feed(pcm)

    @property
    def absent(self) -> bool:
        """The caller has told of its audio, and this channel is not in it."""
        return self.caller.opened and self.caller.channel >= self._opening.channels

    @property
    def seconds(self) -> float:
        """How much audio came."""
        return self._samples / self.endpoint.rate

    # -- from the caller to the endpoint

    def greet(self) -> list[Message]:
        """Once, and not before the caller's audio is known."""
        return self._begin() if self.caller.opened else []

    def read(self, text: bytes) -> Sequence[CallerWord] | None:
        words = self.caller.hear(text)
        if self.caller.opening is not self._opening:
            self._listen()
        return words

    def audio(self, data: bytes, *, last: bool = True) -> list[Message]:
        """`last`: a message ends with this piece."""
        pcm = self._mono.feed(data, last=last)
        return self._begin() + self._pcm(self._resampled(pcm))

    def finalize(self) -> list[Message]:
        self.utterances.awaited = True
        return self._begin() + self._rest() + self.endpoint.finalize()

    def close(self) -> list[Message]:
        return self._begin() + self._rest() + self.endpoint.close()

    def _begin(self) -> list[Message]:
        if self._begun:
            return []
        self._begun = True
        return self.endpoint.begin(self._opening)

    def _rest(self) -> list[Message]:
        """What the resampler holds back; the sound may go on afterwards."""
        if self._resampler is None:
            return []
        held, self._resampler = self._resampler.close(), None
        return self._pcm(held)

    def _pcm(self, pcm: bytes) -> list[Message]:
        self._samples += len(pcm) // SAMPLE_BYTES
        return self.endpoint.audio(pcm) if pcm else []

    # -- from the endpoint to the caller

    def hear(self, text: bytes) -> list[TranscriberEvent] | None:
        """`None` for a message that the endpoint's format does not know."""
        events = self.endpoint.hear(text)
        return None if events is None else self.utterances.feed(events)

    def ended(self) -> list[TranscriberEvent]:
        """The endpoint says nothing more."""
        return self.utterances.feed(self.endpoint.ended())

    def tell(self, events: Sequence[TranscriberEvent]) -> list[bytes]:
        return self.caller.tell(events, self.seconds)

    def bye(self) -> list[bytes]:
        """Of a caller's channels the first says it for all."""
        return [] if self.caller.channel else self.caller.bye(self.seconds)
