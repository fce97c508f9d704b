"""The callers: sockets that send audio every 20 ms and take the texts that come.

    python -m benchmarks.sockets.load '{"host": …, "port": …, "path": …, "sockets": 200, …}'

It opens all sockets, prints `ready`, waits for a line on its input, talks for so many seconds,
ends each socket with the word `close`, and prints one JSON object.
"""

import asyncio
import base64
import gc
import json
import os
import random
import ssl
import sys
import time
from dataclasses import dataclass
from typing import Any

import uvloop

from benchmarks.sockets.talk import (
    CLOSE,
    CLOSE_WORD,
    INTERVAL,
    PING,
    PONG,
    TEXT,
    Arrivals,
    audio,
    frame,
    read_words,
    split,
)

AT_ONCE = 20  # sockets that are opened together
LAST_SECONDS = 15.0
"""How long the last frames, and the closing handshake, are waited for."""


@dataclass(frozen=True)
class Plan:
    host: str
    port: int
    path: str
    sockets: int
    seconds: float
    key: str = ""
    ca_file: str = ""
    server_name: str = "localhost"

    def request(self) -> bytes:
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [f"GET {self.path} HTTP/1.1", f"host: {self.server_name}:{self.port}"]
        lines += ["connection: Upgrade", "upgrade: websocket", "sec-websocket-version: 13"]
        lines += [f"sec-websocket-key: {key}"]
        lines += [f"authorization: Bearer {self.key}"] if self.key else []
        return "\r\n".join([*lines, "", ""]).encode()


class Caller(asyncio.Protocol):
    """One socket. `closed` holds the code of the close frame that came, or none."""

    def __init__(self, arrivals: Arrivals, total: int) -> None:
        self._arrivals, self._total = arrivals, total
        loop = self._loop = asyncio.get_running_loop()
        self.upgraded: asyncio.Future[None] = loop.create_future()
        self.closed: asyncio.Future[int | None] = loop.create_future()
        self._rest = b""
        self._sent = self._heard = 0
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if not self.upgraded.done():
            self.upgraded.set_exception(ConnectionError("closed before the upgrade"))
        if not self.closed.done():
            self.closed.set_result(None)

    async def ask(self, request: bytes) -> None:
        self._transport.write(request)
        await self.upgraded

    def talk(self) -> None:
        """Sockets begin at random moments of an interval."""
        self._due = self._loop.time() + random.uniform(0, INTERVAL)
        self._timer = self._loop.call_at(self._due, self._speak)

    def _speak(self) -> None:
        if self._transport.is_closing():
            return
        self._transport.write(audio(self._sent, self._total))
        self._sent += 1
        self._due += INTERVAL
        if self._sent < self._total:
            self._timer = self._loop.call_at(self._due, self._speak)
        else:
            self._timer = None
            self._leave()

    def data_received(self, data: bytes) -> None:
        data = self._rest + data
        if not self.upgraded.done():
            head, end, data = data.partition(b"\r\n\r\n")
            if not end:
                self._rest = head
                return
            self._upgrade(head, data)
        frames, self._rest = split(data)
        for opcode, payload in frames:
            self._take(opcode, payload)

    def _upgrade(self, head: bytes, body: bytes) -> None:
        if head.startswith(b"HTTP/1.1 101 "):
            self.upgraded.set_result(None)
        else:
            self.upgraded.set_exception(RuntimeError((head + body)[:400].decode()))

    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == TEXT:
            number, written = read_words(payload)
            self._arrivals.note(number, self._heard, written)
            self._heard += 1
            self._leave()
        elif opcode == PING:
            self._transport.write(frame(PONG, payload, client=True))
        elif opcode == CLOSE and not self.closed.done():
            self._transport.write(frame(CLOSE, payload, client=True))
            self.closed.set_result(int.from_bytes(payload[:2], "big"))

    def _leave(self) -> None:
        if self._sent == self._heard == self._total:
            self._transport.write(frame(TEXT, CLOSE_WORD, client=True))


async def dial(plan: Plan, arrivals: Arrivals) -> list[Caller]:
    context = ssl.create_default_context(cafile=plan.ca_file) if plan.ca_file else None
    name = plan.server_name if context else None
    loop = asyncio.get_running_loop()
    total = round(plan.seconds / INTERVAL)

    async def one() -> Caller:
        _, caller = await loop.create_connection(
            lambda: Caller(arrivals, total), plan.host, plan.port, ssl=context, server_hostname=name
        )
        await caller.ask(plan.request())
        return caller

    callers: list[Caller] = []
    while len(callers) < plan.sockets:
        some = min(AT_ONCE, plan.sockets - len(callers))
        callers += await asyncio.gather(*[one() for _ in range(some)])
    return callers


async def main(plan: Plan) -> None:
    arrivals = Arrivals()
    callers = await dial(plan, arrivals)
    print("ready", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    gc.freeze()
    gc.disable()
    used, began = time.process_time(), time.perf_counter()
    for caller in callers:
        caller.talk()
    closed = [caller.closed for caller in callers]
    done, waiting = await asyncio.wait(closed, timeout=plan.seconds + LAST_SECONDS)
    report = {
        **arrivals.as_json(),
        "wall": time.perf_counter() - began,
        "cpu": time.process_time() - used,
        "badly_closed": len(waiting) + sum(each.result() != 1000 for each in done),
    }
    print(json.dumps(report), flush=True)


if __name__ == "__main__":
    uvloop.run(main(Plan(**json.loads(sys.argv[1]))))
