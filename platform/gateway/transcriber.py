"""The transcriber road: one WebSocket at a hosted URL becomes one dispatch."""

import asyncio
import time
from urllib.parse import parse_qsl

from dispatch.endpoint import EndpointSnapshot
from dispatch.failures import DispatchFailed
from dispatch.sockets import open_session
from dispatch.transcriber import Passage, TranscriberTally, passage_between
from egress import hops
from egress.http import WebSocket, WebSocketRefused
from egress.link import Link
from gateway.asgi import send_whole
from gateway.authentication import MOST_PARAMETERS
from gateway.dispatching import Dispatch
from gateway.errors import ERRORS, Refused, told
from gateway.exchange import Exchange
from gateway.interpreter import Interpreter
from gateway.junction import GOING_AWAY, Junction, Verdict
from gateway.posting import count_hops, own_error
from gateway.relay import error_headers
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
    query = exchange.scope.get("query_string", b"").decode("latin-1")
    try:
        given = parse_qsl(query, keep_blank_values=True, max_num_fields=MOST_PARAMETERS)
    except ValueError:
        detail = f"Its URL has more than {MOST_PARAMETERS} parameters."
        raise Refused("invalid_request", detail) from None
    try:
        return passage_between(exchange.road.wire_format, endpoint, given)
    except InvalidRequest as error:
        raise Refused("invalid_request", error.message, param=error.param) from error


class _TranscriberDispatch(Dispatch):
    __slots__ = ("hops", "junction", "link", "opened", "passage", "tally", "wire_format")

    def __init__(
        self,
        exchange: Exchange,
        caller: Caller,
        endpoint: EndpointSnapshot,
        passage: Passage,
        passes: int,
    ) -> None:
        super().__init__(exchange, caller, endpoint, 0)
        self.hops = passes
        self.passage = passage
        self.wire_format = format_named("transcriber", exchange.road.wire_format)
        self.tally = TranscriberTally(passage.caller, passage.endpoint)
        self.opened: WebSocket | None = None
        self.junction: Junction | None = None
        self.link: Link | None = None  # the caller's

    @property
    def started(self) -> bool:
        return self.link is not None or self.exchange.begun

    async def carry(self) -> None:
        """The endpoint is connected first, so that its refusal is an answer to the upgrade."""
        clocks = self.endpoint.clocks
        until = asyncio.get_running_loop().time() + clocks.total
        client = self.exchange.gateway.client
        answer, attempts = await open_session(
            client, self.endpoint, address=self.passage.aim.at, hops=self.hops
        )
        meter = self.account.meter
        meter.timing, meter.attempts = answer.timing, attempts
        meter.first_piece = time.perf_counter()
        if isinstance(answer, WebSocketRefused):
            await self._refused(answer)
            return
        meter.status = 101
        self.opened = answer
        junction = await self._join(answer)
        try:
            async with asyncio.timeout_at(until):
                verdict = await junction.over
        except TimeoutError:
            detail = f"The total clock of {clocks.total:g} s ran out."
            failure = DispatchFailed("upstream_timeout", detail)
            failure.clock, failure.attempts = "total", attempts
            raise failure from None
        self._conclude(verdict)

    async def _refused(self, answer: WebSocketRefused) -> None:
        account, exchange = self.account, self.exchange
        account.meter.status = answer.status
        headers = [*exchange.head, *error_headers(answer.headers)]
        exchange.begun = True
        await send_whole(exchange.send, answer.status, headers, answer.body)
        account.meter.first_sent = time.perf_counter()
        account.meter.bytes_out = len(answer.body)
        account.failed("upstream_error", "upstream_error", own_error(answer.status))

    async def _join(self, opened: WebSocket) -> Junction:
        exchange, meter = self.exchange, self.account.meter
        junction = self.junction = self._junction(opened.link)
        headers = [*exchange.head, (b"server-timing", meter.server_timing())]
        await exchange.send({"type": "accept", "headers": headers})
        self.link = exchange.take_link(junction)
        meter.first_sent = time.perf_counter()
        junction.joins(self.link)
        opened.start(junction)
        return junction

    def _junction(self, upstream: Link) -> Junction:
        translation, idle = self.passage.translation, self.endpoint.clocks.idle
        if translation is None:
            return Junction(upstream, self.tally, idle)
        return Interpreter(upstream, self.tally, idle, translation)

    def _conclude(self, verdict: Verdict) -> None:
        if verdict.code:
            self.account.failed(verdict.outcome, verdict.code, verdict.message)
        elif verdict.outcome == "ok" and self.tally.failure is not None:
            self.account.failed(
                "upstream_error", "upstream_error", "The endpoint sent an error in its session."
            )
        else:
            self.account.outcome = verdict.outcome

    async def tell(self, code: str, detail: str) -> None:
        """A message of the format, where one fits, and a close code of the contract."""
        link = self.link
        if link is None:
            return
        if not link.within_message:
            text = self.wire_format.write_socket_error(code=code, message=told(code, detail))
            if text:
                link.put_text(text)
                self.account.meter.bytes_out += len(text)
        link.close(ERRORS[code].close, code)

    def release(self) -> None:
        if self.junction is not None:
            self.junction.part()
        opened, self.opened = self.opened, None
        if opened is not None:
            opened.hang_up(GOING_AWAY)
        self._settle_meter()

    def _settle_meter(self) -> None:
        meter, tally = self.account.meter, self.tally
        meter.bytes_out += tally.bytes_out
        tally.bytes_out = 0
        if tally.first_text_at is not None:
            meter.first_content = meter.began + tally.first_text_at - self.exchange.started_at

    def count(self, final: Final) -> None:
        tally = self.tally
        final.bytes_in = tally.bytes_in
        final.audio_ms = tally.audio_ms
        final.details = tally.details()
        if self.junction is not None:
            final.details["frame_delay_ms"] = self.junction.delays.as_json()
