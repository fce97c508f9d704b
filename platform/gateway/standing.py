"""A caller's socket that stands for a whole call, and over which dispatches are asked for."""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable

from dispatch.endpoint import EndpointSnapshot
from egress.frames import BINARY, CONTINUATION, Frame, may_be_sent
from egress.link import End, Link
from gateway.asking import AskingDispatch, R
from gateway.dispatching import ENDINGS
from gateway.errors import ERRORS
from gateway.exchange import Exchange
from gateway.live import Live, Reason
from tenants.selectors import Caller

MESSAGE_LIMIT = 1024 * 1024
IDLE_SECONDS = 600.0
SESSION_SECONDS = 6 * 3600.0
GOING_AWAY, TOO_BIG = 1001, 1009


class StandingDispatch(AskingDispatch[R]):
    """One of the dispatches of such a call, with an event of its own."""

    __slots__ = ()

    @property
    def started(self) -> bool:
        """The call's socket stands: no failure is an HTTP status any more."""
        return True

    def watch(self) -> None:
        """The call does: it ends its dispatches when the caller leaves."""


class StandingCall(ABC):
    """A `Sink` of the caller's link. `tasks` is for its dispatches, while the call lasts.

    A caller that does not read is not read from either. Messages of more than 1 MiB end it, as do
    ten minutes of silence.
    """

    def __init__(
        self, exchange: Exchange, caller: Caller, endpoint: EndpointSnapshot, hops: int
    ) -> None:
        self.exchange = exchange
        self.caller = caller
        self.endpoint = endpoint
        self.hops = hops
        self.tasks: asyncio.TaskGroup | None = None
        self.link: Link | None = None
        self._live = Live(caller.digest, exchange.abort)
        self._over: asyncio.Future[End] = asyncio.get_running_loop().create_future()
        self._room = asyncio.Event()
        self._room.set()
        self._message = bytearray()
        self._passed_over = False  # the message that comes now is not text
        self.closing = False  # nothing is heard any more
        self._heard_at = time.monotonic()

    @abstractmethod
    def opening(self) -> Iterable[bytes]:
        """Text messages before the caller has said anything."""

    @abstractmethod
    def hear(self, message: bytes) -> None:
        """A whole text message."""

    @abstractmethod
    def stop(self, reason: Reason) -> None:
        """Ends what runs, and begins nothing more."""

    async def run(self) -> None:
        exchange = self.exchange
        exchange.gateway.live.add(self._live)
        try:
            await exchange.send({"type": "accept", "headers": exchange.head})
            exchange.begun = True
            self.link = link = exchange.take_link(self)
            async with asyncio.TaskGroup() as tasks:
                self.tasks = tasks
                for message in self.opening():
                    self.put(message)
                reason = await self._until_over()
                self.tasks, self.closing = None, True
                self.stop(reason)
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
        if self.closing:
            return
        if frame.opcode != CONTINUATION:
            self._message.clear()
            self._passed_over = frame.opcode == BINARY
        if self._passed_over:
            return
        self._message += frame.payload
        if len(self._message) > MESSAGE_LIMIT:
            self._message.clear()
            self.close(TOO_BIG, "request_too_large")
        elif frame.final:
            message = bytes(self._message)
            self._message.clear()
            self._heard_at = time.monotonic()
            self.hear(message)

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

    def close(self, code: int, reason: str = "") -> None:
        """Nothing more is heard: the caller has yet to say that it knows, and may talk on."""
        self.closing = True
        if self.link is not None:
            self.link.close(code, reason)

    # -- for its dispatches

    async def until_room(self) -> None:
        """Waits until the caller keeps up."""
        await self._room.wait()

    def put(self, message: bytes) -> None:
        """A text message, at once: only for what is short."""
        if self.link is not None:
            self.link.put_text(message)

    def exchange_of_one(self) -> Exchange:
        """For one dispatch of the call."""
        return self.exchange.beside()
