"""Holds a conversation with a transcriber, as a call does, and records it."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from dispatch.endpoint import EndpointSnapshot
from dispatch.failures import DispatchFailed
from dispatch.sockets import open_session
from egress.http import WebSocket, WebSocketRefused
from egress.link import Link
from egress.websocket import BODY_LIMIT
from endpoints.validation import speech
from endpoints.validation.ear import Ear
from endpoints.validation.exchange import Exchange, Failure
from endpoints.validation.recorder import ProbeClient, failure_of, until_stopped
from endpoints.validation.talk import Talk
from wire.events import FinalText, UtteranceEnd
from wire.llm.base import Stamp
from wire.registry import format_named, hosted_format
from wire.transcriber.base import Message
from wire.transcriber.translation import Translation

Done = Callable[[], bool]

SILENCE = bytes(round(speech.FRAME_SECONDS * 16_000) * 2)


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds: between frames of audio, and the most that is waited for each answer.

    `pause` is between the last of the utterance and `close`.
    """

    frame: float = speech.FRAME_SECONDS
    final: float = 5.0
    utterance_end: float = 2.0
    pause: float = 0.3
    close: float = 5.0
    peek: float = 1.0


PACE = Pace()


class Talker:
    """Our side of the conversation."""

    def __init__(self, link: Link, ear: Ear, passage: Translation) -> None:
        self._link = link
        self._passage = passage
        self.ear = ear
        self.finalize_at: float | None = None
        self.close_at: float | None = None

    async def peek(self) -> None:
        """Whether it closes at once: nothing is played."""
        await self.ear.until(lambda: False, PACE.peek)

    async def converse(self) -> None:
        """Each step waits for the one before it; the end of the connection ends them all."""
        ear = self.ear
        self._say(self._passage.greet())
        await self._play(speech.frames())
        if ear.over():
            return
        await self._ask()
        if self._answered():
            await ear.until(self._utterance_ended, PACE.utterance_end)
        await ear.until(lambda: False, PACE.pause)  # some close by themselves now
        if ear.over():
            return
        self.close_at = self._say(self._passage.close())
        if self._passage.endpoint.closes:
            await ear.until(lambda: False, PACE.close)

    async def _ask(self) -> None:
        """For a final; where there is no word for that, silence asks for it."""
        self.finalize_at = self._say(self._passage.finalize())
        if self._passage.endpoint.finalizes:
            await self.ear.until(self._answered, PACE.final)
        else:
            await self._play([SILENCE] * round(PACE.final / PACE.frame), self._answered)

    async def _play(self, frames: Sequence[bytes], enough: Done = lambda: False) -> None:
        """In real time: a frame that is late does not make the later ones late."""
        begun = time.perf_counter()
        for number, frame in enumerate(frames):
            wait = begun + number * PACE.frame - time.perf_counter()
            await asyncio.sleep(max(0.0, wait))
            if self.ear.over() or enough():
                return
            self._put(self._passage.audio(frame))
            self.ear.played(len(frame))

    def _say(self, messages: Sequence[Message]) -> float:
        self._put(messages)
        for message in messages:
            if message.is_text:
                self.ear.said(message.data)
        return self.ear.now

    def _put(self, messages: Sequence[Message]) -> None:
        for message in messages:
            put = self._link.put_text if message.is_text else self._link.put_bytes
            put(message.data)

    def _answered(self) -> bool:
        asked = self.finalize_at or 0.0
        return any(
            isinstance(line.event, FinalText) and line.at >= asked for line in self.ear.lines
        )

    def _utterance_ended(self) -> bool:
        """After the last final that has words in it."""
        for line in reversed(self.ear.lines):
            if isinstance(line.event, UtteranceEnd):
                return True
            if isinstance(line.event, FinalText) and line.words:
                return False
        return False


_NATIVE = "rymi-stt"

Play = Callable[[Talker], Awaitable[None]]

_PLAYS: Mapping[str, Play] = {
    "stream": Talker.converse,
    "anonymous": Talker.peek,
}


async def record_talk(client: ProbeClient, endpoint: EndpointSnapshot, name: str) -> Exchange:
    """One connection, from the upgrade to its end. Raises `Stopped`."""
    client.sent = None
    return await until_stopped(_record(client, endpoint, _PLAYS[name]))


async def _record(client: ProbeClient, endpoint: EndpointSnapshot, play: Play) -> Exchange:
    started = time.perf_counter()
    passage = _passage(endpoint)
    side = passage.endpoint
    try:
        answer, _ = await open_session(client, endpoint, address=side.aim.at)
    except DispatchFailed as failed:
        took = time.perf_counter() - started
        return Talk(sent=client.sent, kind="none", failure=failure_of(failed), took=took)
    if isinstance(answer, WebSocketRefused):
        return _refused(client, answer, time.perf_counter() - started)
    ear = Ear(side.hear, started)
    talker = Talker(answer.link, ear, passage)
    failure = await _hold(answer, talker, play, started + endpoint.clocks.total)
    return Talk(
        sent=client.sent,
        kind="stream",
        status=101,
        failure=failure,
        took=ear.now,
        cut=ear.full(),
        lines=tuple(ear.lines),
        end=ear.end,
        end_at=ear.end_at,
        finalize_at=talker.finalize_at,
        close_at=talker.close_at,
        peek=play is Talker.peek,
        repeatable=endpoint.wire_format == _NATIVE,
    )


def _passage(endpoint: EndpointSnapshot) -> Translation:
    """The test speaks as a Rymi caller does."""
    caller = hosted_format("transcriber", _NATIVE).caller_side({}, Stamp("", 0))
    far = format_named("transcriber", endpoint.wire_format)
    return Translation(caller, far.endpoint_side(caller.opening, model=endpoint.model))


async def _hold(opened: WebSocket, talker: Talker, play: Play, until: float) -> Failure | None:
    """Has the conversation; the connection is gone afterwards, whatever happened."""
    try:
        opened.start(talker.ear)
        async with asyncio.timeout(until - time.perf_counter()):
            await play(talker)
    except TimeoutError:
        return Failure("upstream_timeout", "", "The total clock ran out.", "total")
    finally:
        talker.ear.stop()
        await opened.aclose(1000)
    return None


def _refused(client: ProbeClient, answer: WebSocketRefused, took: float) -> Talk:
    return Talk(
        sent=client.sent,
        kind="error",
        status=answer.status,
        headers=answer.headers,
        pieces=((took, answer.body),),
        took=took,
        cut=len(answer.body) >= BODY_LIMIT,
    )
