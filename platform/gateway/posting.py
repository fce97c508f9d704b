"""Dispatches that are one POST: how one begins, and what its road says of it."""

import asyncio
import time
from abc import abstractmethod
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Generic, TypeVar

from dispatch.answers import Answer, ErrorAnswer
from dispatch.endpoint import EndpointSnapshot
from egress import hops
from gateway.asgi import read_body
from gateway.dispatching import Dispatch
from gateway.errors import Refused
from gateway.exchange import Exchange
from gateway.relay import Relay
from tenants.selectors import Caller
from wire.errors import InvalidRequest, StrayMessage

LARGE_BODY = 256 * 1024

R = TypeVar("R")
T = TypeVar("T")

_HOPS = hops.HEADER.encode()
_STATUSES = frozenset(HTTPStatus)


class PostDispatch(Dispatch, Generic[R]):
    """`request` is the caller's, as its wire format reads it; `answer` what its endpoint said."""

    __slots__ = ("answer", "hops", "relay", "request")

    def __init__(
        self,
        exchange: Exchange,
        caller: Caller,
        endpoint: EndpointSnapshot,
        request: R,
        size: int,
        passes: int,
    ) -> None:
        super().__init__(exchange, caller, endpoint, size)
        self.request = request
        self.hops = passes
        self.answer: Answer | None = None
        self.relay = Relay(exchange.send, exchange.head, self.live, self.account, exchange.pipe)

    @staticmethod
    @abstractmethod
    def read(exchange: Exchange, body: bytes) -> R:
        """The caller's request. Raises `InvalidRequest`."""

    @property
    def started(self) -> bool:
        return self.relay.started

    def release(self) -> None:
        if self.answer is not None:
            self.answer.close()
            self.account.meter.first_content = self.answer.first_content

    async def pass_error(self, answer: ErrorAnswer) -> None:
        """The endpoint's own 4xx or 5xx, to the caller and into the event."""
        spoken = answer.translated and self.exchange.wire_format.spoken_errors
        await self.relay.error(answer, 200 if spoken else answer.status)
        self.account.failed("upstream_error", "upstream_error", own_error(answer.status))


async def dispatch(road: type[PostDispatch[Any]], exchange: Exchange) -> None:
    """Steps 1 to 7 of a dispatch (docs/architecture.md). Raises `Refused` and `CallerGone`."""
    caller, endpoint = await exchange.identify()
    passes = count_hops(exchange.headers.get(_HOPS))
    with exchange.gateway.admission.enter(caller.tenant_id, caller.plan) as slot:
        began = time.perf_counter()
        body = await read_body(exchange.receive, exchange.headers, hold=slot.hold)
        exchange.meter.body_wait = time.perf_counter() - began
        try:
            request = await off_loop(len(body), road.read, exchange, body)
        except StrayMessage as stray:
            await exchange.answer(stray.reply)
            return
        except InvalidRequest as error:
            raise Refused("invalid_request", error.message, param=error.param) from error
        await road(exchange, caller, endpoint, request, len(body), passes).run()


def count_hops(received: bytes | None) -> int:
    """The passes through a gateway with this one. Raises `Refused` for a loop."""
    try:
        return hops.next_hops(None if received is None else received.decode("latin-1"))
    except hops.LoopRefused as error:
        raise Refused(error.code, error.detail) from error


async def off_loop(size: int, function: Callable[..., T], *args: object) -> T:
    """Runs at once what concerns few bytes, and on a thread what concerns many."""
    if size <= LARGE_BODY:
        return function(*args)
    return await asyncio.to_thread(function, *args)


def own_error(status: int) -> str:
    """What a tenant reads of an endpoint's own 4xx or 5xx."""
    phrase = f" {HTTPStatus(status).phrase}" if status in _STATUSES else ""
    return f"The endpoint answered with an error of its own: HTTP {status}{phrase}."
