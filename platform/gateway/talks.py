"""The LLM road over sockets: a session for each call, in which turns are asked for and answered."""

import asyncio
import time

from dispatch.endpoint import EndpointSnapshot
from egress import hops
from egress.frames import BINARY, CONTINUATION, Frame, may_be_sent
from egress.link import End, Link
from gateway.dispatching import ENDINGS
from gateway.errors import ERRORS, Refused
from gateway.exchange import Exchange
from gateway.live import Live, Reason
from gateway.posting import count_hops
from gateway.turn import Turn, unanswered
from tenants.selectors import Caller
from wire.llm.base import LLMRequest
from wire.llm.turns import TurnFormat, TurnSession
from wire.registry import hosted_format

MESSAGE_LIMIT = 1024 * 1024
IDLE_SECONDS = 600.0
SESSION_SECONDS = 6 * 3600.0
GOING_AWAY, TOO_BIG = 1001, 1009

_HOPS = hops.HEADER.encode()


async def dispatch(exchange: Exchange) -> None:
    """Steps 1 to 3 of a dispatch (docs/architecture.md) for the call, 4 to 7 for each turn of it.

    Raises `Refused`.
    """
    caller, endpoint = await exchange.identify()
    passes = count_hops(exchange.headers.get(_HOPS))
    wire = hosted_format("llm", exchange.road.wire_format)
    assert isinstance(wire, TurnFormat) and exchange.address  # noqa: S101, PT018 - its road
    session = wire.session(exchange.address.call)
    with exchange.gateway.admission.enter(caller.tenant_id, caller.plan):
        await Talk(exchange, caller, endpoint, passes, session).run()


class Talk:
    """A `Sink` of the caller's link, and the `Mouth` of its turns, of which one runs at a time.

    A caller that does not read is not read from either. Messages of more than 1 MiB end it, as do
    ten minutes of silence.
    """

    def __init__(
        self,
        exchange: Exchange,
        caller: Caller,
        endpoint: EndpointSnapshot,
        passes: int,
        session: TurnSession,
    ) -> None:
        self._exchange = exchange
        self._caller = caller
        self._endpoint = endpoint
        self._passes = passes
        self._session = session
        self._live = Live(caller.digest, exchange.abort)
        self._over: asyncio.Future[End] = asyncio.get_running_loop().create_future()
        self._room = asyncio.Event()
        self._room.set()
        self._link: Link | None = None
        self._turns: asyncio.TaskGroup | None = None
        self._turn: Turn | None = None
        self._newest: LLMRequest | None = None
        self._message = bytearray()
        self._passed_over = False  # the message that comes now is not text
        self._heard_at = time.monotonic()

    async def run(self) -> None:
        exchange = self._exchange
        exchange.gateway.live.add(self._live)
        try:
            await exchange.send({"type": "accept", "headers": exchange.head})
            exchange.begun = True
            self._link = link = exchange.take_link(self)
            async with asyncio.TaskGroup() as turns:
                self._turns = turns
                for message in self._session.opening():
                    self.put(message)
                reason = await self._until_over()
                self._turns = None
                self._end_turn(reason)
            link.close(*self._farewell(reason))
        finally:
            self._live.settle()
            exchange.gateway.live.discard(self._live)

    async def _until_over(self) -> Reason:
        """The caller left, or is taken to have after a long silence; or the gateway ended it."""
        until = time.monotonic() + SESSION_SECONDS
        try:
            while not self._over.done():
                left = min(until, self._heard_at + IDLE_SECONDS) - time.monotonic()
                if left <= 0:
                    return "client_gone"
                await asyncio.wait([self._over], timeout=left)
        except asyncio.CancelledError:
            reason = self._live.ended_by
            if reason is None:
                raise
            self._live.settle()
            return reason
        return "client_gone"

    def _farewell(self, reason: Reason) -> tuple[int, str]:
        """Never 1000, unless the caller said so itself: some platforms hang up then."""
        if reason in ENDINGS:
            code = ENDINGS[reason]
            return ERRORS[code].close, code
        end = self._over.result() if self._over.done() else None
        return (end.code if end and may_be_sent(end.code) else GOING_AWAY), ""

    # -- for the link

    def took(self, link: Link, frame: Frame) -> None:
        if frame.opcode != CONTINUATION:
            self._message.clear()
            self._passed_over = frame.opcode == BINARY
        if self._passed_over:
            return
        self._message += frame.payload
        if len(self._message) > MESSAGE_LIMIT:
            self._message.clear()
            self._passed_over = True
            link.close(TOO_BIG, "request_too_large")
        elif frame.final:
            message = bytes(self._message)
            self._message.clear()
            self._hear(message)

    def room(self, link: Link, free: bool) -> None:
        if free:
            self._room.set()
            link.resume_reading()
        else:
            self._room.clear()
            link.pause_reading()

    def ended(self, link: Link, end: End) -> None:
        self._room.set()
        if not self._over.done():
            self._over.set_result(end)

    # -- for its turns

    async def say(self, message: bytes) -> None:
        await self._room.wait()
        self.put(message)

    def put(self, message: bytes) -> None:
        if self._link is not None:
            self._link.put_text(message)

    # -- within

    def _hear(self, message: bytes) -> None:
        self._heard_at = time.monotonic()
        heard = self._session.hear(message)
        for reply in heard.replies:
            self.put(reply)
        if heard.request is not None and self._turns is not None:
            self._end_turn("client_gone", superseded=True)
            self._newest = heard.request
            exchange = self._exchange_of_turn()
            answering = self._answer(exchange, heard.request, len(message))
            self._turns.create_task(answering, name="turn")

    def _exchange_of_turn(self) -> Exchange:
        """With an id, a clock and a start of its own."""
        call = self._exchange
        exchange = Exchange(call.gateway, call.scope, call.receive, call.send)
        assert call.address is not None  # noqa: S101 - it was found by it
        exchange.leads_to(call.address)
        return exchange

    def _end_turn(self, reason: Reason, *, superseded: bool = False) -> None:
        turn, self._turn = self._turn, None
        if turn is not None:
            turn.superseded = superseded and not turn.complete
            turn.live.end(reason)

    async def _answer(self, exchange: Exchange, request: LLMRequest, size: int) -> None:
        """Nothing if a newer turn came before this one began."""
        if self._newest is not request:
            return
        caller = self._caller
        try:
            exchange.gateway.admission.count(caller.tenant_id, caller.plan.rate)
            turn = Turn(exchange, caller, self._endpoint, request, size, self._passes, self)
            self._turn = turn
            await turn.run()
        except Refused as refusal:
            exchange.log_refusal(refusal)
            told = unanswered(request).fail(code=refusal.code, message=refusal.message)
            self.put(told.strip())
        finally:
            if self._newest is request:
                self._turn = None
