"""Transcriber endpoints that are broken each in one way, and what the tests must say of each.

As `zoo`; an animal is a `Hearer` that has but one fault, or a script for raw bytes.
"""

import asyncio
import base64
import hashlib
import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from egress.frames import PING, TEXT, encode
from tests.endpoints.validation.zoo import TOKEN, Animal
from tests.upstreams import Flood, HalfClose, Seen, Send, Stall, Wait, head, redirect, reply
from tests.upstreams.script import Script, Step
from tests.upstreams.sockets import Session, listen

Finish = Callable[[Session], Awaitable[None]]
Message = dict[str, Any] | str | bytes | Finish

STARTED: dict[str, Any] = {"type": "speech_started"}
INTERIM: dict[str, Any] = {"type": "interim", "text": "please call"}
FINAL: dict[str, Any] = {
    "type": "final", "text": "please call me", "confidence": 0.9, "language_code": "en-US"
}  # fmt: skip
END: dict[str, Any] = {"type": "utterance_end"}
MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


async def _closes(session: Session) -> None:
    """The server closes with 1000 when the talk is over."""


@dataclass(frozen=True)
class Hearer:
    """What it says at the beginning, while it hears, and when it is asked for a final."""

    token: str | None = TOKEN
    greeting: tuple[Message, ...] = ()
    hearing: tuple[Message, ...] = (STARTED, INTERIM)
    finalized: tuple[Message, ...] = (FINAL, END)
    last: tuple[Message, ...] = ()
    delay: float = 0.0
    finish: Finish = _closes
    options: dict[str, Any] = field(default_factory=dict)

    async def __call__(self, session: Session) -> None:
        await self._say(session, self.greeting)
        frames = 0
        while True:
            message = await session.take()
            if isinstance(message, bytes):
                frames += 1
                await self._say(session, self.hearing if frames == 10 else ())
            elif "finalize" in message:
                await asyncio.sleep(self.delay)
                await self._say(session, self.finalized)
            elif "close" in message:
                await self._say(session, self.last)
                return await self.finish(session)

    async def _say(self, session: Session, messages: Iterable[Message]) -> None:
        for message in messages:
            if callable(message):
                await message(session)
            else:
                plain = isinstance(message, str | bytes)
                await session.peer.send(message if plain else json.dumps(message))

    def admits(self, connection: Any, request: Any) -> Any:
        """The server's hook before the upgrade."""
        authorized = request.headers.get("Authorization") == f"Bearer {self.token}"
        if self.token is not None and not authorized:
            return connection.respond(401, "no such token\n")
        return None


HEALTHY = Hearer()


async def _refuses_strangers(session: Session) -> None:
    if session.headers.get("authorization") != f"Bearer {TOKEN}":
        await session.peer.close(4000, "who are you?")


def _closing(*code: int) -> Finish:
    """With this code, or with none at all."""

    async def finish(session: Session) -> None:
        if code:
            await session.peer.close(code[0], "so it is")
        else:
            session.peer.transport.write(b"\x88\x00")
            await session.peer.wait_closed()

    return finish


async def _drops(session: Session) -> None:
    session.peer.transport.abort()


async def _floods(session: Session) -> None:
    while True:
        await session.peer.send(json.dumps(INTERIM))
        await asyncio.sleep(0)  # a transport that is closing takes all without waiting


def _when_heard(act: Finish) -> Hearer:
    """Does something instead of going on to listen, in the middle of the sentence."""
    return replace(HEALTHY, hearing=(STARTED, INTERIM, act))


def _saying(**changed: Any) -> Hearer:
    """A final with other members."""
    return replace(HEALTHY, finalized=({**FINAL, **changed}, END))


def upgraded(*steps: Step) -> Script:
    """Raw bytes after the upgrade, on a server that checks no token and reads no frame."""

    def script(seen: Seen) -> Iterable[Step]:
        if seen.header("authorization") != f"Bearer {TOKEN}":
            return [reply(401, "no")]
        key = (seen.header("sec-websocket-key") or "").encode()
        accept = base64.b64encode(hashlib.sha1(key + MAGIC).digest()).decode()
        fields = (("connection", "Upgrade"), ("upgrade", "websocket"))
        return [Send(head(101, *fields, ("sec-websocket-accept", accept))), *steps]

    return script


def _large(size: int) -> bytes:
    """The head of a frame of so many bytes, and some of them."""
    return b"\x81\x7f" + size.to_bytes(8, "big") + b"x" * 1000


SILENT = {"heard": "failed", "finalize": "failed", "close": "failed"}

