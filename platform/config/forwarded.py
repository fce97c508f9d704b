"""Where callers come from and by which scheme, when a proxy in front says so."""

from collections.abc import Awaitable, Callable
from typing import Any

from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from gateway.asgi import Receive, Scope, Send

_HEADERS = (b"x-forwarded-for", b"x-forwarded-proto")


class Forwarded:
    """An ASGI application: uvicorn's rule, at no cost to the requests that say nothing.

    `trusted` are the addresses of proxies that are believed, with commas between them.
    """

    def __init__(self, application: Callable[..., Awaitable[None]], trusted: str) -> None:
        self._application = application
        self._believing: Any = ProxyHeadersMiddleware(application, trusted)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        for name, _ in scope.get("headers", ()):
            if name in _HEADERS:
                return self._believing(scope, receive, send)  # type: ignore[no-any-return]
        return self._application(scope, receive, send)
