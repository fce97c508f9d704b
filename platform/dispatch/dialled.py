"""One request that is answered over a WebSocket: dialled for it, and closed with the answer."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from dispatch.answers import Answer, Body, ErrorAnswer, Observer
from dispatch.endpoint import EndpointSnapshot
from dispatch.received import Received
from dispatch.sending import Address, answered
from dispatch.sockets import open_session
from egress.errors import BadResponse, EgressError, TimedOut, Truncated
from egress.frames import Frame
from egress.gathering import Gatherer, TooLong
from egress.http import Client, Clocks, ExchangeTiming, Push, WebSocket, WebSocketRefused
from egress.link import End, Link
from wire.dialogue import Dialogue

MESSAGE_LIMIT = 1024 * 1024
HELD = 64 * 1024  # bytes of an answer that wait to be read, before the endpoint has to

_DONE, _GOING_AWAY = 1000, 1001

A = TypeVar("A", bound=Answer)


async def converse(
    client: Client,
    endpoint: EndpointSnapshot,
    classify: Callable[[Body], Awaitable[A]],
    dialogue: Dialogue,
    *,
    hops: int,
    observe: Observer | None,
    headers: tuple[tuple[str, str], ...] = (),
    address: Address = str,
) -> A | ErrorAnswer:
    """As `dispatch.sending.post`, with a dialogue in place of a body. Raises `DispatchFailed`."""
    total_at = asyncio.get_running_loop().time() + endpoint.clocks.total
    opened, attempts = await open_session(
        client, endpoint, address=address, hops=hops, headers=headers
    )
    response: Received
    if isinstance(opened, WebSocketRefused):
        response = _Refusal(opened)
    else:
        response = dialled = Dialled(opened, dialogue, endpoint.clocks, total_at)
        dialled.begin()
    return await answered(response, attempts, classify, observe)


class Dialled:
    """What a dialogue makes of a socket's messages; a `Sink` of its link, with one reader only.

    Reading slower than the endpoint sends stops the endpoint. `first_byte` is the clock until the
    first of the answer, `idle` each wait for more of it; `total` runs whether anybody reads or not.
    """

    __slots__ = (
        "_begun", "_chunks", "_clocks", "_complete", "_dialogue", "_failure", "_gatherer", "_loop",
        "_opened", "_room", "_size", "_timer", "_total", "_waiter", "timing",
    )  # fmt: skip

    status = 101

    def __init__(
        self, opened: WebSocket, dialogue: Dialogue, clocks: Clocks, total_at: float
    ) -> None:
        self.timing: ExchangeTiming = opened.timing
        self._loop = asyncio.get_running_loop()
        self._opened = opened
        self._dialogue = dialogue
        self._clocks = clocks
        self._total = self._loop.call_at(total_at, self._time_out)
        self._gatherer = Gatherer(MESSAGE_LIMIT)
        self._chunks: list[bytes] = []
        self._size = 0  # bytes in `_chunks`
        self._begun = self._complete = False
        self._room = True
        self._failure: EgressError | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        self._say(self._dialogue.opening())
        self._set_timer()
        self._opened.start(self)

    @property
    def headers(self) -> dict[str, str]:
        return dict(self._dialogue.headers)

    # -- the reader's side

    async def read(self, push: Push | None = None) -> bytes:
        """As `Received`; nothing is pushed."""
        while not self._chunks:
            if self._failure is not None:
                raise self._failure
            if self._complete:
                return b""
            await self._wait()
        piece = b"".join(self._chunks)
        self._chunks.clear()
        self._size = 0
        self._set_flow()
        return piece

    def close(self) -> None:
        self._fail(Truncated("The answer was closed before its end.", "closed"))

    async def _wait(self) -> None:
        """Until something happens, or a clock runs out. Cancelling closes the socket."""
        waiter = self._waiter = self._loop.create_future()
        clock, seconds = self._clock()
        try:
            async with asyncio.timeout(seconds):
                await waiter
        except TimeoutError:
            if clock:
                self._fail(TimedOut(clock, seconds))
            elif not self._over:
                self._finish()
        except asyncio.CancelledError:
            self.close()
            raise
        finally:
            self._waiter = None

    def _time_out(self) -> None:
        self._fail(TimedOut("total", self._clocks.total))

    def _clock(self) -> tuple[str, float]:
        """Its name, which the silence that ends an answer has none of, and seconds."""
        quiet = self._dialogue.quiet
        if quiet is not None:
            return "", quiet
        if not self._begun:
            return "first_byte", self._clocks.first_byte
        return "idle", self._clocks.idle

    # -- for the link

    def took(self, link: Link, frame: Frame) -> None:
        if self._over:
            return
        try:
            text = self._gatherer.take(frame)
        except TooLong:
            self._fail(BadResponse("A message of the endpoint's is too long.", "message"))
            return
        if text is not None:
            self._hear(text, is_text=True)
        elif not self._gatherer.is_text:
            self._hear(frame.payload, is_text=False)

    def room(self, link: Link, free: bool) -> None:
        self._room = free
        self._set_flow()

    def ended(self, link: Link, end: End) -> None:
        if end.how == "closed":
            link.close(end.code)
        if self._over:
            return
        if end.how == "closed" and self._dialogue.closed(end.code):
            self._complete = True
            self._part()
        else:
            self._fail(self._broken(end))

    # -- within

    @property
    def _over(self) -> bool:
        return self._complete or self._failure is not None

    def _hear(self, message: bytes, *, is_text: bool) -> None:
        heard = self._dialogue.hear(message, is_text=is_text)
        self._say(heard.replies)
        if heard.body:
            self._take(heard.body)
        if heard.failed:
            self._fail(BadResponse("It sent an error inside its answer.", "reported"))
        elif heard.done:
            self._finish()
        elif heard.body:
            self._wake()

    def _take(self, body: bytes) -> None:
        if not self._begun:
            self._begun = True
            self.timing.first_byte = time.perf_counter()
        self._chunks.append(body)
        self._size += len(body)
        self._set_flow()

    def _set_timer(self) -> None:
        pause = self._dialogue.pause
        if pause is not None:
            self._timer = self._loop.call_later(pause, self._break_silence)

    def _break_silence(self) -> None:
        self._say(self._dialogue.say(round(time.time() * 1000)))
        self._set_timer()

    def _say(self, messages: Iterable[bytes]) -> None:
        for message in messages:
            self._opened.link.put_text(message)

    def _set_flow(self) -> None:
        if self._over:
            return
        if self._room and self._size < HELD:
            self._opened.link.resume_reading()
        else:
            self._opened.link.pause_reading()

    def _broken(self, end: End) -> EgressError:
        if end.how == "closed":
            return Truncated(f"The endpoint closed the session with code {end.code}.")
        if end.how == "lost":
            return Truncated("The endpoint closed the connection before the answer's end.")
        if end.how == "broken":
            return BadResponse("The endpoint broke the WebSocket protocol.", "websocket")
        return TimedOut("idle", self._clocks.idle)

    def _finish(self) -> None:
        self._say(self._dialogue.farewell())
        self._complete = True
        self._opened.hang_up(_DONE)
        self._part()

    def _fail(self, error: EgressError) -> None:
        if not self._over:
            self._failure = error
            self._opened.hang_up(_GOING_AWAY)
            self._part()

    def _part(self) -> None:
        self._total.cancel()
        if self._timer is not None:
            self._timer.cancel()
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class _Refusal:
    """An endpoint's own answer to the upgrade, as a `Received`."""

    __slots__ = ("_rest", "headers", "status", "timing")

    def __init__(self, refused: WebSocketRefused) -> None:
        self.status = refused.status
        self.headers = refused.headers
        self.timing = refused.timing
        self._rest = refused.body

    async def read(self, push: Push | None = None) -> bytes:
        rest, self._rest = self._rest, b""
        return rest

    def close(self) -> None:
        """Its connection is closed already."""
