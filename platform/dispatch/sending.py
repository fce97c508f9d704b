"""One POST to an endpoint: its targets in order, its credential, and nothing of the caller's."""

from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import TypeVar
from urllib.parse import urlsplit

from dispatch.answers import ERROR_BODY_LIMIT, Answer, Body, ErrorAnswer, Observer
from dispatch.endpoint import EndpointSnapshot
from dispatch.failures import DispatchFailed
from dispatch.received import Received
from egress.auth.registry import auth_type_named
from egress.errors import EgressError
from egress.http import Client, Request
from wire.errors import InvalidRequest

USER_AGENT = "Patchbay/0.1"

A = TypeVar("A", bound=Answer)
T = TypeVar("T")

Address = Callable[[str], str]

_JSON = ("content-type", "application/json")


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
    address: Address = str,
) -> A | ErrorAnswer:
    """The endpoint's own error, or what `classify` makes of a good answer. Raises `DispatchFailed`.

    `headers` are the wire format's own, `hops` is of `egress.hops`. `observe` is shown each piece
    of the answer's body with its moment. `address` gives the URL to call for a target's.
    """
    told = headers_for(endpoint, _JSON, ("accept", accept), *headers)
    pool = pool_of(endpoint)
    response, attempts = await first_target(
        endpoint,
        lambda url: client.send(
            Request("POST", called(address, url), told, body, endpoint.clocks, pool, hops)
        ),
    )
    return await answered(response, attempts, classify, observe)


async def answered(
    response: Received,
    attempts: int,
    classify: Callable[[Body], Awaitable[A]],
    observe: Observer | None,
) -> A | ErrorAnswer:
    """What a response is: see `post`. Whatever goes wrong closes it."""
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


async def first_target(
    endpoint: EndpointSnapshot, send: Callable[[str], Awaitable[T]]
) -> tuple[T, int]:
    """What `send` makes of the first URL that takes it, and how many were tried.

    Targets are tried in order as long as no byte of the request was taken. Raises
    `DispatchFailed`, also where the credential does not belong to a URL's host.
    """
    last = len(endpoint.urls)
    for attempt, url in enumerate(endpoint.urls, 1):
        if endpoint.auth_secrets and not _may_have(url, endpoint.auth_hosts):
            raise DispatchFailed("upstream_refused", "The credential is not for this host.")
        try:
            return await send(url), attempt
        except EgressError as error:
            if attempt == last or not error.retryable:
                raise DispatchFailed.of(error, attempts=attempt) from error
    raise DispatchFailed("upstream_connect_failed", "The endpoint has no URL.")


def called(address: Address, target: str) -> str:
    """What `address` makes of a target's URL. Raises `DispatchFailed`, also for another origin."""
    try:
        url = address(target)
    except InvalidRequest as error:
        raise DispatchFailed("invalid_request", error.message) from error
    if url != target and _origin(url) != _origin(target):
        raise DispatchFailed("upstream_refused", "Its wire format leads to another server.")
    return url


def headers_for(endpoint: EndpointSnapshot, *own: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    """All that an endpoint is told, beside egress's own: no header of the caller's passes."""
    secrets = {name: secret.reveal() for name, secret in endpoint.auth_secrets.items()}
    return (
        *own,
        ("user-agent", USER_AGENT),
        *auth_type_named(endpoint.auth_type).headers(endpoint.auth_fields, secrets),
    )


def pool_of(endpoint: EndpointSnapshot) -> tuple[str, ...]:
    """Whose connections these are: an endpoint that was changed begins with fresh ones."""
    return (endpoint.tenant_id, endpoint.id, str(endpoint.version))


@lru_cache(4096)
def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


@lru_cache(4096)
def _may_have(url: str, hosts: tuple[str, ...]) -> bool:
    """Whether a credential that belongs to `hosts` goes to `url`."""
    return urlsplit(url).hostname in hosts
