"""The Channels consumers of hosted URLs."""

from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from channels.consumer import AsyncConsumer

from gateway import posting, routing
from gateway.asgi import CallerGone, Receive, Scope, Send, raw_path
from gateway.errors import ERRORS, Refused
from gateway.exchange import Exchange
from gateway.llm import LLMDispatch
from gateway.posting import PostDispatch
from gateway.state import Gateway
from gateway.voice import VoiceDispatch
from wire.openai.models import write_models

log = structlog.get_logger(__name__)


class HostedUrls(AsyncConsumer):  # type: ignore[misc] # channels has no types
    """HTTP under `/a/`. It pumps for itself: the generic loop awaits one handler at a time, so
    a caller that hangs up would not be noticed while its dispatch runs.
    """

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = Exchange(self._gateway, scope, receive, send)
        try:
            if not self._gateway.started:
                await self._gateway.start()
            exchange.address = routing.find(scope["method"], raw_path(scope))
            await _ACTIONS[exchange.address.road.action](exchange)
        except Refused as refusal:
            exchange.log_refusal(refusal)
            await exchange.refuse(refusal)
        except CallerGone:
            return
        except Exception as error:
            log.exception("gateway.failed", error=type(error).__name__, request=exchange.request_id)
            if exchange.begun:
                raise
            await exchange.refuse(Refused("internal_error"))


async def _greet(exchange: Exchange) -> None:
    """Says the same for every agent id: whether one exists is nobody's business here."""
    await exchange.answer(b'{"status":"ok","service":"patchbay"}')


async def _list_models(exchange: Exchange) -> None:
    _, endpoint = await exchange.identify()
    await exchange.answer(write_models([endpoint.model or "default"]))


async def _dispatch(exchange: Exchange) -> None:
    await posting.dispatch(_ROADS[exchange.road.channel], exchange)


_ROADS: dict[str, type[PostDispatch[Any]]] = {"llm": LLMDispatch, "voice": VoiceDispatch}
_ACTIONS: dict[routing.Action, Callable[[Exchange], Awaitable[None]]] = {
    "dispatch": _dispatch,
    "models": _list_models,
    "greeting": _greet,
}


class NoSuchSocket(AsyncConsumer):  # type: ignore[misc] # channels has no types
    """No hosted URL speaks WebSocket yet: all are refused before the handshake."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.close", "code": ERRORS["url_not_found"].close})
