"""Dispatches that are one request and one answer."""

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

from dispatch.answers import Answer
from dispatch.endpoint import EndpointSnapshot
from gateway.dispatching import Dispatch
from gateway.exchange import Exchange
from tenants.selectors import Caller
from wire.events import Failure

LARGE_BODY = 256 * 1024

R = TypeVar("R")
T = TypeVar("T")


class AskingDispatch(Dispatch, Generic[R]):
    """`request` is the caller's, as its wire format reads it; `answer` what its endpoint said;
    `hops` are of `egress.hops`.
    """

    __slots__ = ("answer", "hops", "request")

    def __init__(
        self,
        exchange: Exchange,
        caller: Caller,
        endpoint: EndpointSnapshot,
        request: R,
        size: int,
        hops: int,
    ) -> None:
        super().__init__(exchange, caller, endpoint, size)
        self.request = request
        self.hops = hops
        self.answer: Answer | None = None

    @property
    def failure(self) -> Failure | None:
        return None if self.answer is None else self.answer.failure

    def release(self) -> None:
        if self.answer is not None:
            self.answer.close()
            self.account.meter.first_content = self.answer.first_content


async def off_loop(size: int, function: Callable[..., T], *args: object) -> T:
    """Runs at once what concerns few bytes, and on a thread what concerns many."""
    if size <= LARGE_BODY:
        return function(*args)
    return await asyncio.to_thread(function, *args)
