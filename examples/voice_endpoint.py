"""A reference voice endpoint (text to speech): what a tenant's own server must do, on one page.

It speaks Rymi's TTS shape over HTTPS: `POST /tts` with `text`, `voice`, `language` and `format` is
answered with raw PCM (16-bit, little-endian, mono, at the rate that `format` names), each piece as
soon as it is synthesised. The engine is Debian's `espeak-ng`; put yours where `espeak` is. Where
espeak-ng or soxr is missing, `tones` sounds one tone per word instead. Run it alone with

    ENDPOINT_TOKEN=secret python examples/voice_endpoint.py --cert cert.pem --key key.pem

It needs uvicorn, and for real speech `apt-get install espeak-ng` and `pip install soxr`.
"""

import argparse
import asyncio
import contextlib
import functools
import json
import math
import os
import re
import shutil
import zlib
from array import array
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import uvicorn

try:
    import numpy
    import soxr
except ImportError:
    soxr = None

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Engine = Callable[[dict[str, str], int], AsyncIterator[bytes]]

RATES = (8000, 16000, 22050, 24000, 44100, 48000)
VOICES = {
    "clear": "klatt5",
    "deep": "m3",
    "high": "f3",
}  # your catalogue: id -> espeak-ng's variant
LONGEST_BODY = 64 * 1024
PIECE_BYTES = 4096
ENGINE_SECONDS = 10.0  # an engine that is silent for so long has hung
WAV_HEADER_BYTES = 44


async def espeak(asked: dict[str, str], rate: int) -> AsyncIterator[bytes]:
    """Your engine goes here: give samples as soon as you have them, and stop when you are closed.

    Text goes in by standard input, where it cannot be taken for an option.
    """
    voice = f"{asked['language']}+{VOICES.get(asked['voice'], VOICES['clear'])}"
    process = await asyncio.create_subprocess_exec(
        *("espeak-ng", "-v", voice, "-s", "165", "-a", "30", "--stdin", "--stdout"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        process.stdin.write(asked["text"].encode())
        process.stdin.close()
        header = await _read(process.stdout, WAV_HEADER_BYTES)
        if len(header) < WAV_HEADER_BYTES:
            raise ValueError(f"No voice speaks `language` {asked['language']!r}.")
        convert = _resampler(int.from_bytes(header[24:28], "little"), rate)
        last = False
        while not last:
            piece = await _read(process.stdout, PIECE_BYTES)
            last = len(piece) < PIECE_BYTES
            if pcm := convert(piece, last):
                yield pcm
        if await process.wait() != 0:
            raise RuntimeError("espeak-ng failed half-way; the body is cut to say so.")
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _read(stream: asyncio.StreamReader, size: int) -> bytes:
    """Exactly `size` bytes, so that no sample is ever split; fewer only at the end."""
    try:
        return await asyncio.wait_for(stream.readexactly(size), ENGINE_SECONDS)
    except asyncio.IncompleteReadError as end:
        return end.partial


def _resampler(source: int, target: int) -> Callable[[bytes, bool], bytes]:
    """Keeps its state from piece to piece: resampling each by itself would click at every seam."""
    if source == target:
        return lambda pcm, last: pcm
    stream = soxr.ResampleStream(source, target, 1, dtype="int16")
    return lambda pcm, last: stream.resample_chunk(numpy.frombuffer(pcm, "<i2"), last).tobytes()


async def tones(asked: dict[str, str], rate: int) -> AsyncIterator[bytes]:
    """A tone for each word, as long as the word takes to say; the same text sounds the same."""
    for word in asked["text"].split():
        pitch = 200 + zlib.crc32(word.encode()) % 400
        length = int(rate * (0.1 + 0.06 * min(len(word), 20)))
        wave = (8000 * math.sin(math.tau * pitch * i / rate) for i in range(length))
        yield array("h", map(int, wave)).tobytes() + bytes(2 * (rate // 20))
        await asyncio.sleep(0)


async def speak(send: Send, receive: Receive, pieces: AsyncIterator[bytes]) -> None:
    """Waits for the first sound before the 200: later, only a cut body can tell of a failure."""
    first = await anext(pieces, b"")
    if not first:
        raise ValueError("`text` holds nothing that can be spoken.")
    headers = [(b"content-type", b"application/octet-stream")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": first, "more_body": True})
    gone = asyncio.ensure_future(receive())  # returns when the caller has hung up
    try:
        async for piece in pieces:
            if gone.done():
                return  # nobody listens: stop the engine
            await send({"type": "http.response.body", "body": piece, "more_body": True})
    finally:
        gone.cancel()
    await send({"type": "http.response.body", "body": b""})


async def refuse(send: Send, status: int, message: str) -> None:
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps({"error": message}).encode()})


async def body_of(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > LONGEST_BODY:
            raise ValueError(f"The body is longer than {LONGEST_BODY} bytes.")
    return body


def understood(body: bytes) -> tuple[dict[str, str], int]:
    """(the request, its rate); `instructions` and whatever else is there may be ignored."""
    asked = {"voice": "clear", "language": "en-US", "format": "pcm_24000"} | json.loads(body)
    if not all(isinstance(asked.get(name), str) for name in ("text", "voice", "language")):
        raise ValueError("`text`, `voice` and `language` must be strings.")
    if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*", asked["language"]):
        raise ValueError("`language` must be a tag such as en-US.")
    rate = re.fullmatch(r"pcm_(\d{4,5})", str(asked["format"]))
    if rate is None or int(rate[1]) not in RATES:
        raise ValueError(f"`format` must be one of {', '.join(f'pcm_{r}' for r in RATES)}.")
    return asked, int(rate[1])


async def app(scope: Scope, receive: Receive, send: Send, *, token: str, engine: Engine) -> None:
    given = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
    if token and given != f"Bearer {token}":
        return await refuse(send, 401, "Wrong or missing token.")
    if (scope["method"], scope["path"]) != ("POST", "/tts"):
        return await refuse(send, 404, "POST /tts is all there is here.")
    try:
        asked, rate = understood(await body_of(receive))
        async with contextlib.aclosing(engine(asked, rate)) as pieces:
            await speak(send, receive, pieces)
    except (ValueError, TypeError) as error:
        return await refuse(send, 422, str(error))


def best_engine() -> Engine:
    """Says what it found: a voice that is a row of tones must surprise nobody."""
    missing = [] if shutil.which("espeak-ng") else ["espeak-ng"]
    missing += [] if soxr else ["soxr"]
    if missing:
        print(f"Not installed: {' and '.join(missing)}. Tones stand in for speech.", flush=True)
        return tones
    print("Speaking with espeak-ng.", flush=True)
    return espeak


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8444)
    parser.add_argument("--cert", required=True, help="certificate chain, PEM")
    parser.add_argument("--key", required=True, help="private key, PEM")
    options = parser.parse_args()
    token = os.environ.get("ENDPOINT_TOKEN", "")
    print(f"On this machine: https://localhost:{options.port}/tts", flush=True)
    uvicorn.run(
        functools.partial(app, token=token, engine=best_engine()),
        interface="asgi3",
        host=options.host,
        port=options.port,
        ssl_certfile=options.cert,
        ssl_keyfile=options.key,
        log_level="warning",
        lifespan="off",
        timeout_graceful_shutdown=5,
    )


if __name__ == "__main__":
    main()
