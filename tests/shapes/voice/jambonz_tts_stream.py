"""jambonz' streaming TTS as its servers and callers speak it, by hand."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import urlencode

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.gateway.speaking import tone
from tests.live import LiveAgent, LiveTenant
from tests.shapes.query import query_of
from tests.upstreams.sockets import Session

STREAM = "jambonz-tts-stream"
MS = 300
QUICK = {"end_silence": 0.2}


@dataclass
class Speaker:
    """A server that sounds `MS` of a tone for each flush, in odd pieces.

    `told` is what each flush asked for: text, voice and rate. `rate` is its own, 0 for the one that
    is asked for. `after` is what it does behind the sound: `stays`, `closes`, `breaks`, `fails`.
    """

    rate: int = 0
    packs: bool = False
    connects: bool = True
    after: str = "stays"
    stall: bool = False
    sound: Callable[[int], bytes] = lambda rate: tone(MS, rate)
    told: list[tuple[str, str, int]] = field(default_factory=list)
    asked: dict[str, str] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)

    async def __call__(self, session: Session) -> None:
        request = session.peer.request
        assert request is not None
        self.asked = query_of(request.path)
        rate = self.rate or int(self.asked.get("sampleRate", 24_000))
        if self.connects:
            data = {"sample_rate": rate, "base64_encoding": self.packs}
            await session.peer.send(json.dumps({"type": "connect", "data": data}))
        text = ""
        while True:
            message = json.loads(await session.take())
            self.words.append(message["type"])
            if message["type"] == "stream":
                text += message["text"]
            elif message["type"] == "flush":
                self.told.append((text, self.asked.get("voice", ""), rate))
                text = ""
                await self._speak(session, rate)
                if self.after != "stays":
                    return
            elif message["type"] == "stop":
                return

    async def _speak(self, session: Session, rate: int) -> None:
        sound = self.sound(rate)
        for at in range(0, len(sound), 1001):
            piece = sound[at : at + 1001]
            if self.packs:
                audio = base64.b64encode(piece).decode()
                await session.peer.send(json.dumps({"type": "data", "data": {"audio": audio}}))
            else:
                await session.peer.send(piece)
        if self.after == "breaks":
            session.peer.transport.abort()
        elif self.after == "fails":
            await session.peer.send('{"error":"No breath."}')


def stream_url(agent: LiveAgent, **query: str) -> str:
    base = agent.base_url.replace("http", "ws", 1)
    return f"{base}/jambonz/tts?{urlencode(query)}"


class Streamer:
    """jambonz, for one call."""

    def __init__(self, agent: LiveAgent, tenant: LiveTenant | None, **query: str) -> None:
        given = {"voice": "v-1", "language": "de-DE", "sampleRate": "24000", **query}
        headers = tenant.headers if tenant else {}
        self._dialling = connect(
            stream_url(agent, **given),
            additional_headers=headers, proxy=None, compression=None, max_size=None,
        )  # fmt: skip
        self.peer: ClientConnection
        self.opening: dict[str, Any]
        self.sound = b""
        self.errors: list[str] = []

    def __enter__(self) -> Self:
        self.peer = self._dialling.__enter__()
        self.opening = json.loads(self.peer.recv(20))
        return self

    def __exit__(self, *reason: Any) -> None:
        self._dialling.__exit__(*reason)

    def tell(self, kind: str, **members: Any) -> None:
        self.peer.send(json.dumps({"type": kind, **members}))

    def say(self, *texts: str) -> None:
        for text in texts:
            self.tell("stream", text=text)

    def next(self, within: float = 20) -> None:
        message = self.peer.recv(within)
        if isinstance(message, bytes):
            self.sound += message
        else:
            self.errors.append(json.loads(message)["error"])

    def hear(self, size: int) -> bytes:
        """So many bytes of sound."""
        while len(self.sound) < size:
            self.next()
        return self.sound

    def until_error(self) -> str:
        while not self.errors:
            self.next()
        return self.errors[0]

    def until_closed(self, within: float = 20) -> int:
        try:
            while True:
                self.next(within)
        except ConnectionClosed:
            return self.peer.close_code or 0
