"""Servers of any shape."""

import json
from dataclasses import dataclass, field
from typing import Any

from tests.shapes.transcriber.shape import ServerShape
from tests.upstreams.sockets import Session

ENOUGH = 0.5  # seconds of audio after which a server says a final by itself


@dataclass
class Hearer:
    """A server of a shape: an interim when it hears, a final when it is asked or has heard enough.

    It ends when it is asked to, after what is left to say.
    """

    shape: ServerShape
    heard: bytes = b""
    opening: dict[str, Any] = field(default_factory=dict)
    rate: int = 0
    word: list[str] = field(default_factory=list)
    fails: bool = False
    enough: float = ENOUGH

    async def __call__(self, session: Session) -> None:
        request = session.peer.request
        assert request is not None
        self.rate = self.shape.rate(request.path)
        for message in self.shape.greets:
            await session.peer.send(json.dumps(message))
        interim = final = False
        while True:
            for kind, value in self.shape.read(await session.take()):
                if kind == "opening":
                    self.opening, self.rate = value, value.get("rate") or self.rate
                elif kind == "audio":
                    self.heard += value
                    if not interim:
                        interim = True
                        await self.say(
                            session, *(("error",) if self.fails else ("start", "interim"))
                        )
                    if not final and len(self.heard) > 2 * self.rate * self.enough:
                        final = True
                        await self.say(session, "final", "end")
                else:
                    self.word.append(kind)
                    if not final and (kind == "finalize" or (kind == "close" and interim)):
                        final = True
                        await self.say(session, "final", "end")
                    if kind == "close":
                        return

    async def say(self, session: Session, *names: str) -> None:
        for name in names:
            for message in self.shape.says.get(name, ()):
                await session.peer.send(json.dumps(message))
