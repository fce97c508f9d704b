"""The LLM road: one POST to a hosted URL becomes one dispatch."""

import asyncio
import time
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import TypeVar

from dispatch.answers import ErrorAnswer, ReplyAnswer, StreamAnswer
from dispatch.endpoint import EndpointSnapshot
from dispatch.llm import LLMAnswer, ask, write_body
from egress import hops
from gateway.asgi import read_body
from gateway.dispatching import Dispatch
from gateway.errors import Refused
from gateway.exchange import Exchange
from gateway.relay import Relay
from tenants.selectors import Caller
from usage.records import Final
from wire.errors import InvalidRequest, StrayMessage
from wire.llm.base import LLMRequest, LLMTally
from wire.registry import format_named

LARGE_BODY = 256 * 1024

T = TypeVar("T")

_HOPS = hops.HEADER.encode()


async def dispatch(exchange: Exchange) -> None:
    """Steps 1 to 7 of a dispatch (docs/architecture.md). Raises `Refused` and `CallerGone`."""
    caller, endpoint = await exchange.identify()
    passes = count_hops(exchange.headers.get(_HOPS))
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
        await _LLMDispatch(exchange, caller, endpoint, request, len(body), passes).run()


def count_hops(received: bytes | None) -> int:
    """The passes through a gateway with this one. Raises `Refused` for a loop."""
    try:
        return hops.next_hops(None if received is None else received.decode("latin-1"))
    except hops.LoopRefused as error:
        raise Refused(error.code, error.detail) from error


async def _read_request(exchange: Exchange, body: bytes) -> LLMRequest:
    read = partial(exchange.llm_format.read_request, always_stream=exchange.road.always_stream)
    return await _off_loop(len(body), read, body)


async def _off_loop(size: int, function: Callable[..., T], *args: object) -> T:
    """Runs at once what concerns few bytes, and on a thread what concerns many."""
    if size <= LARGE_BODY:
        return function(*args)
    return await asyncio.to_thread(function, *args)


class _LLMDispatch(Dispatch):
    __slots__ = ("answer", "hops", "relay", "request", "tally")

    def __init__(
        self,
        exchange: Exchange,
        caller: Caller,
        endpoint: EndpointSnapshot,
        request: LLMRequest,
        size: int,
        passes: int,
    ) -> None:
        super().__init__(exchange, caller, endpoint, size)
        self.request = request
        self.hops = passes
        self.answer: LLMAnswer | None = None
        self.tally: LLMTally | None = None
        self.relay = Relay(exchange.send, exchange.head, self.live, self.account, exchange.pipe)

    @property
    def started(self) -> bool:
        return self.relay.started

    @property
    def named_call(self) -> str | None:
        return self.request.call_id

    async def carry(self) -> None:
        endpoint, request = self.endpoint, self.request
        egress_format = format_named("llm", endpoint.wire_format)
        body = await _off_loop(self.size, write_body, egress_format, request, endpoint)
        client = self.exchange.gateway.client
        self.answer = answer = await ask(
            client, endpoint, egress_format, request, body, hops=self.hops
        )
        self.tally = answer.tally
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
            self.account.failed("upstream_error", "upstream_error", own_error(answer.status))
        elif answer.tally.failure is not None:
            self.account.failed(
                "upstream_error", "upstream_error", "The endpoint sent an error inside its answer."
            )
        else:
            self.account.outcome = "ok"

    async def tell(self, code: str, detail: str) -> None:
        """Inside the stream; a whole answer that has begun can only be cut."""
        if isinstance(self.answer, StreamAnswer):
            await self.relay.fail(self.answer, code, detail)
        else:
            self.abort()

    def release(self) -> None:
        if self.answer is not None:
            self.answer.close()

    def count(self, final: Final) -> None:
        tally = self.tally
        if tally is None:
            return
        usage = tally.usage
        if usage is not None:
            final.tokens_source = "reported"
        elif tally.has_content or tally.reasoning_bytes:
            final.tokens_source = "estimated"
            usage = self.exchange.llm_format.estimate(self.request, tally)
        if usage is not None:
            final.tokens_prompt = usage.prompt
            final.tokens_completion = usage.completion
            final.tokens_reasoning = usage.reasoning


def own_error(status: int) -> str:
    """What a tenant reads of an endpoint's own 4xx or 5xx."""
    phrase = f" {HTTPStatus(status).phrase}" if status in _STATUSES else ""
    return f"The endpoint answered with an error of its own: HTTP {status}{phrase}."


_STATUSES = frozenset(HTTPStatus)
