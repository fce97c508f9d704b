"""Speech through two jacks: a sentence is spoken, and what was spoken is heard.

    heard = await round_trip("What time is it?", voice=voice.jack, transcriber=transcriber.jack)
    assert heard.words == "what time is it"

A jack is a URL with its token: an endpoint's own, or the hosted one that is patched to it.
"""

import asyncio
import json
import ssl
from dataclasses import dataclass, field
from typing import Any

import httpx2 as httpx
from websockets.asyncio.client import connect

RATE = 16_000  # what a transcriber of Rymi's shape is sent
FRAME_SECONDS = 0.02
FRAME_BYTES = int(RATE * FRAME_SECONDS) * 2
DEADLINE = 60.0


@dataclass(frozen=True)
class Jack:
    """`ca_file` is what a caller of an `https` or `wss` URL must trust."""

    url: str
    token: str = field(repr=False)
    ca_file: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"} if self.token else {}

    @property
    def context(self) -> ssl.SSLContext | None:
        secure = self.url.startswith(("https:", "wss:"))
        return ssl.create_default_context(cafile=self.ca_file) if secure else None


@dataclass(frozen=True)
class Heard:
    """PCM pieces as the voice sent them, messages as the transcriber sent them."""

    pieces: list[bytes]
    messages: list[dict[str, Any]]

    @property
    def words(self) -> str:
        return words(self.messages)


def words(messages: list[dict[str, Any]]) -> str:
    return " ".join(m["text"] for m in messages if m["type"] == "final" and m["text"])


async def speak(text: str, voice: Jack, /, **asked: str) -> list[bytes]:
    """Pieces of PCM in the order and size in which they came. Raises `httpx.HTTPStatusError`."""
    body = {"text": text, "voice": "clear", "language": "en-US", "format": f"pcm_{RATE}", **asked}
    async with (
        httpx.AsyncClient(verify=voice.context or True, timeout=DEADLINE) as client,
        client.stream("POST", voice.url, json=body, headers=voice.headers) as reply,
    ):
        reply.raise_for_status()
        return [piece async for piece in reply.aiter_raw()]


async def listen(
    pcm: bytes, transcriber: Jack, *, frame_bytes: int = FRAME_BYTES, pace: float = FRAME_SECONDS
) -> list[dict[str, Any]]:
    """Every message that answers `pcm`, sent at the pace of a call, then finalized and closed."""
    messages: list[dict[str, Any]] = []

    async def read() -> None:
        async for message in socket:
            messages.append(json.loads(message))

    async with (
        asyncio.timeout(DEADLINE),
        connect(
            transcriber.url, ssl=transcriber.context, additional_headers=transcriber.headers
        ) as socket,
        asyncio.TaskGroup() as tasks,
    ):
        tasks.create_task(read())
        for at in range(0, len(pcm), frame_bytes):
            await socket.send(pcm[at : at + frame_bytes])
            await asyncio.sleep(pace)
        await socket.send('{"type":"finalize"}')
        await socket.send('{"type":"close"}')
    return messages


async def round_trip(text: str, *, voice: Jack, transcriber: Jack) -> Heard:
    """The sentence as the transcriber heard it from the voice."""
    pieces = await speak(text, voice)
    return Heard(pieces, await listen(b"".join(pieces), transcriber))
