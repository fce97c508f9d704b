"""A reference transcriber endpoint (speech to text): what a tenant's own server must do.

It speaks Rymi's STT shape over WSS at `/stt`: binary frames of PCM come in (16-bit, little-endian,
mono, 16 kHz, any size), with `{"type":"finalize"}` and `{"type":"close"}`; `speech_started`,
`interim`, `final` and `utterance_end` go out. The engine is pocketsphinx with the English model of
its wheel; put yours where `Sphinx` is. Where it is missing, `Loudness` tells how long somebody
spoke instead. Run it alone with

    ENDPOINT_TOKEN=secret python examples/transcriber_endpoint.py --cert cert.pem --key key.pem

It needs websockets, and for real words `pip install pocketsphinx`.
"""

import argparse
import asyncio
import functools
import http
import json
import os
import re
import signal
import ssl
from array import array
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from websockets.asyncio.server import Request, Response, ServerConnection, serve

try:
    import pocketsphinx
except ImportError:
    pocketsphinx = None

Message = dict[str, Any]

FRAME_BYTES = 960  # 30 ms
QUIET = bytes(10 * FRAME_BYTES)  # the model hears words better with silence around them
FRAMES_PER_INTERIM = 20
FRAME_SECONDS = 0.03
BUSY_SECONDS = 5.0


class Engine(Protocol):
    """What hears: fed a frame at a time, it knows whether somebody is speaking."""

    speaking: bool

    def frame(self, pcm: bytes) -> None: ...

    def text(self) -> str: ...

    def finish(self) -> tuple[str, float]:
        """The utterance's text and confidence (0 to 1); the engine is then ready for the next."""

    def reset(self) -> None:
        """Forgets the call."""


class Sphinx:
    """Your engine goes here. One decoder hears one call at a time, and takes 90 MB."""

    def __init__(self, phrases: Sequence[str]) -> None:
        """With phrases it hears nothing else, which makes a weak model strong."""
        language_model = {"lm": None} if phrases else {}
        self._decoder = pocketsphinx.Decoder(samprate=16000, loglevel="FATAL", **language_model)
        if phrases:
            plain = " | ".join(re.sub(r"[^a-z' ]", "", phrase.lower()) for phrase in phrases)
            grammar = f"#JSGF V1.0; grammar phrases; public <phrase> = {plain};"
            self._decoder.add_jsgf_string("phrases", grammar)
            self._decoder.activate_search("phrases")
        self._first_mean = self._decoder.get_cmn()
        self._endpointer = pocketsphinx.Endpointer()
        self.speaking = False

    def reset(self) -> None:
        """What was learnt of the last caller's line must not colour the next one's."""
        if self.speaking:
            self.finish()
        self._decoder.set_cmn(self._first_mean)
        self._endpointer = pocketsphinx.Endpointer()

    def frame(self, pcm: bytes) -> None:
        speech = self._endpointer.process(pcm)
        if speech is None:
            return
        if not self.speaking:
            self._decoder.start_utt()
            self._decoder.process_raw(QUIET)
        self._decoder.process_raw(speech)
        self.speaking = self._endpointer.in_speech

    def text(self) -> str:
        heard = self._decoder.hyp()
        return heard.hypstr if heard else ""

    def finish(self) -> tuple[str, float]:
        if self.speaking:  # asked before the end of speech: the endpointer still holds some of it
            self._decoder.process_raw(self._endpointer.end_stream(bytes(2)) or b"")
            self._endpointer = pocketsphinx.Endpointer()
            self.speaking = False
        self._decoder.process_raw(QUIET)
        self._decoder.end_utt()
        words = [s.prob for s in self._decoder.seg() or () if s.word[0] not in "<["]
        confidence = sum(words) / len(words) if words else 0.0
        return self.text(), round(min(1.0, confidence), 3)


class Loudness:
    """Hears that somebody speaks, and for how long; the same audio always reads the same."""

    LOUD = 500  # mean amplitude of a frame
    START, END = 3, 10  # frames in a row that begin and end an utterance

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.speaking, self._run, self._frames = False, 0, 0

    def frame(self, pcm: bytes) -> None:
        samples = array("h", pcm)
        loud = sum(map(abs, samples)) > self.LOUD * len(samples)
        self._run = self._run + 1 if loud != self.speaking else 0
        self._frames += self.speaking
        if self._run == (self.END if self.speaking else self.START):
            self._frames = self._frames - self._run if self.speaking else self._run
            self.speaking, self._run = not self.speaking, 0

    def text(self) -> str:
        return f"(speech, {self._frames * FRAME_SECONDS:.1f} s)"

    def finish(self) -> tuple[str, float]:
        text = self.text()
        self.reset()
        return text, 0.5


