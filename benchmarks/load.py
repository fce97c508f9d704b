"""The callers: lanes that ask one after the other, and note when the first word came.

    python -m benchmarks.load '{"host": …, "port": …, "path": …, "lanes": 8, …}'

Every lane has a connection of its own. It warms up, prints `ready`, waits for a line on its input,
runs, and prints one JSON object. A raw protocol on uvloop, so that it costs little.
"""

import asyncio
import gc
import json
import random
import re
import ssl
import sys
import time
from dataclasses import dataclass, field
from typing import Any

import uvloop

from benchmarks.upstream import INTERVAL

_FIRST_WORD = b'"content":" word"'
_LEAST_WORD = 100  # bytes: what a chunk takes in any format that is asked for here
_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
_MESSAGES = [
    {"role": "system", "content": "You answer the phone of a bakery. Be brief and friendly."},
    {"role": "user", "content": "Hello, until when are you open today, and is there rye bread?"},
]


@dataclass(frozen=True)
class Plan:
    """`words` = 0 asks for whole answers instead of streams; `rounds` requests on each lane."""

    host: str
    port: int
    path: str
    lanes: int
    rounds: int
    words: int
    key: str = ""
    ca_file: str = ""
    server_name: str = "localhost"
    headers: dict[str, str] = field(default_factory=dict)

    def request(self, words: int) -> bytes:
        body: dict[str, Any] = {"model": "house-7b", "messages": _MESSAGES, "temperature": 0.4}
        if words:
            body |= {"stream": True, "max_tokens": words}
        content = json.dumps(body).encode()
        lines = [f"POST {self.path} HTTP/1.1", f"host: {self.server_name}:{self.port}"]
        lines += ["content-type: application/json", f"content-length: {len(content)}"]
        lines += [f"authorization: Bearer {self.key}"] if self.key else []
        return "\r\n".join([*lines, "", ""]).encode() + content


class Lane(asyncio.Protocol):
    """One caller. Times are seconds."""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._done: asyncio.Future[None] | None = None

    def connection_lost(self, error: Exception | None) -> None:
        if self._done is not None and not self._done.done():
            self._done.set_exception(error or ConnectionError("closed in the middle"))

    async def ask(self, request: bytes, words: int) -> tuple[float, float]:
        """(time to first word or byte, time to the end)."""
        self._words = words
        self._head, self._size, self._first, self._want = b"", 0, 0.0, 0
        self._tail = b""
        self._done = asyncio.get_running_loop().create_future()
        began = time.perf_counter()
        self._transport.write(request)
        await self._done
        return self._first - began, time.perf_counter() - began

    def data_received(self, data: bytes) -> None:
        self._size += len(data)
        if self._words:
            self._streamed(data)
        else:
            self._whole(data)

    def _streamed(self, data: bytes) -> None:
        if not self._first:
            self._head += data
            if _FIRST_WORD not in self._head:
                return
            self._first = time.perf_counter()
            self._check_status()
        self._tail = (self._tail + data)[-5:]
        if self._tail == b"0\r\n\r\n":
            if self._size < _LEAST_WORD * self._words:
                self._fail("the stream was too short")
            self._finish()

    def _whole(self, data: bytes) -> None:
        if not self._want:
            self._head += data
            head, end, _ = self._head.partition(b"\r\n\r\n")
            if not end:
                return
            self._first = time.perf_counter()
            self._check_status()
            length = _LENGTH.search(head)
            if length is None:
                self._fail("an answer without a length")
                return
            self._want = len(head) + 4 + int(length[1])
        if self._size >= self._want:
            self._finish()

    def _check_status(self) -> None:
        if not self._head.startswith(b"HTTP/1.1 200"):
            self._fail(self._head[:400].decode(errors="replace"))

    def _finish(self) -> None:
        if self._done is not None and not self._done.done():
            self._done.set_result(None)

    def _fail(self, why: str) -> None:
        if self._done is not None and not self._done.done():
            self._done.set_exception(RuntimeError(why))


async def run_lane(lane: Lane, plan: Plan, request: bytes) -> list[tuple[float, float]]:
    """Streams begin at random moments, as calls do, and follow each other at short distances."""
    times = []
    for number in range(plan.rounds):
        if plan.words and plan.lanes > 1 and number == 0:
            await asyncio.sleep(random.uniform(0, plan.words * INTERVAL))
        elif plan.words:
            await asyncio.sleep(random.uniform(0, 5 * INTERVAL))
        times.append(await lane.ask(request, plan.words))
    return times


async def main(plan: Plan) -> None:
    context = ssl.create_default_context(cafile=plan.ca_file) if plan.ca_file else None
    name = plan.server_name if context else None
    loop = asyncio.get_running_loop()
    lanes = []
    for _ in range(plan.lanes):
        _, lane = await loop.create_connection(
            Lane, plan.host, plan.port, ssl=context, server_hostname=name
        )
        lanes.append(lane)
    warm_words = min(plan.words, 5)
    warm = plan.request(warm_words)
    await lanes[0].ask(warm, warm_words)
    await asyncio.gather(*[lane.ask(warm, warm_words) for lane in lanes])
    print("ready", flush=True)
    await loop.run_in_executor(None, sys.stdin.readline)
    gc.freeze()
    gc.disable()
    used, began = time.process_time(), time.perf_counter()
    request = plan.request(plan.words)
    times = [
        each
        for lane in await asyncio.gather(*[run_lane(lane, plan, request) for lane in lanes])
        for each in lane
    ]
    report = {
        "wall": time.perf_counter() - began,
        "cpu": time.process_time() - used,
        "first": [first for first, _ in times],
        "total": [total for _, total in times],
    }
    print(json.dumps(report), flush=True)


if __name__ == "__main__":
    uvloop.run(main(Plan(**json.loads(sys.argv[1]))))
