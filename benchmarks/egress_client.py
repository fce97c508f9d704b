"""CPU per streamed chunk and per request of the upstream client, beside aiohttp where installed.

    python benchmarks/egress_client.py [--tls] [--loop uvloop|asyncio] [--client egress|aiohttp]

The upstream is a raw protocol in a process of its own. Chunks come one by one, as a model's words
do: to 32 streams in the same moment each 5 ms (`together`), and to one stream each 2 ms (`alone`,
where each chunk also pays for waking the process up). The figure is this process's user + system
time, divided by the reads that the consumer saw.
"""

import argparse
import asyncio
import gc
import multiprocessing
import resource
import ssl
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, ClassVar

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "platform"), str(ROOT)]

STREAMS, CHUNKS = 32, 400
REQUESTS, LANES = 8000, 8
CHUNK = b'data: {"id":"chatcmpl-1","choices":[{"index":0,"delta":{"content":" word"}}]}\n\n'
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: %b\r\n%b\r\n\r\n"
STREAM_HEAD = HEAD % (b"text/event-stream", b"transfer-encoding: chunked")
FRAME = b"%x\r\n%b\r\n" % (len(CHUNK), CHUNK)
REPLY = HEAD % (b"application/json", b"content-length: 300") + b"x" * 300


class Upstream(asyncio.Protocol):
    streaming: ClassVar[dict["Upstream", int]] = {}
    ticking = False

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self.streaming.pop(self, None)

    def data_received(self, data: bytes) -> None:
        if b"POST /json" in data:
            self.transport.write(REPLY * data.count(b"POST /"))
            return
        self.transport.write(STREAM_HEAD)
        self.streaming[self] = CHUNKS
        if not Upstream.ticking:
            Upstream.ticking = True
            self.tick(0.005 if b"/together" in data else 0.002)

    @classmethod
    def tick(cls, every: float) -> None:
        for stream, left in list(cls.streaming.items()):
            stream.transport.write(FRAME if left else b"0\r\n\r\n")
            cls.streaming[stream] = left - 1
            if not left:
                del cls.streaming[stream]
        cls.ticking = bool(cls.streaming)
        if cls.ticking:
            asyncio.get_running_loop().call_later(every, cls.tick, every)


def serve(pipe: Any, tls: tuple[str, str] | None) -> None:
    import uvloop

    async def main() -> None:
        context = None
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
        loop = asyncio.get_running_loop()
        server = await loop.create_server(Upstream, "127.0.0.1", 0, ssl=context)
        pipe.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    uvloop.run(main())


Stream = Callable[[str], Awaitable[int]]


async def with_egress(base: str, tls: bool, ca_file: str, use: Callable[..., Any]) -> None:
    from egress.connect import Door
    from egress.http import Client, Clocks, Request
    from egress.policy import Policy

    class PlainDoor(Door):
        async def secure(self, connected: Any, url: Any, protocol: Any, seconds: float) -> None:
            await asyncio.get_running_loop().create_connection(lambda: protocol, sock=connected)

    policy = Policy.of(allow_cidrs=["127.0.0.0/8"], ca_file=ca_file)
    client = Client(policy)
    if not tls:
        client._door = PlainDoor(policy, client._resolver)
    clocks, headers = (
        Clocks(),
        (("content-type", "application/json"), ("authorization", "Bearer t")),
    )

    async def one(path: str) -> int:
        request = Request("POST", base + path, headers, b"{}" * 200, clocks, ("ten_1", "1"))
        response = await client.send(request)
        count = 0
        while await response.read():
            count += 1
        return count

    await use(one)
    await client.aclose()


async def with_aiohttp(base: str, tls: bool, ca_file: str, use: Callable[..., Any]) -> None:
    import aiohttp

    base = base if tls else base.replace("https", "http", 1)
    context = ssl.create_default_context(cafile=ca_file) if tls else False
    connector = aiohttp.TCPConnector(limit=256, ssl=context)
    headers = {"content-type": "application/json", "authorization": "Bearer t"}
    async with aiohttp.ClientSession(connector=connector, auto_decompress=False) as session:

        async def one(path: str) -> int:
            options: dict[str, Any] = {"data": b"{}" * 200, "headers": headers}
            async with session.post(base + path, allow_redirects=False, **options) as response:
                count = 0
                async for _ in response.content.iter_any():
                    count += 1
            return count

        await use(one)


def cpu() -> float:
    spent = resource.getrusage(resource.RUSAGE_SELF)
    return spent.ru_utime + spent.ru_stime


async def measure(one: Stream) -> None:
    for kind, streams in (("together", STREAMS), ("alone", 1)):
        await asyncio.gather(*(one(f"/{kind}") for _ in range(streams)))  # opens the connections
        gc.collect()
        before, chunks = cpu(), 0
        for _ in range(STREAMS // streams // 8 + 1):
            chunks += sum(await asyncio.gather(*(one(f"/{kind}") for _ in range(streams))))
        share = (cpu() - before) * 1e6 / chunks
        print(f"{kind:9} {chunks:7d} chunks    {share:6.1f} µs CPU each")

    async def lane() -> None:
        for _ in range(REQUESTS // LANES):
            await one("/json")

    await asyncio.gather(*(lane() for _ in range(LANES)))
    before = cpu()
    await asyncio.gather(*(lane() for _ in range(LANES)))
    share = (cpu() - before) * 1e6 / REQUESTS
    print(f"{'':9} {REQUESTS:7d} requests  {share:6.1f} µs CPU each")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--loop", default="uvloop")
    parser.add_argument("--client", default="egress")
    given = parser.parse_args()
    from tests.upstreams.authority import Authority

    folder = Path(tempfile.mkdtemp())
    authority = Authority(folder)
    ours, theirs = multiprocessing.Pipe()
    files = authority.files(folder) if given.tls else None
    server = multiprocessing.Process(target=serve, args=(theirs, files), daemon=True)
    server.start()
    base = f"https://localhost:{ours.recv()}"
    run = {"egress": with_egress, "aiohttp": with_aiohttp}[given.client]
    if given.loop == "uvloop":
        import uvloop

        uvloop.run(run(base, given.tls, authority.ca_file, measure))
    else:
        asyncio.run(run(base, given.tls, authority.ca_file, measure))
    server.terminate()
    server.join()


if __name__ == "__main__":
    main()
