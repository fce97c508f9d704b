"""One request to a hosted URL, from its first byte to its answer."""

import time
from collections.abc import Callable

import structlog
from django.db import Error as DatabaseError

from dispatch.endpoint import EndpointSnapshot
from egress.hops import HEADER, LoopRefused, next_hops
from egress.link import Link, Sink
from gateway import authentication
from gateway.accounting import Meter
from gateway.asgi import (
    ABORT,
    HANGUP,
    LINK,
    PIPE,
    Headers,
    Pipe,
    Receive,
    Scope,
    Send,
    WatchHangup,
    sane_id,
    send_whole,
)
from gateway.errors import Refused, status_of
from gateway.line import LineFull
from gateway.routes import endpoint_for
from gateway.routing import Address, Road
from gateway.state import Gateway
from tenants.ids import looks_like_id, new_id
from tenants.selectors import Caller
from wire.base import HostedFormat
from wire.registry import hosted_format

log = structlog.get_logger(__name__)

_LOUD = frozenset(("plan_required", "secret_unreadable", "usage_unavailable", "overloaded"))
JSON_TYPE = (b"content-type", b"application/json")
HOPS = HEADER.encode()
NEVER_RETRY = (b"x-should-retry", b"false")  # OpenAI's SDKs ask again after a 409


class Exchange:
    """What is known of one request. `head` are the headers that every answer to it carries."""

    __slots__ = ("address", "agent_id", "begun", "gateway", "head", "headers", "meter", "own_id",
                 "receive", "request_id", "road", "scope", "send", "started_at")  # fmt: skip

    def __init__(self, gateway: Gateway, scope: Scope, receive: Receive, send: Send) -> None:
        self.meter = Meter()
        self.started_at = time.time()
        self.gateway = gateway
        self.scope = scope
        self.receive = receive
        self.send = send
        self.begun = False
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        given = sane_id(self.headers.get(b"x-request-id"))
        self.own_id = new_id("req")  # its dispatch and its event have the same suffix
        self.request_id = given or self.own_id
        self.head: Headers = [
            (b"x-request-id", self.request_id.encode()),
            (b"cache-control", b"no-store"),
        ]
        self.address: Address | None = None
        self.road: Road
        self.agent_id: str

    def beside(self) -> "Exchange":
        """Another dispatch of the same request, with an id, a clock and a start of its own."""
        other = Exchange(self.gateway, self.scope, self.receive, self.send)
        assert self.address is not None  # noqa: S101 - its URL is known by then
        other.leads_to(self.address)
        return other

    def leads_to(self, address: Address) -> None:
        """Its URL is known: before, there is no `road` and no `agent_id`."""
        self.address = address
        self.road = address.road
        self.agent_id = address.agent_id

    @property
    def abort(self) -> Callable[[], None] | None:
        """Cuts the caller's connection, unsent bytes and all; not every server can."""
        return self._ending("cut")

    @property
    def close(self) -> Callable[[], None] | None:
        """Ends the caller's connection once it has all that was sent; not every server can."""
        return self._ending("close")

    def _ending(self, name: str) -> Callable[[], None] | None:
        found: dict[str, Callable[[], None]] = self.scope.get("extensions", {}).get(ABORT, {})
        return found.get(name)

    @property
    def watch_hangup(self) -> WatchHangup | None:
        """Not every server has it."""
        found: dict[str, WatchHangup] = self.scope.get("extensions", {}).get(HANGUP, {})
        return found.get("watch")

    @property
    def pipe(self) -> Pipe | None:
        """Not every server has one."""
        found: dict[str, Pipe] = self.scope.get("extensions", {}).get(PIPE, {})
        return found.get("pipe")

    def take_link(self, sink: Sink) -> Link:
        """The caller's end of a socket that has been accepted, once. Raises `Refused`."""
        found: dict[str, Callable[[Sink], Link]] = self.scope.get("extensions", {}).get(LINK, {})
        if "take" not in found:
            raise Refused("overloaded", "This server relays no WebSockets.")
        return found["take"](sink)

    @property
    def _came_from(self) -> str:
        client: tuple[str, int] | None = self.scope.get("client")
        return client[0] if client else ""

    @property
    def wire_format(self) -> HostedFormat:
        """The shape in which the caller expects its answers, errors too."""
        if self.address is None:
            return hosted_format("llm", "openai-chat")
        return hosted_format(self.road.channel, self.road.wire_format)

    async def identify(self) -> tuple[Caller, EndpointSnapshot]:
        """Steps 1 and 2 of a dispatch: authenticate, resolve. Raises `Refused`."""
        url_key = None if self.address is None else self.address.url_key
        key = authentication.presented(self.headers, self.scope.get("query_string", b""), url_key)
        try:
            caller = await self.gateway.authentication.caller(key, self._came_from)
            route = self.gateway.routes.peek(self.agent_id)
            if route is None and looks_like_id("agt", self.agent_id):
                route = await self.gateway.routes.get(self.agent_id, caller.tenant_id)
        except LineFull as error:
            raise Refused("overloaded", "Too many keys or agents are being looked up.") from error
        except (DatabaseError, TimeoutError) as error:
            log.warning("gateway.database_unavailable", error=type(error).__name__)
            raise Refused("overloaded", "It cannot look up this key or agent.") from error
        return caller, endpoint_for(route, caller, self.road.channel)

    def count_hops(self) -> int:
        """The passes through a gateway with this one. Raises `Refused` for a loop."""
        received = self.headers.get(HOPS)
        try:
            return next_hops(None if received is None else received.decode("latin-1"))
        except LoopRefused as error:
            raise Refused(error.code, error.detail) from error

    async def answer(self, json: bytes) -> None:
        """200 with a JSON text."""
        self.begun = True
        await send_whole(self.send, 200, [*self.head, JSON_TYPE], json)

    async def refuse(self, refusal: Refused) -> None:
        self.begun = True
        kind = refusal.kind
        body = self.wire_format.write_error(
            status=kind.status, code=refusal.code, message=refusal.message, param=refusal.param
        )
        headers = [
            *self.head,
            JSON_TYPE,
            *refusal.headers,
            (b"x-patchbay-error-source", b"gateway"),
        ]
        if refusal.retry_after is not None:
            headers.append((b"retry-after", b"%d" % refusal.retry_after))
        if refusal.code.endswith("_not_configured"):
            headers.append(NEVER_RETRY)
        if refusal.code == "draining":
            headers.append((b"connection", b"close"))
        status = status_of(kind, spoken=self.wire_format.spoken_errors)
        await send_whole(self.send, status, headers, body)

    def log_refusal(self, refusal: Refused) -> None:
        """One line for what the operator or tenant must mend; nothing for a stranger's knocking."""
        if refusal.code in _LOUD or refusal.code.endswith("_not_configured"):
            log.warning(
                "gateway.refused",
                code=refusal.code,
                agent=self.address.agent_id if self.address else None,
                request_id=self.request_id,
            )
