"""A WebSocket at a hosted URL that becomes one at its endpoint, for one dispatch."""

import asyncio
import time
from abc import abstractmethod
from typing import Any, Generic
from urllib.parse import parse_qsl

from dispatch.endpoint import EndpointSnapshot
from dispatch.failures import DispatchFailed
from dispatch.sending import Address
from dispatch.sockets import open_session
from egress.http import WebSocket, WebSocketRefused
from egress.link import Link, Sink
from gateway.asgi import send_whole
from gateway.authentication import MOST_PARAMETERS
from gateway.dispatching import Dispatch
from gateway.errors import ERRORS, Refused, told
from gateway.exchange import Exchange
from gateway.junction import GOING_AWAY, Junction, T, Verdict
from gateway.relay import error_headers
from tenants.selectors import Caller


def query_of(exchange: Exchange) -> list[tuple[str, str]]:
    """The parameters of the URL that was called. Raises `Refused`."""
    query = exchange.scope.get("query_string", b"").decode("latin-1")
    try:
        return parse_qsl(query, keep_blank_values=True, max_num_fields=MOST_PARAMETERS)
    except ValueError:
        detail = f"Its URL has more than {MOST_PARAMETERS} parameters."
        raise Refused("invalid_request", detail) from None


class SessionDispatch(Dispatch, Generic[T]):
    """A channel says where its endpoint is called and how the two sockets are joined."""

    __slots__ = ("hops", "junction", "link", "opened", "tally")

    def __init__(
        self,
        exchange: Exchange,
        caller: Caller,
        endpoint: EndpointSnapshot,
        tally: T,
        hops: int,
    ) -> None:
        super().__init__(exchange, caller, endpoint, 0)
        self.hops = hops
        self.tally = tally
        self.opened: WebSocket | None = None
        self.junction: Junction[T] | None = None
        self.link: Link | None = None  # the caller's

    @property
    @abstractmethod
    def address(self) -> Address:
        """The URL to call for a target's."""

    @property
    @abstractmethod
    def seconds(self) -> float:
        """How long the session may last."""

    @abstractmethod
    def joint(self, upstream: Link) -> Junction[T]: ...

    @abstractmethod
    def write_error(self, code: str, message: str) -> bytes:
        """The text message before the close of a session that has failed; empty for none."""

    @property
    def started(self) -> bool:
        return self.link is not None or self.exchange.begun

    async def carry(self) -> None:
        """The endpoint is connected first, so that its refusal is an answer to the upgrade."""
        until = asyncio.get_running_loop().time() + self.seconds
        client = self.exchange.gateway.client
        answer, attempts = await open_session(
            client, self.endpoint, address=self.address, hops=self.hops
        )
        meter = self.account.meter
        meter.timing, meter.attempts = answer.timing, attempts
        meter.first_piece = time.perf_counter()
        if isinstance(answer, WebSocketRefused):
            await self.refused(answer)
            return
        meter.status = 101
        self.opened = answer
        junction = self.junction = self.joint(answer.link)
        await self.join(junction)
        answer.start(junction)
        try:
            async with asyncio.timeout_at(until):
                verdict = await junction.over
        except TimeoutError:
            detail = f"The total clock of {self.seconds:g} s ran out."
            failure = DispatchFailed("upstream_timeout", detail)
            failure.clock, failure.attempts = "total", attempts
            raise failure from None
        self._conclude(verdict)

    async def refused(self, answer: WebSocketRefused) -> None:
        """The endpoint's own answer to the upgrade is the caller's."""
        account, exchange = self.account, self.exchange
        account.meter.status = answer.status
        headers = [*exchange.head, *error_headers(answer.headers)]
        exchange.begun = True
        await send_whole(exchange.send, answer.status, headers, answer.body)
        account.meter.first_sent = time.perf_counter()
        account.meter.bytes_out = len(answer.body)
        account.saw_refusal(answer.status)

    async def join(self, junction: Junction[T]) -> None:
        """Accepts the caller's upgrade: from then on its messages come to the junction."""
        self.link = await self.accept(junction)
        junction.joins(self.link)

    async def accept(self, sink: Sink) -> Link:
        exchange, meter = self.exchange, self.account.meter
        headers = [*exchange.head, (b"server-timing", meter.server_timing())]
        await exchange.send({"type": "accept", "headers": headers})
        link = exchange.take_link(sink)
        meter.first_sent = time.perf_counter()
        return link

    def _conclude(self, verdict: Verdict) -> None:
        if verdict.code:
            self.account.failed(verdict.outcome, verdict.code, verdict.message)
        elif verdict.outcome == "ok" and self.tally.failed:
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
            text = self.write_error(code, told(code, detail))
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
        if tally.first_content_at is not None:
            meter.first_content = meter.began + tally.first_content_at - self.exchange.started_at

    def delays(self) -> dict[str, Any]:
        """What the gateway took for frames, as a detail of the event."""
        return {} if self.junction is None else {"frame_delay_ms": self.junction.delays.as_json()}
