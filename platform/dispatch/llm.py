"""One LLM dispatch: an endpoint is asked, and its answer classified.

Used by the gateway and by validation alike. Cancelling any wait closes the connection.
"""

import asyncio
import time
from functools import partial
from uuid import uuid4

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
from dispatch.dialled import converse
from dispatch.endpoint import EndpointSnapshot
from dispatch.failures import DispatchFailed
from dispatch.sending import post
from egress.http import Client
from wire.errors import InvalidRequest
from wire.events import Unusable
from wire.llm.base import LLMRequest, Passage, PassThrough, Stamp
from wire.llm.translation import Translation
from wire.registry import format_named, hosted_format

LLMAnswer = StreamAnswer | ReplyAnswer | ErrorAnswer

_SSE = "text/event-stream"
_KNOWN = frozenset(
    (_SSE, "application/json", "text/json", "text/plain", "application/octet-stream", "")
)


def passage_between(ingress: str, endpoint: EndpointSnapshot) -> Passage:
    """The endpoint's format itself where it has the caller's bytes; for one dispatch.

    Raises `UnknownFormat`.
    """
    found = format_named("llm", endpoint.wire_format).configured(endpoint.settings)
    if isinstance(found, PassThrough) and found.shape == ingress:
        return found
    return Translation(hosted_format("llm", ingress), found, Stamp(uuid4().hex, int(time.time())))


def write_body(passage: Passage, request: LLMRequest, endpoint: EndpointSnapshot) -> bytes:
    """The request in the endpoint's terms. Large ones are worth a thread.

    Raises `DispatchFailed` for what the endpoint's format has no words for.
    """
    try:
        return passage.write_request(request, model=endpoint.model, settings=endpoint.settings)
    except InvalidRequest as error:
        failure = DispatchFailed("invalid_request", error.message)
        failure.param = error.param
        raise failure from error


async def ask(
    client: Client,
    endpoint: EndpointSnapshot,
    passage: Passage,
    request: LLMRequest,
    body: bytes,
    *,
    hops: int = 1,
    observe: Observer | None = None,
) -> LLMAnswer:
    """Sends `body` and classifies the answer once its first piece is there.

    Raises `DispatchFailed`. `hops` and `observe` are of `dispatch.sending`.
    """
    dialogue = passage.dialogue(body)
    classify = partial(_classify, endpoint, passage, request, over_socket=dialogue is not None)
    address = partial(
        passage.url, request=request, model=endpoint.model, settings=endpoint.settings
    )
    if dialogue is None:
        answer = await post(
            client,
            endpoint,
            classify,
            body,
            accept=_SSE if request.stream else "application/json",
            hops=hops,
            observe=observe,
            headers=passage.headers,
            address=address,
        )
    else:
        answer = await converse(
            client, endpoint, classify, dialogue, hops=hops, observe=observe, address=address
        )
    if isinstance(answer, ErrorAnswer):
        answer.translate(passage.error(answer.status, answer.content))
    return answer


async def _classify(
    endpoint: EndpointSnapshot,
    passage: Passage,
    request: LLMRequest,
    body: Body,
    *,
    over_socket: bool,
) -> StreamAnswer | ReplyAnswer:
    """Over a socket all answers come as streams, also those that are wanted whole."""
    declared = media_type(body.response.headers)
    if declared not in _KNOWN and not declared.endswith("+json"):
        raise body.bad("Its answer is neither an event stream nor JSON.")
    if await _is_stream(body, passage, declared):
        if request.stream:
            return StreamAnswer(body, passage.relay(request, endpoint.settings))
        if not over_socket:
            raise body.bad("It streamed although a whole answer was asked for.")
    return await _reply(body, passage, request)


async def _is_stream(body: Body, passage: Passage, declared: str) -> bool:
    """Asks the format, with as much of the body as it needs; all of it is given back."""
    start = b""
    while data := await body.read():
        start += data
        verdict = passage.is_stream(declared, start)
        if verdict is not None:
            body.unread(start)
            return verdict
        if len(start) > ERROR_BODY_LIMIT:
            raise body.bad("Its answer is neither an event stream nor JSON.")
    raise body.empty()


async def _reply(body: Body, passage: Passage, request: LLMRequest) -> ReplyAnswer:
    content = await body.read_whole(REPLY_LIMIT)
    if len(content) > ERROR_BODY_LIMIT:
        return await asyncio.to_thread(_read_reply, body, content, passage, request)
    return _read_reply(body, content, passage, request)


def _read_reply(body: Body, content: bytes, passage: Passage, request: LLMRequest) -> ReplyAnswer:
    tally = passage.read_reply(content)
    if isinstance(tally.failure, Unusable):
        raise body.bad(tally.failure.message)
    content = passage.reply(content, request)
    return ReplyAnswer(body, content, tally, as_stream=request.stream)
