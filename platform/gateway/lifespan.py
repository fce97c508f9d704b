"""Starts the gateway with the server and stops it after the last request."""

import structlog

from gateway.asgi import Receive, Scope, Send
from gateway.state import Gateway

log = structlog.get_logger(__name__)


class Lifespan:
    """The ASGI lifespan protocol; a start that fails stops the server with its reason."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        try:
            await self._gateway.start()
        except Exception as error:
            log.exception("gateway.start_failed", error=type(error).__name__)
            await send({"type": "lifespan.startup.failed", "message": "the gateway cannot start"})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._gateway.stop()
        await send({"type": "lifespan.shutdown.complete"})
