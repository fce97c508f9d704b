"""A raw HTTP/1.1 server over TLS that plays scripts and records what it saw."""

import asyncio
import contextlib
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import TypeVar

from egress.frames import FrameReader
from egress.websocket import accept_key
from tests.upstreams.script import (
    Close,
    Flood,
    HalfClose,
    Hear,
    Reset,
    Script,
    Seen,
    Send,
    Stall,
    Step,
    Until,
    Upgrade,
    Wait,
    head,
)

T = TypeVar("T")


class Connected:
    """One accepted connection. `gone` is set when the peer closed its side or reset it."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.opened_at = time.perf_counter()
        self.gone_at: float | None = None
        self.gone = threading.Event()
        self.sent = 0
        self.tls: ssl.SSLObject | None = None
        self._waiters: list[asyncio.Future[None]] = []

    def mark_gone(self) -> None:
        if self.gone_at is None:
            self.gone_at = time.perf_counter()
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)
        self._waiters.clear()
        self.gone.set()

    async def until_gone(self) -> None:
        if not self.gone.is_set():
            waiter = asyncio.get_running_loop().create_future()
            self._waiters.append(waiter)
            await waiter


class _Wire(asyncio.StreamReaderProtocol):
    """A stream protocol that tells its `Connected` when the peer goes."""

    def __init__(self, reader: asyncio.StreamReader, connected: Connected) -> None:
        super().__init__(reader)
        self._connected = connected

    def eof_received(self) -> bool:
        self._connected.mark_gone()
        return bool(super().eof_received())

    def connection_lost(self, exc: Exception | None) -> None:
        self._connected.mark_gone()
        super().connection_lost(exc)


class ServerThread:
    """An event loop on a thread; `call` runs a coroutine there and gives its result."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(5)
        self.loop.close()


class Upstream:
    """A server; see the package's docstring. Closed by the fixture that made it."""

    def __init__(
        self,
        thread: ServerThread,
        script: Script,
        *,
        context: ssl.SSLContext | None,
        host: str = "localhost",
        address: str = "127.0.0.1",
        port: int = 0,
        tls_delay: float = 0.0,
        never_tls: bool = False,
        read_body: bool = True,
    ) -> None:
        self.script = script
        self.requests: list[Seen] = []
        self.connections: list[Connected] = []
        self.failures: list[str] = []
        self._context, self._tls_delay = context, tls_delay
        self._never_tls, self._read_body = never_tls, read_body
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._socket = socket.create_server((address, port), family=family, backlog=512)
        self._socket.setblocking(False)
        self.port: int = self._socket.getsockname()[1]
        self.url = f"https://{host}:{self.port}"
        self._thread = thread
        self._tasks: set[asyncio.Task[None]] = set()
        self._peers: list[socket.socket] = []  # not yet, or never, in the hands of a transport
        asyncio.run_coroutine_threadsafe(self._start(), thread.loop).result(30)

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._thread.loop).result(30)

    async def _start(self) -> None:
        self._thread.loop.add_reader(self._socket, self._accept)

    async def _stop(self) -> None:
        if self._socket.fileno() != -1:
            self._thread.loop.remove_reader(self._socket)
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for each in (self._socket, *self._peers):
            each.close()

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _accept(self) -> None:
        try:
            peer, _ = self._socket.accept()
        except BlockingIOError:
            return  # the peer went before it was accepted
        peer.setblocking(False)
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connected = Connected(len(self.connections))
        self.connections.append(connected)
        self._peers.append(peer)
        self._spawn(self._serve(peer, connected))

    async def _serve(self, peer: socket.socket, connected: Connected) -> None:
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=1 << 20)
        wire = _Wire(reader, connected)
        context = None if self._never_tls else self._context
        try:
            await asyncio.sleep(self._tls_delay)
            transport, _ = await loop.connect_accepted_socket(lambda: wire, peer, ssl=context)
        except (OSError, asyncio.CancelledError) as error:
            self.failures.append(type(error).__name__)
            connected.mark_gone()
            peer.close()
            return
        self._peers.remove(peer)
        connected.tls = transport.get_extra_info("ssl_object")
        writer = asyncio.StreamWriter(transport, wire, reader, loop)
        if not self._read_body:
            self._spawn(_watch(transport.get_extra_info("socket"), connected))
        try:
            if self._never_tls:
                await connected.until_gone()
            else:
                await self._converse(reader, writer, connected)
        except (OSError, asyncio.IncompleteReadError):
            pass  # the peer went: `gone` says so
        except Exception as error:  # a script's own mistake must not look like a fault
            self.failures.append(repr(error))
            raise
        finally:
            transport.abort()

    async def _converse(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connected: Connected
    ) -> None:
        while not connected.gone.is_set():
            seen = await self._read(reader, connected)
            self.requests.append(seen)
            steps = self.script(seen) if callable(self.script) else self.script
            frames = FrameReader(masked=True)
            for step in steps:
                if isinstance(step, Upgrade):
                    step = Send(_upgraded(seen))
                if isinstance(step, Hear):
                    message = await _heard(reader, frames, step.word)
                    self.requests.append(replace(seen, body=message, at=time.perf_counter()))
                elif not await _play(step, writer, connected):
                    return

    async def _read(self, reader: asyncio.StreamReader, connected: Connected) -> Seen:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, target, _ = lines[0].split(" ", 2)
        pairs = [line.split(":", 1) for line in lines[1:] if line]
        headers = [(name.lower(), value.strip()) for name, value in pairs]
        length = int(dict(headers).get("content-length", "0"))
        body = await reader.readexactly(length) if self._read_body else b""
        return Seen(method, target, headers, body, connected)


