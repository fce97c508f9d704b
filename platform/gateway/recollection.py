"""One dispatch's use of what was said before, for callers or endpoints that want it kept."""

from dataclasses import dataclass, replace

from dispatch.answers import ReplyAnswer
from gateway.dispatching import Dispatch
from gateway.memory import Key, Memory
from wire.conversation import Turn
from wire.llm.base import LLMEgress, LLMIngress, LLMRequest
from wire.registry import format_named, hosted_format


@dataclass(frozen=True, slots=True)
class Recollection:
    """`call` names tenant, agent, and what the platform calls the call. What callers said is kept
    under it; what an endpoint itself calls the call is that endpoint's.
    """

    memory: Memory
    ingress: LLMIngress
    egress: LLMEgress
    request: LLMRequest
    call: Key
    endpoint_id: str

    def recalled(self) -> LLMRequest:
        """The request with all that its endpoint's format needs; its last words are kept."""
        request = self.request
        if self.egress.knows_calls:
            named = self.memory.session(self._endpoints_own) or self.call[-1]
            request = replace(request, session=named)
        said = None if self.egress.recalls else self.ingress.utterance(request)
        if said is None:
            return request
        before = self.memory.turns(self.call)
        self.memory.add(self.call, Turn("user", said.strip()))
        return self.ingress.recall(request, before)

    def keep(self, answer: ReplyAnswer) -> None:
        """Of an answer that the caller has."""
        if answer.failure is not None:
            return
        if answer.tally.session is not None:
            self.memory.name(self._endpoints_own, answer.tally.session)
        elif self.ingress.utterance(self.request) is not None:
            self.memory.add(self.call, Turn("assistant", self.ingress.reply_text(answer.content)))

    @property
    def _endpoints_own(self) -> Key:
        return (*self.call, self.endpoint_id)


def recollection_of(dispatch: Dispatch, request: LLMRequest) -> Recollection | None:
    """`None` where the endpoint is given the caller's request as it is, or all that it needs.

    Both are so for most.
    """
    endpoint, exchange = dispatch.endpoint, dispatch.exchange
    if request.wire_format == endpoint.wire_format:
        return None
    ingress = hosted_format("llm", request.wire_format)
    egress = format_named("llm", endpoint.wire_format)
    if not egress.knows_calls and ingress.utterance(request) is None:
        return None
    call = dispatch.external_call_id()
    if not call:
        return None
    key = (dispatch.caller.tenant_id, exchange.agent_id, call)
    return Recollection(exchange.gateway.memory, ingress, egress, request, key, endpoint.id)
