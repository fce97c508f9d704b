"""One connection to an endpoint: carries an exchange, then waits in its pool for the next."""

import asyncio
import select
import socket
import struct
from typing import Protocol, cast

from egress.alarm import Alarm
from egress.errors import Truncated
from egress.response import Response

PIECE = 64 * 1024
_RESET = struct.pack("ii", 1, 0)


class Keeper(Protocol):
    """What is told of a connection's life: that it stands, is free again, is gone (once)."""

    def was_made(self, connection: "Connection") -> None: ...
    def came_free(self, connection: "Connection") -> None: ...
    def was_lost(self, connection: "Connection") -> None: ...


class Connection(asyncio.BufferedProtocol):
    """Carries one exchange at a time.

    `buffer` may be shared by all connections of a loop: bytes are parsed out of it before the loop
    reads again. Without it the loop allocates 256 KiB for each read, which costs more than the rest
    of a read together.
    """

    __slots__ = (
        "_buffer", "_keeper", "_lost", "_transport", "_watch", "_write_paused", "alarm", "born",
        "free_since", "idle_hint", "made", "response", "uploading", "used",
    )  # fmt: skip

    def __init__(self, buffer: memoryview, loop: asyncio.AbstractEventLoop, keeper: Keeper) -> None:
        self._buffer = buffer
        self._keeper = keeper
        self._watch: select.poll | None = None
        self.born = loop.time()
        self.alarm = Alarm(loop)
        self.free_since: float | None = None
        self.response: Response | None = None
        self.idle_hint = float("inf")
        self.made = self.used = False
        self.uploading = False
        self._lost = self._write_paused = False
        self._transport: asyncio.Transport

    # -- for the pool and the client

    async def send(self, response: Response, head: bytes, body: bytes) -> None:
        """Writes a request; stops when an answer comes before all of it was taken.

        Raises `Truncated` where the connection ended in the moment in which it was made.
        """
        if self._lost:
            raise Truncated("The endpoint closed the connection unanswered.", "no_answer")
        transport = self._transport
        self.response = response
        if len(body) <= PIECE:
            transport.write(head + body)
            return
        self.uploading = True
        transport.write(head)
        view = memoryview(body)
        for start in range(0, len(body), PIECE):
            while self._write_paused:
                if not await response.until_room():
                    return
            transport.write(view[start : start + PIECE])
        self.uploading = False

    def is_stale(self) -> bool:
        """Whether the peer closed it, or sent something that nobody asked for, while it waited."""
        if self._is_closing():
            return True
        if self._watch is None:
            self._watch = select.poll()
            self._watch.register(self._transport.get_extra_info("socket").fileno(), select.POLLIN)
        return bool(self._watch.poll(0))

    def _is_closing(self) -> bool:
        return self._lost or self._transport.is_closing()

    # -- for its exchange

    def pause_reading(self) -> None:
        if not self._is_closing():
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        if not self._is_closing():
            self._transport.resume_reading()

    def abort(self) -> None:
        """Closes the socket at once, without the closing courtesies of TLS; one that was never
        made gives its place back.

        With a request half sent it resets the connection: its end would otherwise wait in the
        kernel behind all that the endpoint has not read.
        """
        self.response = None
        if self._lost:
            return
        if self.made:
            self._hang_up()
        self._end()

    def _hang_up(self) -> None:
        if self.uploading and not self._is_closing():
            self._transport.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, _RESET
            )
        self._transport.abort()

    def _end(self) -> None:
        """Once, and not only by `connection_lost`: uvloop forgets to call that for a connection
        which is given up in the moment its handshake succeeds."""
        if not self._lost:
            self._lost = True
            self.alarm.stop()
            self._keeper.was_lost(self)
            if self.made:
                del self._transport  # the TLS layer below it holds our methods, and 256 KiB

    def release(self, *, reusable: bool) -> None:
        response, self.response = self.response, None
        if reusable and response is not None and not self.uploading and not self._is_closing():
            self.used = True
            self.idle_hint = _idle_hint(response.headers.get("keep-alive", ""))
            self._keeper.came_free(self)
        else:
            self.abort()

    # -- for the event loop

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self._lost:  # it ended before it could be told that it stands
            cast(asyncio.Transport, transport).abort()
            return
        self._transport = cast(asyncio.Transport, transport)
        if hasattr(transport, "set_read_buffer_limits"):
            transport.set_read_buffer_limits(high=PIECE)
        self.made = True
        self._keeper.was_made(self)

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        response = self.response
        if response is None:
            self.abort()
        else:
            response.feed(self._buffer[:nbytes])

    def connection_lost(self, exc: Exception | None) -> None:
        response, self.response = self.response, None
        if response is not None:
            response.ended(exc)
        self._end()

    def pause_writing(self) -> None:
        self._write_paused = True

    def resume_writing(self) -> None:
        self._write_paused = False
        if self.response is not None and not self.response.answered:
            self.response.wake()


def _idle_hint(keep_alive: str) -> float:
    """Seconds of the `Keep-Alive: timeout=…` field; infinity without one."""
    for parameter in keep_alive.split(","):
        name, _, value = parameter.strip().partition("=")
        if name.lower() == "timeout" and value.isascii() and value.isdigit():
            return float(value)
    return float("inf")