def _upgraded(seen: Seen) -> bytes:
    key = seen.header("sec-websocket-key") or ""
    fields = (("upgrade", "websocket"), ("connection", "Upgrade"))
    return head(101, *fields, ("sec-websocket-accept", accept_key(key)))


async def _heard(reader: asyncio.StreamReader, frames: FrameReader, word: bytes) -> bytes:
    """The first message that holds the word; they come in one frame each."""
    while data := await reader.read(65536):
        for frame in frames.feed(data):
            if word in frame.payload:
                return frame.payload
    raise asyncio.IncompleteReadError(b"", None)


async def _watch(peer: socket.socket, connected: Connected) -> None:
    """Notices a reset where nobody reads, by the kernel's state of the connection."""
    established = b"\1"
    while not connected.gone.is_set():
        try:
            state = peer.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)
        except OSError:
            state = b""
        if state != established:
            connected.mark_gone()
        await asyncio.sleep(0.005)


async def _play(step: Step, writer: asyncio.StreamWriter, connected: Connected) -> bool:
    """Whether the script goes on."""
    match step:
        case Send(data):
            writer.write(data)
            connected.sent += len(data)
            await writer.drain()
        case Wait() | Until() | Stall():
            await _wait(step, connected)
        case Flood(block):
            while not connected.gone.is_set():
                writer.write(block)
                await writer.drain()
                connected.sent += len(block)
                await asyncio.sleep(0)  # a transport that is closing takes all without waiting
        case HalfClose():
            writer.write_eof()
        case Close():
            writer.close()
            return False
        case Reset():
            raw = writer.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
            return False
    return not connected.gone.is_set()


async def _wait(step: Wait | Until | Stall, connected: Connected) -> None:
    match step:
        case Wait(seconds):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(connected.until_gone(), seconds)
        case Until(true):
            while not true() and not connected.gone.is_set():  # noqa: ASYNC110 - no event tells it
                await asyncio.sleep(0.002)
        case Stall():
            await connected.until_gone()


class Blackhole:
    """A loopback port whose queue is full: a connection to it neither succeeds nor fails."""

    def __init__(self, port: int = 0) -> None:
        self._listener = socket.create_server(("127.0.0.1", port), backlog=0)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"https://localhost:{self.port}"
        self._fillers = [socket.socket() for _ in range(4)]
        for filler in self._fillers:
            filler.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                filler.connect(("127.0.0.1", self.port))

    def close(self) -> None:
        for each in (*self._fillers, self._listener):
            each.close()


async def eventually(
    predicate: Callable[[], object],
    within: float = 10.0,
    instead: Callable[[], object] = lambda: "",
) -> None:
    """Returns once `predicate()` is true; fails when it is not within so many seconds.

    `instead()` is shown then.
    """
    deadline = time.perf_counter() + within
    while not predicate():
        assert time.perf_counter() < deadline, f"did not happen in time {instead()}"
        await asyncio.sleep(0.005)


async def settled(figure: Callable[[], T], within: float = 40.0) -> T:
    """The figure, once it has been the same for half a second; fails when it goes on changing."""
    deadline = time.perf_counter() + within
    before, now = None, figure()
    while before != now:
        assert time.perf_counter() < deadline, f"goes on changing: {before}, {now}"
        await asyncio.sleep(0.5)
        before, now = now, figure()
    return now
