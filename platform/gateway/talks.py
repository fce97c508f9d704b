"""The LLM road over sockets: a session for each call, in which turns are asked for and answered."""

from dispatch.endpoint import EndpointSnapshot
from gateway.errors import Refused
from gateway.exchange import Exchange
from gateway.live import Reason
from gateway.passing import CallDispatch
from gateway.standing import StandingCall
from gateway.turn import Turn, unanswered
from tenants.selectors import Caller
from wire.llm.base import LLMRequest
from wire.llm.turns import TurnFormat, TurnSession
from wire.registry import hosted_format


async def dispatch(exchange: Exchange) -> None:
    """Steps 1 to 3 of a dispatch (docs/architecture.md) for the call, 4 to 7 for each turn of it.

    Where the endpoint speaks the caller's format, the call is the dispatch. Raises `Refused`.
    """
    caller, endpoint = await exchange.identify()
    hops = exchange.count_hops()
    wire = hosted_format("llm", exchange.road.wire_format)
    assert isinstance(wire, TurnFormat) and exchange.address  # noqa: S101, PT018 - its road
    call = exchange.address.call
    with exchange.gateway.admission.enter(caller.tenant_id, caller.plan):
        if endpoint.wire_format == wire.name:
            await CallDispatch(exchange, caller, endpoint, wire, call, hops).run()
        else:
            await Talk(exchange, caller, endpoint, hops, wire.session(call)).run()


class Talk(StandingCall):
    """It is the `Mouth` of its turns, of which one runs at a time."""

    def __init__(
        self,
        exchange: Exchange,
        caller: Caller,
        endpoint: EndpointSnapshot,
        hops: int,
        session: TurnSession,
    ) -> None:
        super().__init__(exchange, caller, endpoint, hops)
        self._session = session
        self._turn: Turn | None = None
        self._newest: LLMRequest | None = None

    def opening(self) -> tuple[bytes, ...]:
        return self._session.opening()

    def hear(self, message: bytes) -> None:
        heard = self._session.hear(message)
        for reply in heard.replies:
            self.put(reply)
        if heard.request is not None and self.tasks is not None:
            self.stop("client_gone", superseded=True)
            self._newest = heard.request
            exchange = self.exchange_of_one()
            answering = self._answer(exchange, heard.request, len(message))
            self.tasks.create_task(answering, name="turn")

    def stop(self, reason: Reason, *, superseded: bool = False) -> None:
        turn, self._turn = self._turn, None
        if turn is not None:
            turn.superseded = superseded and not turn.complete
            turn.live.end(reason)

    async def say(self, message: bytes) -> None:
        await self.until_room()
        self.put(message)

    async def _answer(self, exchange: Exchange, request: LLMRequest, size: int) -> None:
        """Nothing if a newer turn came before this one began."""
        if self._newest is not request:
            return
        caller = self.caller
        try:
            exchange.gateway.admission.count(caller.tenant_id, caller.plan.rate)
            turn = Turn(exchange, caller, self.endpoint, request, size, self.hops, self)
            self._turn = turn
            await turn.run()
        except Refused as refusal:
            exchange.log_refusal(refusal)
            told = unanswered(request).fail(code=refusal.code, message=refusal.message)
            self.put(told.strip())
        finally:
            if self._newest is request:
                self._turn = None
