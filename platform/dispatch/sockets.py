"""A WebSocket to an endpoint: its targets in order, its credential, and nothing of the caller's."""

from dispatch.endpoint import EndpointSnapshot
from dispatch.sending import Address, called, first_target, headers_for, pool_of
from egress.http import Client, Request, WebSocket, WebSocketRefused


async def open_session(
    client: Client,
    endpoint: EndpointSnapshot,
    *,
    address: Address,
    hops: int = 1,
    headers: tuple[tuple[str, str], ...] = (),
) -> tuple[WebSocket | WebSocketRefused, int]:
    """The socket, or the endpoint's refusal, and how many targets were tried.

    Raises `DispatchFailed`. Targets are tried in order as long as none was connected. `address`
    gives the URL to call for a target's, `hops` is of `egress.hops`, `headers` are the wire
    format's own.
    """
    told, pool = headers_for(endpoint, *headers), pool_of(endpoint)
    return await first_target(
        endpoint,
        lambda url: client.open_socket(
            Request("GET", called(address, url), told, b"", endpoint.clocks, pool, hops)
        ),
    )
