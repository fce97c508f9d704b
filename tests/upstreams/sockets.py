"""Real WebSocket endpoints over TLS, on the servers' thread, that record what they saw."""

import asyncio
import contextlib
import ssl
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from tests.upstreams.server import ServerThread


class Session:
    """One accepted socket: its upgrade, all that came, and how it ended."""

    def __init__(self, peer: ServerConnection) -> None:
        self.peer = peer
        self.got: list[str | bytes] = []
        self.gone = threading.Event()
        self.gone_at = 0.0
        self.code: int | None = None  # of the peer's close frame
        self.reason = ""

    @property
    def headers(self) -> dict[str, str]:
        request = self.peer.request
        return {} if request is None else {k.lower(): v for k, v in request.headers.raw_items()}

    async def take(self) -> str | bytes:
        message = await self.peer.recv()
        self.got.append(message)
        return message


Talk = Callable[[Session], Awaitable[None]]


async def echo(session: Session) -> None:
    """Sends everything back as it came."""
    while True:
        await session.peer.send(await session.take())


async def listen(session: Session) -> None:
    """Takes everything, says nothing."""
    while True:
        await session.take()


class SocketUpstream:
    """Runs `talk` for each socket; a talk that returns closes it with 1000."""

    def __init__(
        self, thread: ServerThread, talk: Talk, *, context: ssl.SSLContext, **options: Any
    ) -> None:
        self.talk = talk
        self.sessions: list[Session] = []
        self._thread = thread
        options = {"compression": None, "max_size": None, "close_timeout": 1, **options}
        starting = self._start(context, options)
        self._server: Server = asyncio.run_coroutine_threadsafe(starting, thread.loop).result(30)
        self.port: int = next(iter(self._server.sockets)).getsockname()[1]
        self.url = f"wss://localhost:{self.port}/listen"

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._thread.loop).result(30)

    def call(self, work: Awaitable[Any]) -> Any:
        """Has the servers' thread do something to a socket."""

        async def doing() -> Any:
            return await work

        return asyncio.run_coroutine_threadsafe(doing(), self._thread.loop).result(30)

    async def _start(self, context: ssl.SSLContext, options: dict[str, Any]) -> Server:
        return await serve(self._serve, "127.0.0.1", 0, ssl=context, **options)

    async def _stop(self) -> None:
        for session in self.sessions:
            session.peer.transport.abort()
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, peer: ServerConnection) -> None:
        session = Session(peer)
        self.sessions.append(session)
        watching = asyncio.create_task(_watch(session))
        with contextlib.suppress(ConnectionClosed):  # `code` says how
            await self.talk(session)
        await peer.close()
        await watching


async def _watch(session: Session) -> None:
    await session.peer.wait_closed()
    received = session.peer.protocol.close_rcvd
    if received is not None:
        session.code, session.reason = received.code, received.reason
    session.gone_at = time.perf_counter()
    session.gone.set()
