"""One dispatch of any channel, from the open ledger to the closed one."""

import asyncio
from abc import ABC, abstractmethod

import structlog

from dispatch.endpoint import EndpointSnapshot
from dispatch.failures import DispatchFailed
from gateway.accounting import Account
from gateway.errors import Refused, told
from gateway.exchange import Exchange
from gateway.live import Live, Reason
from tenants.ids import sibling_id
from tenants.selectors import Caller
from usage.calls import call_id, clean_external_id
from usage.ledger import UsageUnavailable
from usage.records import Final, Intent
from wire.events import Failure

log = structlog.get_logger(__name__)

ENDINGS = {"revoked": "invalid_api_key", "draining": "draining"}


class Dispatch(ABC):
    """A channel says what is carried, how a failure is told, and what was used."""

    __slots__ = ("account", "caller", "endpoint", "exchange", "live", "size")

    def __init__(
        self, exchange: Exchange, caller: Caller, endpoint: EndpointSnapshot, size: int
    ) -> None:
        self.exchange = exchange
        self.caller = caller
        self.endpoint = endpoint
        self.size = size  # bytes that the caller sent before the intent is written
        self.account = Account(sibling_id("dsp", exchange.own_id), exchange.meter)
        self.live = Live(caller.digest, exchange.abort)
        exchange.head.append((b"x-dispatch-id", self.account.dispatch_id.encode()))

    @property
    @abstractmethod
    def started(self) -> bool:
        """Whether the caller has been sent the beginning of an answer."""

    @abstractmethod
    async def carry(self) -> None:
        """The exchange itself. Raises `DispatchFailed`."""

    @abstractmethod
    async def tell(self, code: str, detail: str) -> None:
        """A failure, to a caller whose answer has begun."""

    @abstractmethod
    def release(self) -> None:
        """Closes what is open towards the endpoint; may come twice."""

    @abstractmethod
    def count(self, final: Final) -> None:
        """What the channel has used."""

    @property
    def named_call(self) -> str | None:
        """The wire format's own id of the call."""
        return None

    @property
    def own_call(self) -> str:
        """The id of the call where the platform names none."""
        return sibling_id("call", self.account.dispatch_id)

    @property
    def delivered(self) -> bool:
        """Whether the caller has all that it waits for: leaving then is no hang-up."""
        return False

    @property
    def failure(self) -> Failure | None:
        """What the endpoint said went wrong, in an answer that had begun well."""
        return None

    def conclude(self) -> None:
        """The outcome of an answer that is with the caller."""
        self.account.saw_end(self.failure)

    def watch(self) -> None:
        """From now on a caller that leaves ends the dispatch."""
        self.live.watch(self.exchange.receive, self.exchange.watch_hangup)

    async def run(self) -> None:
        """The final record is written whatever happens, in the same step as the last event.

        Raises `Refused` for a failure before the caller was sent anything.
        """
        gateway = self.exchange.gateway
        try:
            gateway.ledger.open(self._intent())
        except UsageUnavailable as error:
            gateway.usage_refused()
            raise Refused("usage_unavailable") from error
        gateway.live.add(self.live)
        self.watch()
        try:
            await self._guarded()
        finally:
            self.exchange.begun = self.started
            self.live.settle()
            gateway.live.discard(self.live)
            self.release()
            final = self.account.final()
            self.count(final)
            gateway.ledger.close(final)
            gateway.figures.count(final)

    async def _guarded(self) -> None:
        try:
            await self.carry()
        except DispatchFailed as failure:
            self.account.saw_failure(failure)
            await self._tell(failure.code, failure.detail, failure.param)
        except asyncio.CancelledError:
            reason = self.live.ended_by
            if reason is None:
                self.account.failed("client_gone", "draining", "The process was stopped.")
                raise
            self.live.settle()
            await self._ended(reason)
        except Exception as error:
            log.exception(
                "gateway.failed",
                error=type(error).__name__,
                request=self.exchange.request_id,
                dispatch=self.account.dispatch_id,
            )
            self.account.failed("refused", "internal_error", told("internal_error"))
            await self._tell_of_fault()

    async def _tell(self, code: str, detail: str, param: str | None = None) -> None:
        """As a refusal if nothing has been sent, else in whatever way the channel has."""
        if not self.started:
            raise Refused(code, detail, param=param)
        try:
            await self.tell(code, detail)
        except TimeoutError:
            self.abort()

    async def _tell_of_fault(self) -> None:
        """As `_tell`; but what broke may break again, and nobody must be left waiting then."""
        if not self.started:
            raise Refused("internal_error")
        try:
            await self.tell("internal_error", "")
        except Exception:  # the first fault is in the log, and this is most likely the same
            self.abort()

    async def _ended(self, reason: Reason) -> None:
        """Somebody ended the dispatch: the caller itself, or the gateway."""
        if reason == "client_gone":
            if self.delivered:
                self.conclude()
            else:
                self.account.outcome = "client_gone"
        elif reason == "stalled":
            self.account.failed("client_gone", "caller_stalled", "The caller stopped reading.")
            self.abort()
        else:
            code = ENDINGS[reason]
            self.account.failed("refused", code, told(code))
            await self._tell(code, "")

    def abort(self) -> None:
        """Cuts the caller's connection, unsent bytes and all."""
        if self.live.abort is not None:
            self.live.abort()

    def external_call_id(self) -> str:
        """What the platform calls the call; empty when it says nothing."""
        named = self.exchange.headers.get(b"x-call-id", b"").decode("latin-1") or self.named_call
        return clean_external_id(named) if named else ""

    def _intent(self) -> Intent:
        exchange, caller, endpoint = self.exchange, self.caller, self.endpoint
        agent_id, dispatch_id = exchange.agent_id, self.account.dispatch_id
        if external := self.external_call_id():
            call = call_id(caller.tenant_id, agent_id, external)
        else:
            call = self.own_call
        return Intent(
            dispatch_id=dispatch_id,
            event_id=sibling_id("evt", dispatch_id),
            tenant_id=caller.tenant_id,
            agent_id=agent_id,
            endpoint_id=endpoint.id,
            call_id=call,
            external_call_id=external,
            provider=endpoint.provider,
            format_in=exchange.road.wire_format,
            format_out=endpoint.wire_format,
            started_at=exchange.started_at,
            bytes_in=self.size,
        )
