"""What an operator asks a gateway process: does it live, is it ready, what has it done."""

import hashlib
import hmac
from collections.abc import Awaitable, Callable

import msgspec
from channels.consumer import AsyncConsumer
from django.conf import settings
from prometheus_client import CONTENT_TYPE_LATEST

from gateway.asgi import Receive, Scope, Send, send_whole
from gateway.state import Gateway

_JSON = (b"content-type", b"application/json")
_NO_STORE = (b"cache-control", b"no-store")


def metrics_token() -> str:
    """The bearer token of `/metrics`: it follows from `SECRET_KEY`, so there is none to set."""
    return hmac.digest(settings.SECRET_KEY.encode(), b"patchbay metrics v1", hashlib.sha256).hex()


class Health(AsyncConsumer):  # type: ignore[misc] # channels has no types
    """`/healthz`, `/readyz` and `/metrics`; none of them asks the database anything."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        pages: dict[str, Callable[[Scope, Send], Awaitable[None]]] = {
            "/healthz": self._live,
            "/readyz": self._ready,
            "/metrics": self._metrics,
        }
        if scope["method"] not in ("GET", "HEAD"):
            await _answer(send, 405, {"status": "method not allowed"})
            return
        page = pages.get(scope["path"])
        if page is None:  # the router does not mind how many slashes stand before
            await _answer(send, 404, {"status": "not found"})
            return
        await page(scope, send)

    async def _live(self, scope: Scope, send: Send) -> None:
        await _answer(send, 200, {"status": "ok"})

    async def _ready(self, scope: Scope, send: Send) -> None:
        """503 tells a load balancer to send no new calls; those that run are not touched."""
        if self._gateway.admission.draining:
            await _answer(send, 503, {"status": "draining"})
        elif not self._gateway.records_usage:
            await _answer(send, 503, {"status": "usage cannot be recorded"})
        else:
            await _answer(send, 200, {"status": "ok"})

    async def _metrics(self, scope: Scope, send: Send) -> None:
        given = dict(scope["headers"]).get(b"authorization", b"")
        if not hmac.compare_digest(given, b"Bearer " + metrics_token().encode()):
            await _answer(send, 401, {"status": "`manage.py metrics_token` prints the token"})
            return
        headers = [(b"content-type", CONTENT_TYPE_LATEST.encode()), _NO_STORE]
        await send_whole(send, 200, headers, self._gateway.figures.text())


async def _answer(send: Send, status: int, value: dict[str, str]) -> None:
    await send_whole(send, status, [_JSON, _NO_STORE], msgspec.json.encode(value))
