"""One LLM dispatch: an endpoint is asked, and its answer classified.

Used by the gateway and by validation alike. Cancelling any wait closes the connection.
"""

import asyncio
from functools import partial

from dispatch.answers import (
    ERROR_BODY_LIMIT,
    REPLY_LIMIT,
    Body,
    ErrorAnswer,
    Observer,
    ReplyAnswer,
    StreamAnswer,
    media_type,
)
from dispatch.endpoint import EndpointSnapshot
from dispatch.sending import post
from egress.http import Client
from wire.llm.base import LLMFormat, LLMRequest

LLMAnswer = StreamAnswer | ReplyAnswer | ErrorAnswer

_SSE = "text/event-stream"
_KNOWN = frozenset(
    (_SSE, "application/json", "text/json", "text/plain", "application/octet-stream", "")
)


def write_body(wire_format: LLMFormat, request: LLMRequest, endpoint: EndpointSnapshot) -> bytes:
    """The request in the endpoint's terms. Large ones are worth a thread."""
    return wire_format.write_request(request, model=endpoint.model, settings=endpoint.settings)


async def ask(
    client: Client,
    endpoint: EndpointSnapshot,
    wire_format: LLMFormat,
    request: LLMRequest,
    body: bytes,
    *,
    hops: int = 1,
    observe: Observer | None = None,
) -> LLMAnswer:
    """Sends `body` and classifies the answer once its first piece is there.

    Raises `DispatchFailed`. `hops` and `observe` are of `dispatch.sending`.
    """
    return await post(
        client,
        endpoint,
        partial(_classify, endpoint, wire_format, request),
        body,
        accept=_SSE if request.stream else "application/json",
        hops=hops,
        observe=observe,
    )


async def _classify(
    endpoint: EndpointSnapshot, wire_format: LLMFormat, request: LLMRequest, body: Body
) -> StreamAnswer | ReplyAnswer:
    declared = media_type(body.response.headers)
    if declared not in _KNOWN and not declared.endswith("+json"):
        raise body.bad("Its answer is neither an event stream nor JSON.")
    if await _is_stream(body, wire_format, declared):
        if not request.stream:
            raise body.bad("It streamed although a whole answer was asked for.")
        return StreamAnswer(body, wire_format.relay(request, endpoint.settings))
    return await _reply(body, wire_format, request)


async def _is_stream(body: Body, wire_format: LLMFormat, declared: str) -> bool:
    """Asks the format, with as much of the body as it needs; all of it is given back."""
    start = b""
    while data := await body.read():
        start += data
        verdict = wire_format.is_stream(declared, start)
        if verdict is not None:
            body.unread(start)
            return verdict
        if len(start) > ERROR_BODY_LIMIT:
            raise body.bad("Its answer is neither an event stream nor JSON.")
    raise body.empty()


async def _reply(body: Body, wire_format: LLMFormat, request: LLMRequest) -> ReplyAnswer:
    content = await body.read_whole(REPLY_LIMIT)
    if len(content) > ERROR_BODY_LIMIT:
        return await asyncio.to_thread(_read_reply, body, content, wire_format, request)
    return _read_reply(body, content, wire_format, request)


def _read_reply(
    body: Body, content: bytes, wire_format: LLMFormat, request: LLMRequest
) -> ReplyAnswer:
    tally = wire_format.read_reply(content)
    if tally.failure is not None and tally.failure.code == "upstream_bad_response":
        raise body.bad(tally.failure.message)
    if request.stream:
        content = wire_format.reply_as_stream(content, request)
    return ReplyAnswer(body, content, tally, as_stream=request.stream)
