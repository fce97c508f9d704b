"""Dispatches that are one POST: how one begins, and what its road says of it."""

import time
from abc import abstractmethod
from typing import Any

from dispatch.answers import ErrorAnswer
from dispatch.endpoint import EndpointSnapshot
from gateway.asgi import read_body
from gateway.asking import AskingDispatch, R, off_loop
from gateway.errors import Refused
from gateway.exchange import Exchange
from gateway.relay import Relay
from tenants.selectors import Caller
from wire.errors import InvalidRequest, StrayMessage


class PostDispatch(AskingDispatch[R]):
    __slots__ = ("relay",)

    def __init__(
        self,
        exchange: Exchange,
        caller: Caller,
        endpoint: EndpointSnapshot,
        request: R,
        size: int,
        hops: int,
    ) -> None:
        super().__init__(exchange, caller, endpoint, request, size, hops)
        self.relay = Relay(exchange.send, exchange.head, self.live, self.account, exchange.pipe)

    @staticmethod
    @abstractmethod
    def read(exchange: Exchange, body: bytes) -> R:
        """The caller's request. Raises `InvalidRequest`."""

    @property
    def started(self) -> bool:
        return self.relay.started

    async def pass_error(self, answer: ErrorAnswer) -> None:
        """The endpoint's own 4xx or 5xx, to the caller and into the event."""
        spoken = answer.translated and self.exchange.wire_format.spoken_errors
        await self.relay.error(answer, 200 if spoken else answer.status)
        self.account.saw_refusal(answer.status)


async def dispatch(road: type[PostDispatch[Any]], exchange: Exchange) -> None:
    """Steps 1 to 7 of a dispatch (docs/architecture.md). Raises `Refused` and `CallerGone`."""
    caller, endpoint = await exchange.identify()
    hops = exchange.count_hops()
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
        await road(exchange, caller, endpoint, request, len(body), hops).run()
