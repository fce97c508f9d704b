"""One session of a transcriber's caller, or of one of its channels: one dispatch."""

from dispatch.endpoint import EndpointSnapshot
from dispatch.sending import Address
from dispatch.transcriber import Passage, TranscriberTally
from egress.link import Link
from gateway.channels import Channels
from gateway.exchange import Exchange
from gateway.interpreter import Interpreter
from gateway.junction import Junction
from gateway.session import SessionDispatch
from tenants.selectors import Caller
from usage.records import Final
from wire.registry import format_named


class Hearing(SessionDispatch[TranscriberTally]):
    """`channels`: the caller's others are heard beside this one, in dispatches of their own."""

    __slots__ = ("channels", "passage", "wire_format")

    def __init__(
        self,
        exchange: Exchange,
        caller: Caller,
        endpoint: EndpointSnapshot,
        passage: Passage,
        hops: int,
    ) -> None:
        tally = TranscriberTally(passage.caller, passage.endpoint)
        super().__init__(exchange, caller, endpoint, tally, hops)
        self.passage = passage
        self.wire_format = format_named("transcriber", exchange.road.wire_format)
        self.channels: Channels | None = None

    @property
    def address(self) -> Address:
        return self.passage.aim.at

    @property
    def seconds(self) -> float:
        return self.endpoint.clocks.total

    def joint(self, upstream: Link) -> Junction[TranscriberTally]:
        translation, idle = self.passage.translation, self.endpoint.clocks.idle
        if translation is None:
            return Junction(upstream, self.tally, idle)
        return Interpreter(upstream, self.tally, idle, translation)

    async def join(self, junction: Junction[TranscriberTally]) -> None:
        channels = self.channels
        if channels is None:
            await super().join(junction)
            return
        await channels.ready()
        self.link = await self.accept(channels)
        channels.opened(self.link, junction)

    def write_error(self, code: str, message: str) -> bytes:
        return self.wire_format.write_socket_error(code=code, message=message)

    def release(self) -> None:
        if self.channels is not None and self.junction is not None:
            self.channels.leave(self.junction)
        super().release()

    def count(self, final: Final) -> None:
        tally = self.tally
        final.bytes_in = tally.bytes_in
        final.audio_ms = tally.audio_ms
        final.details = {**tally.details(), **self.delays()}
        if self.passage.translation is not None and self.passage.caller.channels > 1:
            final.details["channel"] = self.passage.caller.channel
