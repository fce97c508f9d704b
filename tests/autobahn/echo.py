"""A plain endpoint that sends back every message whole.

Not `websockets`' server: that refuses messages of more than some thousand fragments, and a close
in the middle of one, both of which Autobahn sends on purpose.
"""

import asyncio
import base64
import hashlib
import ssl

from egress.frames import CLOSE, CONTINUATION, PING, PONG, BrokenProtocol, FrameReader, encode
from tests.upstreams.server import ServerThread

_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Echo:
    def __init__(self, thread: ServerThread, context: ssl.SSLContext) -> None:
        self._thread = thread
        starting = asyncio.start_server(_serve, "127.0.0.1", 0, ssl=context)
        self._server = asyncio.run_coroutine_threadsafe(starting, thread.loop).result(5)
        self.url = f"wss://localhost:{self._server.sockets[0].getsockname()[1]}/"

    def close(self) -> None:
        self._thread.loop.call_soon_threadsafe(self._server.close)


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        fields = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
        key = next(value for name, value in fields.items() if name.lower() == "sec-websocket-key")
        accept = base64.b64encode(hashlib.sha1(key.encode() + _MAGIC).digest()).decode()
        writer.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + f"Sec-WebSocket-Accept: {accept}\r\n\r\n".encode()
        )
        await _echo(reader, writer)
    except (OSError, asyncio.IncompleteReadError, BrokenProtocol):
        pass  # the relay is what is under test
    finally:
        writer.close()


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    frames = FrameReader(masked=True)
    opcode, parts = 0, []
    while data := await reader.read(65536):
        for frame in frames.feed(data):
            if frame.opcode == PING:
                writer.write(encode(PONG, frame.payload))
            elif frame.opcode == CLOSE:
                writer.write(encode(CLOSE, frame.payload))
                return
            elif frame.opcode != PONG:
                opcode = frame.opcode if frame.opcode != CONTINUATION else opcode
                parts.append(frame.payload)
                if frame.final:
                    writer.write(encode(opcode, b"".join(parts)))
                    parts.clear()
        await writer.drain()
