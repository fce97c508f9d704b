"""The transcriber road: one WebSocket at a hosted URL becomes one dispatch."""

from dispatch.endpoint import EndpointSnapshot
from dispatch.sending import Address
from dispatch.transcriber import Passage, TranscriberTally, passage_between
from egress import hops
from egress.link import Link
from gateway.errors import Refused
from gateway.exchange import Exchange
from gateway.interpreter import Interpreter
from gateway.junction import Junction
from gateway.posting import count_hops
from gateway.session import SessionDispatch, query_of
from tenants.selectors import Caller
from usage.records import Final
from wire.errors import InvalidRequest
from wire.registry import format_named

_HOPS = hops.HEADER.encode()


async def dispatch(exchange: Exchange) -> None:
    """Steps 1 to 7 of a dispatch (docs/architecture.md). Raises `Refused`."""
    caller, endpoint = await exchange.identify()
    passes = count_hops(exchange.headers.get(_HOPS))
    with exchange.gateway.admission.enter(caller.tenant_id, caller.plan):
        passage = _passage(exchange, endpoint)
        await _TranscriberDispatch(exchange, caller, endpoint, passage, passes).run()


def _passage(exchange: Exchange, endpoint: EndpointSnapshot) -> Passage:
    """Raises `Refused` for a query that cannot be read."""
    try:
        return passage_between(exchange.road.wire_format, endpoint, query_of(exchange))
    except InvalidRequest as error:
        raise Refused("invalid_request", error.message, param=error.param) from error


class _TranscriberDispatch(SessionDispatch[TranscriberTally]):
    __slots__ = ("passage", "wire_format")

    def __init__(
        self,
        exchange: Exchange,
        caller: Caller,
        endpoint: EndpointSnapshot,
        passage: Passage,
        passes: int,
    ) -> None:
        tally = TranscriberTally(passage.caller, passage.endpoint)
        super().__init__(exchange, caller, endpoint, tally, passes)
        self.passage = passage
        self.wire_format = format_named("transcriber", exchange.road.wire_format)

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

    def write_error(self, code: str, message: str) -> bytes:
        return self.wire_format.write_socket_error(code=code, message=message)

    def count(self, final: Final) -> None:
        tally = self.tally
        final.bytes_in = tally.bytes_in
        final.audio_ms = tally.audio_ms
        final.details = {**tally.details(), **self.delays()}
