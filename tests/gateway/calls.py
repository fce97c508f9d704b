"""What the tests of the gateway send."""

import json
import socket
import struct
import time
from typing import Any
from urllib.parse import urlsplit

import httpx2 as httpx

from tests.live import LiveAgent, LiveTenant
from tests.upstreams.script import head

SSE = head(200, ("content-type", "text/event-stream"), ("transfer-encoding", "chunked"))
WORD = 'data: {"id":"c","choices":[{"index":0,"delta":{"content":"Hi"}}]}'
END = 'data: {"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}'
PATH = "/v1/chat/completions"
HELLO: dict[str, Any] = {"model": "any", "messages": [{"role": "user", "content": "Hi"}]}


def post(
    agent: LiveAgent,
    tenant: LiveTenant | None,
    *,
    stream: bool = True,
    suffix: str = PATH,
    headers: dict[str, Any] | None = None,
    body: Any = None,
) -> httpx.Response:
    """One call; `headers` are added to the tenant's own, or are all there is without one."""
    own = tenant.headers if tenant else {}
    given = {**HELLO, "stream": stream} if body is None else body
    content = {"content": given} if isinstance(given, bytes) else {"json": given}
    given_headers = {**own, **(headers or {})}
    return httpx.post(agent.base_url + suffix, headers=given_headers, timeout=30, **content)


def code(reply: httpx.Response) -> tuple[int, str]:
    """Status and code of an error in OpenAI's shape."""
    error = reply.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["message"]
    return reply.status_code, error["code"]


def event_of(tenant: LiveTenant) -> dict[str, Any]:
    """The tenant's one event."""
    return tenant.platform.events(tenant, 1)[0]


def request_bytes(agent: LiveAgent, tenant: LiveTenant, *, stream: bool = True) -> bytes:
    """A call as it goes over the wire."""
    body = json.dumps({**HELLO, "stream": stream}).encode()
    path = urlsplit(agent.base_url).path + PATH
    head = f"POST {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {tenant.key}\r\n"
    return f"{head}content-length: {len(body)}\r\n\r\n".encode() + body


def dial(agent: LiveAgent, tenant: LiveTenant, *, stream: bool = True) -> socket.socket:
    """A caller that one holds in one's hands: the request is sent, nothing is read."""
    peer = socket.create_connection(("127.0.0.1", urlsplit(agent.base_url).port), timeout=10)
    peer.sendall(request_bytes(agent, tenant, stream=stream))
    return peer


def hang_up(peer: socket.socket, how: str = "close") -> float:
    """Ends a connection in one of the ways callers do; the moment on `time.perf_counter()`."""
    if how == "reset":
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    if how == "half close":
        peer.shutdown(socket.SHUT_WR)
    else:
        peer.close()
    return time.perf_counter()
