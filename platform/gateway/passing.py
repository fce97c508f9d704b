"""A call over one socket whose endpoint speaks the caller's format: their frames pass unchanged."""

from dispatch.calls import CallTally
from dispatch.endpoint import EndpointSnapshot
from dispatch.sending import Address
from egress.frames import NO_CODE
from egress.link import Link
from gateway.exchange import Exchange
from gateway.junction import Junction
from gateway.session import SessionDispatch
from gateway.standing import IDLE_SECONDS, SESSION_SECONDS
from tenants.selectors import Caller
from usage.records import Final
from wire.llm.turns import TurnFormat
from wire.tokens import tokens_in


class _CallJunction(Junction[CallTally]):
    """Some platforms hang up when they are told 1000: only the endpoint says so."""

    __slots__ = ()

    codeless = NO_CODE


class CallDispatch(SessionDispatch[CallTally]):
    """The whole call is one dispatch."""

    __slots__ = ("call", "wire_format")

    def __init__(
        self,
        exchange: Exchange,
        caller: Caller,
        endpoint: EndpointSnapshot,
        wire_format: TurnFormat,
        call: str,
        hops: int,
    ) -> None:
        super().__init__(exchange, caller, endpoint, CallTally(wire_format.tap()), hops)
        self.wire_format = wire_format
        self.call = call

    @property
    def named_call(self) -> str:
        return self.call

    @property
    def address(self) -> Address:
        return self.wire_format.aim(self.call).at

    @property
    def seconds(self) -> float:
        return SESSION_SECONDS

    def joint(self, upstream: Link) -> Junction[CallTally]:
        return _CallJunction(upstream, self.tally, IDLE_SECONDS)

    def write_error(self, code: str, message: str) -> bytes:
        """Nothing: the close says it, and platforms come back."""
        return b""

    def count(self, final: Final) -> None:
        tally = self.tally
        final.bytes_in = tally.bytes_in
        final.details = {**tally.details(), **self.delays()}
        if tally.turns or tally.content_bytes:
            final.tokens_source = "estimated"
            final.tokens_prompt = tokens_in(tally.prompt_bytes)
            final.tokens_completion = tokens_in(tally.content_bytes)
            final.tokens_reasoning = 0
