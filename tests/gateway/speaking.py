"""What the tests of the voice road send, and what their endpoints answer."""

import json
import math
import socket
import struct
from typing import Any
from urllib.parse import urlsplit

import httpx2 as httpx

from tests.live import LiveAgent, LiveTenant
from tests.upstreams.script import Send, Step, Wait, chunk, head

SAY: dict[str, Any] = {
    "text": "Grüße, wie geht's? 👋",
    "voice": "v-1",
    "language": "de-DE",
    "format": "pcm_24000",
}
PCM_HEAD = head(200, ("content-type", "application/octet-stream"), ("transfer-encoding", "chunked"))


def tone(ms: float, rate: int = 24_000) -> bytes:
    """A sine of 440 Hz at half of full scale."""
    count = round(ms * rate / 1000)
    samples = (round(16_000 * math.sin(2 * math.pi * 440 * n / rate)) for n in range(count))
    return struct.pack(f"<{count}h", *samples)


def spoken(*pieces: bytes, pause: float = 0.0, last: bool = True) -> list[Step]:
    """A chunk per piece; `last` ends the body."""
    steps: list[Step] = [Send(PCM_HEAD)]
    for piece in pieces:
        steps += [Wait(pause), Send(chunk(piece))] if pause else [Send(chunk(piece))]
    return [*steps, Send(chunk(b""))] if last else steps


def say(agent: LiveAgent, tenant: LiveTenant, body: Any = None, **headers: str) -> httpx.Response:
    """One call, read to its end."""
    given = SAY if body is None else body
    content = {"content": given} if isinstance(given, bytes) else {"json": given}
    given_headers = {**tenant.headers, **headers}
    return httpx.post(agent.tts_url, headers=given_headers, timeout=30, **content)


def say_bytes(agent: LiveAgent, tenant: LiveTenant, text: str = "Hello") -> bytes:
    """A call as it goes over the wire."""
    body = json.dumps({"text": text}).encode()
    path = urlsplit(agent.tts_url).path
    lines = f"POST {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {tenant.key}\r\n"
    return f"{lines}content-length: {len(body)}\r\n\r\n".encode() + body


def dial(agent: LiveAgent, tenant: LiveTenant) -> socket.socket:
    """A caller that one holds in one's hands: the request is sent, nothing is read."""
    port = urlsplit(agent.base_url).port
    peer = socket.create_connection(("127.0.0.1", port), timeout=10)
    peer.sendall(say_bytes(agent, tenant))
    return peer


def unchunked(raw: bytes) -> tuple[list[bytes], bool]:
    """The chunks of a body as far as they came, and whether its last chunk did."""
    chunks: list[bytes] = []
    while raw:
        size, line, rest = raw.partition(b"\r\n")
        if not line:
            break
        length = int(size, 16)
        if length == 0:
            return chunks, True
        chunks.append(rest[:length])
        raw = rest[length + 2 :]
    return chunks, False
