"""The LLM road: one POST to a hosted URL becomes one dispatch."""

import asyncio
import time
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import TypeVar

import structlog

from dispatch.answers import ErrorAnswer, ReplyAnswer, StreamAnswer
from dispatch.endpoint import EndpointSnapshot
from dispatch.failures import DispatchFailed
from dispatch.llm import LLMAnswer, ask, write_body
from egress import hops
from gateway.accounting import Account
from gateway.asgi import read_body
from gateway.errors import Refused, told
from gateway.exchange import Exchange
from gateway.live import Live, Reason
from gateway.relay import Relay
from tenants.ids import new_id
from tenants.selectors import Caller
from usage.calls import call_id, clean_external_id
from usage.ledger import UsageUnavailable
from usage.records import Intent
from wire.errors import InvalidRequest, StrayMessage
from wire.llm.base import LLMRequest
from wire.registry import format_named

log = structlog.get_logger(__name__)

LARGE_BODY = 256 * 1024

T = TypeVar("T")

_HOPS = hops.HEADER.encode()


async def dispatch(exchange: Exchange) -> None:
    """Steps 1 to 7 of a dispatch (docs/architecture.md). Raises `Refused` and `CallerGone`."""
    caller, endpoint = await exchange.identify()
    passes = _count_hops(exchange.headers.get(_HOPS))
    with exchange.gateway.admission.enter(caller.tenant_id, caller.plan) as slot:
        began = time.perf_counter()
        body = await read_body(exchange.receive, exchange.headers, hold=slot.hold)
        exchange.meter.body_wait = time.perf_counter() - began
        try:
            request = await _read_request(exchange, body)
        except StrayMessage as stray:
            await exchange.answer(stray.reply)
            return
        except InvalidRequest as error:
            raise Refused("invalid_request", error.message, param=error.param) from error
        await _Dispatch(exchange, caller, endpoint, request, len(body), passes).run()


def _count_hops(received: bytes | None) -> int:
    try:
        return hops.next_hops(None if received is None else received.decode("latin-1"))
    except hops.LoopRefused as error:
        raise Refused(error.code, error.detail) from error


async def _read_request(exchange: Exchange, body: bytes) -> LLMRequest:
    read = partial(exchange.wire_format.read_request, always_stream=exchange.road.always_stream)
    return await _off_loop(len(body), read, body)


async def _off_loop(size: int, function: Callable[..., T], *args: object) -> T:
    """Runs at once what concerns few bytes, and on a thread what concerns many."""
    if size <= LARGE_BODY:
        return function(*args)
    return await asyncio.to_thread(function, *args)


