"""One text of a call whose platform holds a socket: one dispatch, with an event of its own."""

import time
from typing import Protocol

from dispatch.answers import ErrorAnswer
from dispatch.endpoint import EndpointSnapshot
from dispatch.voice import ask, passage_between, write_call
from gateway.errors import told
from gateway.exchange import Exchange
from gateway.standing import StandingDispatch
from gateway.voice import count_sound
from tenants.ids import sibling_id
from tenants.selectors import Caller
from usage.records import Final
from wire import pcm
from wire.voice.base import VoiceRequest


class Loudspeaker(Protocol):
    """Where the sound goes. `id` is of its session."""

    @property
    def id(self) -> str: ...

    async def play(self, sound: bytes) -> None:
        """Waits until the caller keeps up."""
        ...

    def put(self, message: bytes) -> None:
        """A text message, at once."""
        ...

    def write_error(self, code: str, message: str) -> bytes:
        """The text message that tells of a failure."""
        ...


class Utterance(StandingDispatch[VoiceRequest]):
    """`cleared`: the caller did not want the rest. All of a session are one call, unless a header
    names another. Its sound is raw PCM.
    """

    __slots__ = ("cleared", "played", "speaker")

    def __init__(
        self,
        exchange: Exchange,
        caller: Caller,
        endpoint: EndpointSnapshot,
        request: VoiceRequest,
        hops: int,
        speaker: Loudspeaker,
    ) -> None:
        super().__init__(exchange, caller, endpoint, request, len(request.text.encode()), hops)
        self.speaker = speaker
        self.cleared = False
        self.played = 0  # bytes of sound

    @property
    def own_call(self) -> str:
        return sibling_id("call", self.speaker.id)

    async def carry(self) -> None:
        endpoint, request, meter = self.endpoint, self.request, self.account.meter
        passage = passage_between(request.wire_format, endpoint.wire_format)
        call = write_call(passage, request, endpoint)
        client = self.exchange.gateway.client
        self.answer = answer = await ask(client, endpoint, passage, request, call, hops=self.hops)
        meter.first_piece = time.perf_counter()
        meter.saw(answer)
        if isinstance(answer, ErrorAnswer):
            self.account.saw_refusal(answer.status)
            self._put(answer.content)
            return
        while sound := await answer.read():
            await self.speaker.play(sound)
            self.played += len(sound)
            meter.bytes_out += len(sound)
            if meter.first_sent is None:
                meter.first_sent = time.perf_counter()
        self.conclude()

    async def tell(self, code: str, detail: str) -> None:
        self._put(self.speaker.write_error(code, told(code, detail)))

    def _put(self, message: bytes) -> None:
        self.speaker.put(message)
        self.account.meter.bytes_out += len(message)

    def count(self, final: Final) -> None:
        count_sound(final, self.request, self.answer)
        final.audio_ms = pcm.milliseconds(self.played, self.request.accepts[0].rate)
        if self.cleared:
            final.details = {**(final.details or {}), "cleared": True}