ZOO: dict[str, Animal] = {
    "healthy": Animal(HEALTHY, {}),
    "healthy without authentication": Animal(
        replace(HEALTHY, token=None), {}, auth={"type": "none"}
    ),
    "healthy and hears nothing of its own": Animal(
        replace(HEALTHY, hearing=(INTERIM, FINAL, END), finalized=({"type": "final", "text": ""},)),
        {},
    ),
    "healthy and refuses by a close": Animal(
        replace(HEALTHY, token=None, greeting=(_refuses_strangers,)), {}
    ),
    "no TLS at all": Animal(
        [], {"address": "failed"}, "tls clock", "must speak TLS", options={"never_tls": True}
    ),
    # -- the upgrade
    "token refused": Animal(
        replace(HEALTHY, token="another"), {"authentication": "failed"}, "status 401", "again"
    ),
    "token refused by a close": Animal(
        replace(HEALTHY, greeting=(_closing(4401),)),
        {"authentication": "failed"},
        "close code 4401",
        "again",
    ),
    "accepts calls without token": Animal(
        replace(HEALTHY, token=None),
        {"authentication": "warning"},
        "without the credential too",
        "401",
    ),
    "another path": Animal([reply(404, "no")], {"answer": "failed"}, "status 404", "WebSockets"),
    "full": Animal([reply(503, "busy")], {"answer": "failed"}, "status 503", "at a time"),
    "a page and no WebSocket": Animal(
        [reply(200, "<h1>Welcome")], {"answer": "failed"}, "HTTP 200 instead of 101", "RFC 6455"
    ),
    "redirect": Animal(
        [redirect(307, "https://elsewhere.example.com/")],
        {"answer": "failed"},
        "redirect",
        "Enter the URL",
    ),
    "never answers the upgrade": Animal(
        [Stall()], {"answer": "failed"}, "first_byte clock", "timeouts.first_byte"
    ),
    # -- the protocol
    "invalid UTF-8": Animal(
        upgraded(Send(encode(TEXT, b'{"type":"\xff"}')), Stall()),
        {"socket_protocol": "failed"},
        "invalid UTF-8",
        "UTF-8",
    ),
    "masked frames": Animal(
        upgraded(Send(encode(TEXT, b"{}", masked=True)), Stall()),
        {"socket_protocol": "failed"},
        "masked by clients only",
        "library",
    ),
    "a frame beyond measure": Animal(
        upgraded(Send(_large(1 << 40)), Stall()),
        {"socket_protocol": "failed"},
        "too big",
        "transcripts only",
    ),
    "a giant frame": Animal(
        upgraded(Send(_large(1 << 24)), Flood()),
        {"socket_protocol": "failed"},
        "without measure",
        "some times a second",
    ),
    "a flood of messages": Animal(
        _when_heard(_floods), {"socket_protocol": "failed"}, "without measure", "some times"
    ),
    "a flood of frames without content": Animal(
        upgraded(Send(encode(TEXT, b"", final=False)), Flood(encode(0, b"", final=False) * 1000)),
        {"socket_protocol": "failed"},
        "without measure",
        "some times",
    ),
    # -- the session
    "closes in the middle": Animal(
        _when_heard(_closing(1011)), {"session": "failed"}, "code 1011 («so it is»)", "open until"
    ),
    "closes at once": Animal(
        replace(HEALTHY, greeting=(_closing(1011),)), {"session": "failed"}, "code 1011", "log"
    ),
    "crashes in the middle": Animal(
        _when_heard(_drops), {"session": "failed"}, "without a close frame", "server's log"
    ),
    "half-closes": Animal(
        upgraded(HalfClose(), Stall()), {"session": "failed"}, "without a close frame", "log"
    ),
    "closes after each final": Animal(
        replace(HEALTHY, finalized=(FINAL, END, _closing(1000))),
        {"session": "failed"},
        "code 1000 («so it is») after",
        "many utterances",
    ),
    "no model": Animal(
        replace(
            HEALTHY,
            greeting=({"type": "error", "message": f"bad key {TOKEN}"},),
            hearing=(_closing(1011),),
        ),
        {"reported_error": "failed"},
        "«bad key $TOKEN»",
        "log",
    ),
    # -- messages
    "never says anything": Animal(upgraded(Stall()), SILENT, "Nothing came", "PCM"),
    "answers pings only": Animal(
        replace(HEALTHY, hearing=(), finalized=(), finish=listen), SILENT, "Nothing came", "PCM"
    ),
    "a flood of pings": Animal(
        upgraded(*[Send(encode(PING, b"x" * 100) * 100), Wait(0.01)] * 3000, Stall()),
        SILENT,
        "Nothing came",
        "PCM",
    ),
    "sends sound back": Animal(
        replace(HEALTHY, greeting=(b"\x00" * 640,)),
        {"known_messages": "warning"},
        "is binary, of 640 bytes",
        "`utterance_end`",
    ),
    "not JSON": Animal(
        replace(HEALTHY, greeting=(f"\x00 welcome `{TOKEN}`",)),
        {"known_messages": "warning"},
        "no JSON object: «welcome '$TOKEN'»",
        "no others",
    ),
    "deeply nested": Animal(
        replace(HEALTHY, greeting=('{"type":' + "[" * 60_000,)),
        {"known_messages": "warning"},
        "no JSON object",
        "no others",
    ),
    "unknown type": Animal(
        replace(HEALTHY, hearing=(INTERIM, {"type": "partial"})),
        {"known_messages": "warning"},
        "has the type «partial»",
        "no others",
    ),
    "too long a message": Animal(
        replace(HEALTHY, greeting=({"type": "interim", "text": "x" * 70_000},)),
        {"known_messages": "warning"},
        "too long",
        "no others",
    ),
    "final without text": Animal(
        replace(HEALTHY, hearing=(INTERIM, {"type": "final", "transcript": "please"}, FINAL)),
        {"message_schema": "failed"},
        "`text` of the `final` is missing",
        '"confidence":0.92',
    ),
    "language as a number": Animal(
        _saying(language_code=7), {"message_schema": "failed"}, "`language_code`", "left out"
    ),
    "hears nothing": Animal(
        replace(HEALTHY, hearing=(), finalized=({**FINAL, "text": ""}, END)),
        {"heard": "failed"},
        "no text at all",
        "16 kHz",
    ),
    "no interims": Animal(
        replace(HEALTHY, hearing=(STARTED,)), {"interims": "warning"}, "No interim", "600 ms"
    ),
    "interims at the end": Animal(
        replace(HEALTHY, hearing=(STARTED,), finalized=(INTERIM, FINAL, END)),
        {"interims": "warning"},
        "all after",
        "600 ms",
    ),
    "does not know finalize": Animal(
        replace(HEALTHY, finalized=()),
        {"finalize": "failed"},
        "No `final`",
        'each `{"type":"finalize"}`',
    ),
    "finals of its own will only": Animal(
        replace(HEALTHY, hearing=(INTERIM, FINAL, END), finalized=()),
        {"finalize": "warning"},
        "by itself before",
        "empty",
    ),
    "answers with an empty final": Animal(
        replace(HEALTHY, finalized=({"type": "final", "text": ""}, END)),
        {"finalize": "failed"},
        "the `final` has none",
        'each `{"type":"finalize"}`',
    ),
    "slow final": Animal(
        replace(HEALTHY, delay=2.2), {"finalize": "warning"}, "after 2.", "while audio"
    ),
    "no utterance_end": Animal(
        replace(HEALTHY, finalized=(FINAL,)), {"utterance_end": "failed"}, "No `utter", "turn"
    ),
    "utterance_end first": Animal(
        replace(HEALTHY, hearing=(INTERIM, {**FINAL, "text": ""}, END), finalized=(FINAL,)),
        {"message_order": "failed"},
        "came before",
        "any number of",
    ),
    "interim that is never final": Animal(
        replace(HEALTHY, finalized=(FINAL, INTERIM, END)),
        {"message_order": "warning"},
        "never become final",
        "any number of",
    ),
    "confidence in percent": Animal(
        _saying(confidence=92), {"confidence": "failed"}, "«92»", "from 0 to 1"
    ),
    "confidence in words": Animal(
        _saying(confidence="high"), {"confidence": "failed"}, "high", "from 0 to 1"
    ),
    "confidence that is not even JSON": Animal(
        _saying(confidence=float("nan")),
        {"known_messages": "warning", "finalize": "failed"},
        "no JSON object",
        "no others",
    ),
    # -- the end
    "never closes": Animal(
        replace(HEALTHY, finish=listen), {"close": "failed"}, "did not close", "pile"
    ),
    "closes without a code": Animal(replace(HEALTHY, finish=_closing()), {}, "", ""),
    "closes with an error": Animal(
        replace(HEALTHY, finish=_closing(1011)), {"close": "warning"}, "code 1011", "code 1000"
    ),
    "just goes": Animal(replace(HEALTHY, finish=_drops), {"close": "warning"}, "1006", "code 1000"),
}