class Session:
    """One call: what comes in, and what is answered. It never waits, so a thread can run it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._rest = b""
        self._frames = 0
        self._interim = ""

    def answers(self, message: str | bytes) -> list[Message] | None:
        """`None` asks for the end of the call. Unknown control messages are nobody's fault."""
        if isinstance(message, bytes):
            return self._hear(message)
        try:
            kind = json.loads(message)["type"]
        except (ValueError, TypeError, LookupError):
            return [{"type": "error", "message": "A text frame must be JSON with a `type`."}]
        if kind == "close":
            return None
        return self._finalize() if kind == "finalize" else []

    def _hear(self, pcm: bytes) -> list[Message]:
        pcm = self._rest + pcm
        whole = len(pcm) - len(pcm) % FRAME_BYTES
        self._rest = pcm[whole:]
        frames = (pcm[at : at + FRAME_BYTES] for at in range(0, whole, FRAME_BYTES))
        return [message for frame in frames for message in self._frame(frame)]

    def _frame(self, frame: bytes) -> Iterator[Message]:
        before = self._engine.speaking
        self._engine.frame(frame)
        if self._engine.speaking and not before:
            self._frames, self._interim = 0, ""
            yield {"type": "speech_started"}
        elif before and not self._engine.speaking:
            yield from self._final()
        elif before:
            self._frames += 1
            if self._frames % FRAMES_PER_INTERIM == 0 and self._engine.text() != self._interim:
                self._interim = self._engine.text()
                yield {"type": "interim", "text": self._interim}

    def _final(self) -> Iterator[Message]:
        text, confidence = self._engine.finish()
        yield {"type": "final", "text": text, "confidence": confidence, "language_code": "en-US"}
        yield {"type": "utterance_end"}

    def _finalize(self) -> list[Message]:
        """Always answered; with an empty text when nobody is speaking."""
        self._rest = b""
        if self._engine.speaking:
            return list(self._final())
        return [{"type": "final", "text": ""}, {"type": "utterance_end"}]


async def call(socket: ServerConnection, *, engines: asyncio.Queue[Engine]) -> None:
    """Decoding runs in a thread, so that pings and other calls are answered meanwhile."""
    engine = await asyncio.wait_for(engines.get(), BUSY_SECONDS)
    session = Session(engine)
    try:
        async for message in socket:
            answers = await asyncio.to_thread(session.answers, message)
            if answers is None:
                return
            for answer in answers:
                await socket.send(json.dumps(answer))
    finally:
        engine.reset()
        engines.put_nowait(engine)


def admit(
    socket: ServerConnection, request: Request, *, token: str, engines: asyncio.Queue[Engine]
) -> Response | None:
    """A refusal is an HTTP status, before the upgrade: callers can tell it from a lost call."""
    if token and request.headers.get("Authorization") != f"Bearer {token}":
        return socket.respond(http.HTTPStatus.UNAUTHORIZED, "Wrong or missing token.\n")
    if request.path.partition("?")[0] != "/stt":
        return socket.respond(http.HTTPStatus.NOT_FOUND, "/stt is all there is here.\n")
    if engines.empty():
        return socket.respond(http.HTTPStatus.SERVICE_UNAVAILABLE, "Every decoder is in a call.\n")
    return None


def engines_for(calls: int, phrases: Sequence[str]) -> asyncio.Queue[Engine]:
    """Loaded before the first call, which would wait for the model otherwise; and it says which."""
    if pocketsphinx is None:
        print("Not installed: pocketsphinx. Loudness stands in for words.", flush=True)
    else:
        print("Listening with pocketsphinx.", flush=True)
    engines: asyncio.Queue[Engine] = asyncio.Queue(calls)
    for _ in range(calls):
        engines.put_nowait(Sphinx(phrases) if pocketsphinx else Loudness())
    return engines


async def run(options: argparse.Namespace) -> None:
    engines = engines_for(options.calls, options.phrases)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(options.cert, options.key)
    token = os.environ.get("ENDPOINT_TOKEN", "")
    server = await serve(
        functools.partial(call, engines=engines),
        options.host,
        options.port,
        ssl=context,
        process_request=functools.partial(admit, token=token, engines=engines),
        compression=None,  # PCM does not get smaller
    )
    print(f"On this machine: wss://localhost:{options.port}/stt", flush=True)
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, server.close)
    await server.wait_closed()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8445)
    parser.add_argument("--cert", required=True, help="certificate chain, PEM")
    parser.add_argument("--key", required=True, help="private key, PEM")
    parser.add_argument("--calls", type=int, default=2, help="calls at a time; more are refused")
    parser.add_argument("--phrases", nargs="+", default=[], help="hear nothing but these")
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