class _Dispatch:
    """From the open ledger to the closed one."""

    __slots__ = ("account", "answer", "caller", "endpoint", "exchange", "hops", "live", "relay",
                 "request", "size")  # fmt: skip

    def __init__(
        self,
        exchange: Exchange,
        caller: Caller,
        endpoint: EndpointSnapshot,
        request: LLMRequest,
        size: int,
        passes: int,
    ) -> None:
        self.exchange = exchange
        self.caller = caller
        self.endpoint = endpoint
        self.request = request
        self.size = size
        self.hops = passes
        self.account = Account(new_id("dsp"), exchange.meter)
        self.live = Live(caller.digest, exchange.abort)
        self.answer: LLMAnswer | None = None
        exchange.head.append((b"x-dispatch-id", self.account.dispatch_id.encode()))
        self.relay = Relay(exchange.send, exchange.head, self.live, self.account, exchange.pipe)

    async def run(self) -> None:
        """The final record is written whatever happens, in the same step as the last event."""
        gateway = self.exchange.gateway
        try:
            gateway.ledger.open(self._intent())
        except UsageUnavailable as error:
            gateway.usage_refused()
            raise Refused("usage_unavailable") from error
        gateway.live.add(self.live)
        self.live.watch(self.exchange.receive)
        try:
            await self._guarded()
        finally:
            self.exchange.begun = self.relay.started
            self.live.settle()
            gateway.live.discard(self.live)
            if self.answer is not None:
                self.answer.close()
            final = self.account.final(self.exchange.wire_format, self.request)
            gateway.ledger.close(final)
            gateway.figures.count(final)

    async def _guarded(self) -> None:
        try:
            await self._exchange()
        except DispatchFailed as failure:
            self._record(failure)
            await self._tell(failure.code, failure.detail)
        except asyncio.CancelledError:
            reason = self.live.ended_by
            if reason is None:
                self.account.failed("client_gone", "draining", "The process was stopped.")
                raise
            self.live.settle()
            await self._ended(reason)
        except Exception as error:
            log.exception(
                "gateway.failed",
                error=type(error).__name__,
                request=self.exchange.request_id,
                dispatch=self.account.dispatch_id,
            )
            self.account.failed("refused", "internal_error", told("internal_error"))
            await self._tell_of_fault()

    async def _exchange(self) -> None:
        endpoint, request = self.endpoint, self.request
        egress_format = format_named("llm", endpoint.wire_format)
        body = await _off_loop(self.size, write_body, egress_format, request, endpoint)
        client = self.exchange.gateway.client
        self.answer = answer = await ask(
            client, endpoint, egress_format, request, body, hops=self.hops
        )
        self.account.tally = answer.tally
        if isinstance(answer, StreamAnswer):
            await self.relay.stream(answer)
        elif isinstance(answer, ReplyAnswer):
            await self.relay.reply(answer)
        else:
            await self.relay.error(answer)
        self._conclude(answer)

    def _conclude(self, answer: LLMAnswer) -> None:
        """The answer is with the caller; its endpoint may yet have said that it failed."""
        if isinstance(answer, ErrorAnswer):
            self.account.failed("upstream_error", "upstream_error", _own_error(answer.status))
        elif answer.tally.failure is not None:
            self.account.failed(
                "upstream_error", "upstream_error", "The endpoint sent an error inside its answer."
            )
        else:
            self.account.outcome = "ok"

    def _record(self, failure: DispatchFailed) -> None:
        meter = self.account.meter
        meter.attempts = failure.attempts
        if failure.response is not None:
            meter.status = failure.response.status
            meter.timing = failure.response.timing
        message = told(failure.code, failure.detail)
        self.account.failed(failure.outcome, failure.code, message, clock=failure.clock)

    async def _tell(self, code: str, detail: str) -> None:
        """The failure, as a status if nothing has been sent, else inside the stream."""
        if not self.relay.started:
            raise Refused(code, detail)
        if isinstance(self.answer, StreamAnswer):
            try:
                await self.relay.fail(self.answer, code, detail)
            except TimeoutError:
                self._abort()

    async def _tell_of_fault(self) -> None:
        """As `_tell`; but what broke may break again, and nobody must be left waiting then."""
        if not self.relay.started:
            raise Refused("internal_error")
        if not isinstance(self.answer, StreamAnswer):
            self._abort()
            return
        try:
            await self._tell("internal_error", "")
        except Exception:  # the first fault is in the log, and this is most likely the same
            self._abort()

    async def _ended(self, reason: Reason) -> None:
        """Somebody ended the dispatch: the caller itself, or the gateway."""
        if reason == "client_gone":
            self.account.outcome = "client_gone"
        elif reason == "stalled":
            self.account.failed("client_gone", "caller_stalled", "The caller stopped reading.")
            self._abort()
        else:
            code = _ENDINGS[reason]
            self.account.failed("refused", code, told(code))
            await self._tell(code, "")

    def _abort(self) -> None:
        if self.live.abort is not None:
            self.live.abort()

    def _external_call_id(self) -> str:
        """What the platform calls the call; a dispatch that says nothing is a call of its own."""
        named = self.exchange.headers.get(b"x-call-id", b"").decode("latin-1")
        cleaned = clean_external_id(named or self.request.call_id or "")
        return cleaned or self.account.dispatch_id

    def _intent(self) -> Intent:
        exchange, caller, endpoint = self.exchange, self.caller, self.endpoint
        external = self._external_call_id()
        agent_id = exchange.agent_id
        return Intent(
            dispatch_id=self.account.dispatch_id,
            event_id=new_id("evt"),
            tenant_id=caller.tenant_id,
            agent_id=agent_id,
            endpoint_id=endpoint.id,
            call_id=call_id(caller.tenant_id, agent_id, external),
            external_call_id=external,
            provider=endpoint.provider,
            format_in=exchange.road.wire_format,
            format_out=endpoint.wire_format,
            started_at=exchange.started_at,
            bytes_in=self.size,
        )


def _own_error(status: int) -> str:
    phrase = f" {HTTPStatus(status).phrase}" if status in _STATUSES else ""
    return f"The endpoint answered with an error of its own: HTTP {status}{phrase}."


_STATUSES = frozenset(HTTPStatus)
_ENDINGS = {"revoked": "invalid_api_key", "draining": "draining"}
