"""One transcriber dispatch: its formats, and what is tallied of a session.

Used by the gateway and by validation alike.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from dispatch.endpoint import EndpointSnapshot
from egress.frames import BINARY, CONTINUATION, TEXT, Frame
from wire.aim import Aim
from wire.events import (
    CallerWord,
    FinalText,
    InterimText,
    TranscriberEvent,
    TranscriberFailure,
    UtteranceEnd,
)
from wire.llm.base import Stamp
from wire.registry import format_named, hosted_format
from wire.transcriber.base import CallerSide, EndpointSide
from wire.transcriber.translation import Translation

MOST_UTTERANCES = 256
TEXT_LIMIT = 64 * 1024


@dataclass(frozen=True, slots=True)
class Passage:
    """Both sides of a session; without a translation, messages pass as they are."""

    caller: CallerSide
    endpoint: EndpointSide
    aim: Aim
    translation: Translation | None


def passages_between(
    ingress: str, endpoint: EndpointSnapshot, query: Sequence[tuple[str, str]]
) -> list[Passage]:
    """For one session, or for one of each channel that its caller wants heard; `query` is of the
    caller's URL. Raises `InvalidRequest`.
    """
    near = hosted_format("transcriber", ingress)
    far = format_named("transcriber", endpoint.wire_format)
    stamp = Stamp(str(uuid4()), int(time.time()))
    caller = near.caller_side(dict(query), stamp)
    if near is far:
        side = far.endpoint_side(caller.opening, model=endpoint.model)
        return [Passage(caller, side, near.passing_aim(query, model=endpoint.model), None)]
    found = []
    for channel in range(caller.channels or 1):
        heard = near.caller_side(dict(query), stamp)
        heard.channel = channel
        side = far.endpoint_side(heard.opening, model=endpoint.model)
        found.append(Passage(heard, side, side.aim, Translation(heard, side)))
    return found


@dataclass(slots=True)
class Utterance:
    """Moments in seconds since the epoch.

    `speech_ended_at` is when the last audio came that the final can be about.
    """

    final_at: float
    speech_ended_at: float | None = None
    finalize_at: float | None = None
    utterance_end_at: float | None = None

    def as_json(self) -> dict[str, float | None]:
        return {
            "speech_ended_at": _rounded(self.speech_ended_at),
            "finalize_at": _rounded(self.finalize_at),
            "final_at": _rounded(self.final_at),
            "utterance_end_at": _rounded(self.utterance_end_at),
        }


@dataclass(slots=True)
class TranscriberTally:
    """What metering saw of a session so far: it reads a copy, and changes nothing.

    A message is counted with its first piece, and read only if it is text, comes in one piece and
    is small: what is not, and what the format does not know, is `ignored`. Where messages are
    translated, the translator tells what they said.
    """

    caller: CallerSide
    endpoint: EndpointSide
    messages_in: int = 0
    messages_out: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    audio_bytes: int = 0
    finals: int = 0
    ignored: int = 0
    left_out: int = 0
    first_content_at: float | None = None
    failure: TranscriberFailure | None = None
    close_asked: bool = False
    utterances: list[Utterance] = field(default_factory=list)
    _audio_at: float | None = None
    _finalize: tuple[float, float | None] | None = None
    _open: Utterance | None = None
    _in_audio: bool = False

    @property
    def audio_ms(self) -> float | None:
        """`None` where the bytes do not tell."""
        return self.caller.opening.audio_ms(self.audio_bytes)

    @property
    def failed(self) -> bool:
        """Whether the endpoint said so."""
        return self.failure is not None

    def from_caller(self, frame: Frame, now: float) -> None:
        """`now` in seconds since the epoch."""
        self.counts(frame, now)
        if frame.opcode == TEXT:
            self.asked(self.caller.hear(frame.payload) if _is_readable(frame) else None, now)

    def counts(self, frame: Frame, now: float) -> None:
        """A piece of a caller's message, unread."""
        opcode, payload, _ = frame
        self.bytes_in += len(payload)
        if opcode != CONTINUATION:
            self.messages_in += 1
            self._in_audio = opcode == BINARY
        if self._in_audio:
            self.audio_bytes += len(payload)
            self._audio_at = now

    def asked(self, words: Sequence[CallerWord] | None, now: float) -> None:
        """What a caller's text message said."""
        if words is None:
            self.ignored += 1
            return
        for word in words:
            if word == "finalize":
                self._finalize = (now, self._audio_at)
            else:
                self.close_asked = True

    def from_endpoint(self, frame: Frame, now: float) -> None:
        """`now` in seconds since the epoch."""
        opcode = frame.opcode
        self.bytes_out += len(frame.payload)
        if opcode == CONTINUATION:
            return
        self.messages_out += 1
        readable = opcode == TEXT and _is_readable(frame)
        self.said(self.endpoint.hear(frame.payload) if readable else None, now)

    def told(self, text: bytes) -> None:
        """A message that was written for the caller."""
        self.messages_out += 1
        self.bytes_out += len(text)

    def said(self, events: Sequence[TranscriberEvent] | None, now: float) -> None:
        """What an endpoint's message said."""
        if events is None:
            self.ignored += 1
            return
        for event in events:
            self._saw(event, now)

    def _saw(self, event: TranscriberEvent, now: float) -> None:
        if (
            self.first_content_at is None
            and isinstance(event, InterimText | FinalText)
            and event.text
        ):
            self.first_content_at = now
        if isinstance(event, FinalText):
            self._saw_final(now)
        elif isinstance(event, UtteranceEnd):
            if self._open is not None:
                self._open.utterance_end_at = now
                self._open = None
        elif isinstance(event, TranscriberFailure):
            self.failure = event

    def _saw_final(self, now: float) -> None:
        self.finals += 1
        finalize_at, heard_at = self._finalize or (None, self._audio_at)
        self._finalize = None
        self._open = Utterance(now, heard_at, finalize_at)
        if len(self.utterances) < MOST_UTTERANCES:
            self.utterances.append(self._open)
        else:
            self.left_out += 1

    def details(self) -> dict[str, Any]:
        """As the page of the format in the docs gives them."""
        told: dict[str, Any] = {
            "messages_in": self.messages_in,
            "messages_out": self.messages_out,
            "finals": self.finals,
            "ignored": self.ignored,
            "utterances": [each.as_json() for each in self.utterances],
        }
        if self.left_out:
            told["utterances_left_out"] = self.left_out
        return told


def _is_readable(frame: Frame) -> bool:
    return frame.final and len(frame.payload) < TEXT_LIMIT


def _rounded(moment: float | None) -> float | None:
    return None if moment is None else round(moment, 4)
