"""The voice road: a text to a hosted URL, and the sound of it back."""

import asyncio

from dispatch.answers import ErrorAnswer
from dispatch.voice import PcmAnswer, ask, write_body
from gateway.exchange import Exchange
from gateway.posting import PostDispatch, off_loop
from usage.records import Final
from wire import pcm
from wire.registry import format_named
from wire.voice.base import VoiceRequest

CUT_SECONDS = 2.0


class VoiceDispatch(PostDispatch[VoiceRequest]):
    __slots__ = ()

    @staticmethod
    def read(exchange: Exchange, body: bytes) -> VoiceRequest:
        return format_named("voice", exchange.road.wire_format).read_request(body)

    async def carry(self) -> None:
        endpoint, request = self.endpoint, self.request
        egress_format = format_named("voice", endpoint.wire_format)
        body = await off_loop(self.size, write_body, egress_format, request, endpoint)
        client = self.exchange.gateway.client
        self.answer = answer = await ask(client, endpoint, egress_format, body, hops=self.hops)
        if isinstance(answer, ErrorAnswer):
            await self.pass_error(answer)
        else:
            await self.relay.stream(answer, b"application/octet-stream")
            self.account.outcome = "ok"

    async def tell(self, code: str, detail: str) -> None:
        """Sound has no place for words: the body ends without its last chunk.

        What was sent before is left to reach the caller. Raises `TimeoutError` if it does not.
        """
        close, receive = self.exchange.close, self.exchange.receive
        if close is None:
            return
        self.live.settle()  # the disconnect that comes now is our own
        close()
        async with asyncio.timeout(CUT_SECONDS):
            while (await receive())["type"] != "http.disconnect":
                continue

    def count(self, final: Final) -> None:
        rate = self.request.rate
        final.characters = self.request.characters
        final.details = {"rate": rate}
        spoken = final.bytes_out if isinstance(self.answer, PcmAnswer) else 0
        final.audio_ms = pcm.milliseconds(spoken, rate)
