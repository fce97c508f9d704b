"""The voice road: a text to a hosted URL, and the sound of it back."""

import asyncio

from dispatch.answers import Answer, ErrorAnswer
from dispatch.spoken import SoundAnswer
from dispatch.voice import ask, passage_between, write_call
from gateway.asking import off_loop
from gateway.errors import told
from gateway.exchange import Exchange
from gateway.posting import PostDispatch
from usage.records import Final
from wire.registry import hosted_format
from wire.voice.base import VoiceRequest

CUT_SECONDS = 2.0


class VoiceDispatch(PostDispatch[VoiceRequest]):
    __slots__ = ()

    @staticmethod
    def read(exchange: Exchange, body: bytes) -> VoiceRequest:
        accept = exchange.headers.get(b"accept", b"").decode("latin-1")
        return hosted_format("voice", exchange.road.wire_format).read_request(body, accept=accept)

    @property
    def named_call(self) -> str | None:
        return self.request.call_id

    async def carry(self) -> None:
        endpoint, request = self.endpoint, self.request
        passage = passage_between(request.wire_format, endpoint.wire_format)
        call = await off_loop(self.size, write_call, passage, request, endpoint)
        client = self.exchange.gateway.client
        self.answer = answer = await ask(client, endpoint, passage, request, call, hops=self.hops)
        if isinstance(answer, ErrorAnswer):
            await self.pass_error(answer)
        else:
            await self.relay.stream(answer, answer.content_type.encode())
            self.conclude()

    @property
    def delivered(self) -> bool:
        return isinstance(self.answer, SoundAnswer) and self.answer.delivered

    async def tell(self, code: str, detail: str) -> None:
        """In an event where sound comes in events. Else it has no place for words: the body ends
        without its last chunk.

        What was sent before is left to reach the caller. Raises `TimeoutError` if it does not.
        """
        if isinstance(self.answer, SoundAnswer):
            farewell = self.answer.fail(code, told(code, detail))
            if farewell:
                await self.relay.farewell(farewell)
                return
        close, receive = self.exchange.close, self.exchange.receive
        if close is None:
            return
        self.live.settle()  # the disconnect that comes now is our own
        close()
        async with asyncio.timeout(CUT_SECONDS):
            while (await receive())["type"] != "http.disconnect":
                continue

    def count(self, final: Final) -> None:
        count_sound(final, self.request, self.answer)


def count_sound(final: Final, request: VoiceRequest, answered: Answer | None) -> None:
    """What was asked for, and what of it came."""
    final.characters = request.characters
    answer = answered if isinstance(answered, SoundAnswer) else None
    sound = answer.sound if answer else request.accepts[0]
    final.details = {"form": sound.kind} if sound.packed else {"rate": sound.rate}
    final.audio_ms = answer.audio_ms(final.bytes_out) if answer else 0.0
    usage = answer.usage if answer else None
    if usage is not None:
        final.tokens_source = "reported"
        final.tokens_prompt, final.tokens_completion = usage.prompt, usage.completion
