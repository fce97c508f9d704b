"""TLS in front of the fuzzing server, which offers none that a client of today accepts."""

import asyncio
import ssl

from tests.upstreams.server import ServerThread


class Terminator:
    def __init__(self, thread: ServerThread, context: ssl.SSLContext, port: int) -> None:
        self._thread = thread
        self._port = port
        starting = asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=context)
        self._server = asyncio.run_coroutine_threadsafe(starting, thread.loop).result(5)
        self.url = f"wss://localhost:{self._server.sockets[0].getsockname()[1]}"

    def close(self) -> None:
        self._thread.loop.call_soon_threadsafe(self._server.close)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            other, plain = await asyncio.open_connection("127.0.0.1", self._port)
        except OSError:
            writer.transport.abort()
            return
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except (OSError, asyncio.IncompleteReadError):
            head = b""
        own = writer.get_extra_info("sockname")[1]
        plain.write(head.replace(b"localhost:%d" % own, b"localhost:%d" % self._port))
        await asyncio.gather(_copy(reader, plain), _copy(other, writer))


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass  # the other side is told by the close
    finally:
        writer.close()
