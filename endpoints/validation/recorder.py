"""Makes the exchanges of a run, through `dispatch` exactly as a call does, and records them."""

import asyncio
import time
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any, TypeVar

from dispatch import llm, voice
from dispatch.answers import Answer, FlowingAnswer, Observer, ReplyAnswer, StreamAnswer
from dispatch.endpoint import EndpointSnapshot
from dispatch.failures import DispatchFailed
from egress.errors import EgressError
from egress.http import Client, Request, Response, WebSocket, WebSocketRefused
from endpoints.validation import stopping
from endpoints.validation.exchange import Exchange, Failure, Kind
from wire.llm.base import LLMTally
from wire.registry import hosted_format

ASKED_IN = "openai-chat"  # what the prompts of LLM runs are written in
SPOKEN_IN = "rymi-tts"  # and those of voice runs: sound comes as raw PCM, whatever the endpoint's
USER_AGENT = "Patchbay/0.1 (validation)"
BODY_LIMIT = 1024 * 1024
_LOOK_EVERY = 0.2

T = TypeVar("T")


class Stopped(Exception):
    """This process is told to end; the run is to be given back."""


class ProbeClient(Client):
    """Keeps what is sent, and says in the User-Agent that it is a test."""

    sent: Request | None = None
    said = b""  # what is put to an endpoint over a socket: shown as the body of its upgrade

    async def send(self, request: Request) -> Response:
        self.sent = _named(request)
        return await super().send(self.sent)

    async def open_socket(self, request: Request) -> WebSocket | WebSocketRefused:
        named = _named(request)
        self.sent = replace(named, body=self.said)
        return await super().open_socket(named)


def _named(request: Request) -> Request:
    headers = tuple(
        (name, USER_AGENT if name == "user-agent" else value) for name, value in request.headers
    )
    return replace(request, headers=headers)


class _Tape:
    """What of an answer's body is kept, with its moments."""

    def __init__(self) -> None:
        self.started = time.perf_counter()
        self.pieces: list[tuple[float, bytes]] = []
        self.size = 0

    def observe(self, moment: float, data: bytes) -> None:
        room = BODY_LIMIT - self.size
        self.size += len(data)
        if room > 0:
            self.pieces.append((moment - self.started, data[:room]))

    @property
    def cut(self) -> bool:
        return self.size > BODY_LIMIT


async def record(client: ProbeClient, endpoint: EndpointSnapshot, body: bytes) -> Exchange:
    """One call, from request to the end of its answer. Raises `Stopped`."""
    tape = _Tape()
    client.sent = None
    try:
        answer = await until_stopped(_ASK[endpoint.channel](client, endpoint, body, tape.observe))
    except DispatchFailed as failed:
        return _unanswered(client.sent, tape, failed)
    try:
        failure, heard = await until_stopped(_read_to_end(answer, tape))
    finally:
        answer.close()
    first = answer.first_content
    return Exchange(
        sent=client.sent,
        kind=_kind(answer),
        status=answer.status,
        headers=answer.headers,
        pieces=tuple(tape.pieces),
        failure=failure,
        tally=answer.tally if isinstance(answer, StreamAnswer | ReplyAnswer) else LLMTally(),
        first_content=None if first is None else first - tape.started,
        took=time.perf_counter() - tape.started,
        cut=tape.cut,
        heard=heard,
    )


async def _ask_llm(
    client: ProbeClient, endpoint: EndpointSnapshot, body: bytes, observe: Observer
) -> Answer:
    request = hosted_format("llm", ASKED_IN).read_request(body)
    passage = llm.passage_between(ASKED_IN, endpoint)
    written = client.said = llm.write_body(passage, request, endpoint)
    return await llm.ask(client, endpoint, passage, request, written, observe=observe)


async def _ask_voice(
    client: ProbeClient, endpoint: EndpointSnapshot, body: bytes, observe: Observer
) -> Answer:
    """Only Rymi's servers must be told a voice where the endpoint has none set."""
    request = hosted_format("voice", SPOKEN_IN).read_request(body)
    passage = voice.passage_between(SPOKEN_IN, endpoint.wire_format)
    if not passage.same:
        request = replace(request, voice=None)
    call = voice.write_call(passage, request, endpoint)
    return await voice.ask(client, endpoint, passage, request, call, observe=observe)


_ASK = {"llm": _ask_llm, "voice": _ask_voice}


async def _read_to_end(answer: Answer, tape: _Tape) -> tuple[Failure | None, bytes]:
    """Why it did not come to its end, and what a caller gets of it."""
    heard: list[bytes] = []
    if not isinstance(answer, FlowingAnswer):
        return None, b""
    try:
        while not tape.cut and (piece := await answer.read()):
            heard.append(piece)
    except DispatchFailed as failed:
        return failure_of(failed), b"".join(heard)
    return None, b"".join(heard)


def _kind(answer: Answer) -> Kind:
    if isinstance(answer, FlowingAnswer):
        return "stream"
    return "reply" if isinstance(answer, ReplyAnswer) else "error"


def _unanswered(sent: Request | None, tape: _Tape, failed: DispatchFailed) -> Exchange:
    response = failed.response
    return Exchange(
        sent=sent,
        kind="none",
        status=response.status if response else None,
        headers=response.headers if response else {},
        pieces=tuple(tape.pieces),
        failure=failure_of(failed),
        took=time.perf_counter() - tape.started,
        cut=tape.cut,
    )


def failure_of(failed: DispatchFailed) -> Failure:
    cause = failed.__cause__
    category = cause.category if isinstance(cause, EgressError) else ""
    return Failure(failed.code, category, failed.detail, failed.clock or "")


async def until_stopped(work: Coroutine[Any, Any, T]) -> T:
    """Does the work unless this process is told to end meanwhile. Raises `Stopped`."""
    task = asyncio.ensure_future(work)
    while not task.done():
        if stopping.is_set():
            task.cancel()
            await asyncio.wait([task])
            raise Stopped
        await asyncio.wait([task], timeout=_LOOK_EVERY)
    return task.result()
