"""How much Django does at once: it shares the processor with the calls that are in progress."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

from gateway.asgi import ABORT, Message, Receive, Scope, Send
from gateway.errors import Refused
from gateway.line import Line, LineFull

WORKING = 8
OF_ONE_ADDRESS = 6
WAITING = 128
WAITING_OF_ONE_ADDRESS = 48
WAIT_SECONDS = 5.0
STALL_SECONDS = 30.0
RETRY_SECONDS = 2


class BoundedWork:
    """An ASGI application that lets few requests at once into `application`; others wait a little.

    A request has its place until its answer begins, so that nobody keeps one by reading slowly;
    and who takes nothing of an answer for `STALL_SECONDS` is cut off. Raises `Refused`.
    """

    def __init__(self, application: Any) -> None:
        self._application = application
        self._line = Line(WORKING, OF_ONE_ADDRESS, most=WAITING, most_of_one=WAITING_OF_ONE_ADDRESS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        client: tuple[str, int] | None = scope.get("client")
        async with AsyncExitStack() as place:
            try:
                turn = self._line.turn(client[0] if client else "", WAIT_SECONDS)
                await place.enter_async_context(turn)
            except (LineFull, TimeoutError) as error:
                raise Refused("overloaded", retry_after=RETRY_SECONDS) from error

            async def send_and_leave(message: Message) -> None:
                await place.aclose()
                await _within(STALL_SECONDS, scope, send, message)

            await self._application(scope, receive, send_and_leave)


async def _within(seconds: float, scope: Scope, send: Send, message: Message) -> None:
    """Sends, and cuts the connection of a caller that does not read. Not every server can."""
    cut = scope.get("extensions", {}).get(ABORT, {}).get("cut")
    if cut is None:
        await send(message)
        return
    timer = asyncio.get_running_loop().call_later(seconds, cut)
    try:
        await send(message)
    finally:
        timer.cancel()
