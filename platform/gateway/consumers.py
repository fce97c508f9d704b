"""The Channels consumers of hosted URLs."""

from collections.abc import Awaitable, Callable

import structlog
from channels.consumer import AsyncConsumer

from gateway import posting, routing, speeches, talks, transcriber
from gateway.asgi import CallerGone, Message, Receive, Scope, Send, raw_path
from gateway.errors import Refused
from gateway.exchange import Exchange
from gateway.llm import LLMDispatch
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

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        return _answer(Exchange(self._gateway, scope, receive, send), scope["method"])


class HostedSockets(AsyncConsumer):  # type: ignore[misc] # channels has no types
    """WebSockets, wherever: until one is accepted, every answer is an HTTP status with a body."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_instead(message: Message) -> None:
            await send({**message, "type": f"websocket.{message['type']}"})

        await receive()  # that there is one
        await _answer(Exchange(self._gateway, scope, receive, send_instead), routing.SOCKET)


async def _answer(exchange: Exchange, method: str) -> None:
    gateway = exchange.gateway
    try:
        if not gateway.started:
            await gateway.start()
        exchange.leads_to(routing.find(method, raw_path(exchange.scope)))
        road = exchange.road
        await _ACTIONS[road.action, road.channel](exchange)
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


async def _dispatch_llm(exchange: Exchange) -> None:
    """By POST or over a socket, as the road says."""
    if exchange.road.method == routing.SOCKET:
        await talks.dispatch(exchange)
    else:
        await posting.dispatch(LLMDispatch, exchange)


async def _dispatch_voice(exchange: Exchange) -> None:
    """By POST or over a socket, as the road says."""
    if exchange.road.method == routing.SOCKET:
        await speeches.dispatch(exchange)
    else:
        await posting.dispatch(VoiceDispatch, exchange)


_ACTIONS: dict[tuple[routing.Action, str], Callable[[Exchange], Awaitable[None]]] = {
    ("dispatch", "llm"): _dispatch_llm,
    ("dispatch", "voice"): _dispatch_voice,
    ("dispatch", "transcriber"): transcriber.dispatch,
    ("models", "llm"): _list_models,
    ("greeting", "llm"): _greet,
}
