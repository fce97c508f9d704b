"""The transcriber behind all that is measured: takes audio, says a text every 20 ms, over TLS.

    python -m benchmarks.sockets.upstream CHAIN_PEM KEY_PEM

Prints its port; then, for each line on its input, one JSON object: what arrived since the last,
and its processor time. A raw protocol on uvloop, so that it costs little beside what it feeds.
"""

import asyncio
import base64
import gc
import hashlib
import json
import random
import re
import ssl
import sys
import time
from typing import Any

import uvloop

from benchmarks.sockets.talk import (
    BINARY,
    CLOSE,
    INTERVAL,
    PING,
    PONG,
    TEXT,
    Arrivals,
    frame,
    read_audio,
    split,
    words,
)

_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_KEY = re.compile(rb"(?i)\r\nsec-websocket-key: *([^\r]+)")
_UPGRADED = (
    b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
    b"sec-websocket-accept: %b\r\n\r\n"
)
_CLOSED = frame(CLOSE, (1000).to_bytes(2, "big"), client=False)

arrivals = Arrivals()


class Listener(asyncio.Protocol):
    """One socket. It begins to speak with the first audio, and says as much as it will hear."""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._rest = b""
        self._upgraded = self._closing = False
        self._heard = self._said = self._total = 0
        self._timer: asyncio.TimerHandle | None = None

    def connection_lost(self, error: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def data_received(self, data: bytes) -> None:
        data = self._rest + data
        if not self._upgraded:
            self._rest = data
            if b"\r\n\r\n" in data:
                self._upgrade(data)
            return
        frames, self._rest = split(data)
        for opcode, payload in frames:
            if opcode == BINARY:
                self._hear(payload)
            elif opcode == PING:
                self._transport.write(frame(PONG, payload, client=False))
            elif opcode in (TEXT, CLOSE):
                self._end(opcode)

    def _upgrade(self, head: bytes) -> None:
        key = _KEY.search(head)
        if key is None or not head.startswith(b"GET /listen "):
            self._transport.write(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")
            return
        accept = base64.b64encode(hashlib.sha1(key[1] + _MAGIC).digest())
        self._transport.write(_UPGRADED % accept)
        self._upgraded, self._rest = True, b""

    def _hear(self, payload: bytes) -> None:
        number, total, written = read_audio(payload)
        arrivals.note(number, self._heard, written)
        self._heard += 1
        if not self._total:
            self._total = total
            self._due = self._loop.time() + random.uniform(0, INTERVAL)
            self._timer = self._loop.call_at(self._due, self._speak)

    def _speak(self) -> None:
        if self._transport.is_closing():
            return
        self._transport.write(words(self._said))
        self._said += 1
        self._due += INTERVAL
        if self._said < self._total:
            self._timer = self._loop.call_at(self._due, self._speak)
        else:
            self._timer = None

    def _end(self, opcode: int) -> None:
        """The caller's word `close`, and its half of the handshake."""
        if not self._closing:
            self._closing = True
            self._transport.write(_CLOSED)
        if opcode == CLOSE:
            self._transport.close()


def report() -> None:
    """What arrived since the last line."""
    if not sys.stdin.readline():
        asyncio.get_running_loop().remove_reader(sys.stdin)
        return
    print(json.dumps({**arrivals.as_json(), "cpu": time.process_time()}), flush=True)
    arrivals.clear()


async def main(chain: str, key: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Listener, "127.0.0.1", 0, ssl=context, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    loop.add_reader(sys.stdin, report)
    gc.freeze()
    gc.disable()
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
