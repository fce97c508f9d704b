"""One LLM dispatch: an endpoint is asked, and its answer classified.

Used by the gateway and by validation alike. Cancelling any wait closes the connection.
"""

import asyncio
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import urlsplit

from dispatch.answers import (
    ERROR_BODY_LIMIT,
    REPLY_LIMIT,
    Body,
    ErrorAnswer,
    Observer,
    ReplyAnswer,
    StreamAnswer,
)
from dispatch.endpoint import EndpointSnapshot
from dispatch.failures import DispatchFailed
from egress.auth.registry import auth_type_named
from egress.errors import EgressError
from egress.http import Client, Request, Response
from wire.llm.base import LLMFormat, LLMRequest

USER_AGENT = "Patchbay/0.1"

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

    Raises `DispatchFailed`. `hops` is of `egress.hops`. `observe` is shown each piece of the
    answer's body with its moment.
    """
    response, attempts = await _send(client, endpoint, request.stream, body, hops)
    try:
        answer = await _classify(Body(response, observe), endpoint, wire_format, request)
    except DispatchFailed as failure:
        failure.attempts = attempts
        raise
    except BaseException:
        response.close()
        raise
    answer.attempts = attempts
    return answer


async def _send(
    client: Client, endpoint: EndpointSnapshot, stream: bool, body: bytes, hops: int
) -> tuple[Response, int]:
    """Targets are tried in order as long as no byte of the request was taken."""
    headers = _headers(endpoint, stream)
    pool = (endpoint.tenant_id, endpoint.id, str(endpoint.version))
    last = len(endpoint.urls)
    for attempt, url in enumerate(endpoint.urls, 1):
        if endpoint.auth_secrets and not _may_have(url, endpoint.auth_hosts):
            raise DispatchFailed("upstream_refused", "The credential is not for this host.")
        asked = Request("POST", url, headers, body, endpoint.clocks, pool, hops)
        try:
            return await client.send(asked), attempt
        except EgressError as error:
            if attempt == last or not error.retryable:
                raise DispatchFailed.of(error, attempts=attempt) from error
    raise DispatchFailed("upstream_connect_failed", "The endpoint has no URL.")


def _headers(endpoint: EndpointSnapshot, stream: bool) -> tuple[tuple[str, str], ...]:
    """All that an endpoint is told, beside egress's own: no header of the caller's passes."""
    secrets = {name: secret.reveal() for name, secret in endpoint.auth_secrets.items()}
    return (
        ("content-type", "application/json"),
        ("accept", _SSE if stream else "application/json"),
        ("user-agent", USER_AGENT),
        *auth_type_named(endpoint.auth_type).headers(endpoint.auth_fields, secrets),
    )


@lru_cache(4096)
def _may_have(url: str, hosts: tuple[str, ...]) -> bool:
    """Whether a credential that belongs to `hosts` goes to `url`."""
    return urlsplit(url).hostname in hosts


async def _classify(
    body: Body, endpoint: EndpointSnapshot, wire_format: LLMFormat, request: LLMRequest
) -> LLMAnswer:
    if body.response.status >= 400:
        return ErrorAnswer(body, await body.read_whole(ERROR_BODY_LIMIT, cut=True))
    declared = media_type(body.response.headers)
    if declared not in _KNOWN and not declared.endswith("+json"):
        raise _bad(body, "Its answer is neither an event stream nor JSON.")
    if await _is_stream(body, wire_format, declared):
        if not request.stream:
            raise _bad(body, "It streamed although a whole answer was asked for.")
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
            raise _bad(body, "Its answer is neither an event stream nor JSON.")
    raise DispatchFailed("upstream_truncated", "Its answer was empty.", body.response)


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
        raise _bad(body, tally.failure.message)
    if request.stream:
        content = wire_format.reply_as_stream(content, request)
    return ReplyAnswer(body, content, tally, as_stream=request.stream)


def media_type(headers: Mapping[str, str]) -> str:
    """The declared type without its parameters, in lower case; empty when there is none."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def _bad(body: Body, detail: str) -> DispatchFailed:
    body.response.close()
    return DispatchFailed("upstream_bad_response", detail, body.response)
