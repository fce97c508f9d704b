"""One POST to an endpoint: its targets in order, its credential, and nothing of the caller's."""

from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import TypeVar
from urllib.parse import urlsplit

from dispatch.answers import ERROR_BODY_LIMIT, Answer, Body, ErrorAnswer, Observer
from dispatch.endpoint import EndpointSnapshot
from dispatch.failures import DispatchFailed
from egress.auth.registry import auth_type_named
from egress.errors import EgressError
from egress.http import Client, Request, Response

USER_AGENT = "Patchbay/0.1"

A = TypeVar("A", bound=Answer)


async def post(
    client: Client,
    endpoint: EndpointSnapshot,
    classify: Callable[[Body], Awaitable[A]],
    body: bytes,
    *,
    accept: str,
    hops: int,
    observe: Observer | None,
    headers: tuple[tuple[str, str], ...] = (),
) -> A | ErrorAnswer:
    """The endpoint's own error, or what `classify` makes of a good answer. Raises `DispatchFailed`.

    `headers` are the wire format's own, `hops` is of `egress.hops`. `observe` is shown each piece
    of the answer's body with its moment.
    """
    response, attempts = await _send(
        client, endpoint, _headers(endpoint, accept, headers), body, hops
    )
    answer: A | ErrorAnswer
    try:
        received = Body(response, observe)
        if response.status >= 400:
            content = await received.read_whole(ERROR_BODY_LIMIT, cut=True)
            answer = ErrorAnswer(received, content)
        else:
            answer = await classify(received)
    except DispatchFailed as failure:
        failure.attempts = attempts
        raise
    except BaseException:
        response.close()
        raise
    answer.attempts = attempts
    return answer


async def _send(
    client: Client,
    endpoint: EndpointSnapshot,
    headers: tuple[tuple[str, str], ...],
    body: bytes,
    hops: int,
) -> tuple[Response, int]:
    """Targets are tried in order as long as no byte of the request was taken."""
    pool = (endpoint.tenant_id, endpoint.id, str(endpoint.version))
    last = len(endpoint.urls)
    for attempt, url in enumerate(endpoint.urls, 1):
        if endpoint.auth_secrets and not may_have(url, endpoint.auth_hosts):
            raise DispatchFailed("upstream_refused", "The credential is not for this host.")
        asked = Request("POST", url, headers, body, endpoint.clocks, pool, hops)
        try:
            return await client.send(asked), attempt
        except EgressError as error:
            if attempt == last or not error.retryable:
                raise DispatchFailed.of(error, attempts=attempt) from error
    raise DispatchFailed("upstream_connect_failed", "The endpoint has no URL.")


def _headers(
    endpoint: EndpointSnapshot, accept: str, own: tuple[tuple[str, str], ...]
) -> tuple[tuple[str, str], ...]:
    """All that an endpoint is told, beside egress's own: no header of the caller's passes."""
    secrets = {name: secret.reveal() for name, secret in endpoint.auth_secrets.items()}
    return (
        ("content-type", "application/json"),
        ("accept", accept),
        ("user-agent", USER_AGENT),
        *own,
        *auth_type_named(endpoint.auth_type).headers(endpoint.auth_fields, secrets),
    )


@lru_cache(4096)
def may_have(url: str, hosts: tuple[str, ...]) -> bool:
    """Whether a credential that belongs to `hosts` goes to `url`."""
    return urlsplit(url).hostname in hosts
