"""One turn of a call whose platform holds a socket: one dispatch, with an event of its own."""

import time
from typing import Protocol

from dispatch.answers import Answer, ErrorAnswer, ReplyAnswer, StreamAnswer
from dispatch.endpoint import EndpointSnapshot
from dispatch.llm import ask, passage_between, write_body
from gateway.dispatching import Dispatch
from gateway.errors import told
from gateway.exchange import Exchange
from gateway.llm import conclude, count_tokens
from gateway.posting import off_loop, own_error
from gateway.recollection import recollection_of
from tenants.selectors import Caller
from usage.records import Final
from wire.llm.base import LLMRequest, LLMWriter, Stamp
from wire.registry import hosted_format


class Mouth(Protocol):
    """Where a turn's messages go."""

    async def say(self, message: bytes) -> None:
        """Waits until the caller keeps up."""
        ...

    def put(self, message: bytes) -> None:
        """At once, and only for what is short."""
        ...


def unanswered(request: LLMRequest) -> LLMWriter:
    """What tells the failure of a turn in which nothing was said."""
    return hosted_format("llm", request.wire_format).writer(request, Stamp("", 0))


class Turn(Dispatch):
    """Whatever happens, its caller is told that it is complete; unless a newer one `superseded` it,
    for then nobody listens. `complete`: the caller has been told.
    """

    __slots__ = ("answer", "complete", "hops", "mouth", "request", "superseded")

    def __init__(
        self,
        exchange: Exchange,
        caller: Caller,
        endpoint: EndpointSnapshot,
        request: LLMRequest,
        size: int,
        passes: int,
        mouth: Mouth,
    ) -> None:
        super().__init__(exchange, caller, endpoint, size)
        self.request = request
        self.hops = passes
        self.mouth = mouth
        self.answer: Answer | None = None
        self.complete = self.superseded = False

    @property
    def started(self) -> bool:
        """The session has been accepted: no failure is an HTTP status any more."""
        return True

    @property
    def named_call(self) -> str | None:
        return self.request.call_id

    @property
    def delivered(self) -> bool:
        return self.complete

    def conclude(self) -> None:
        conclude(self.account, self.answer)

    def watch(self) -> None:
        """The session does: it ends its turn when the caller leaves."""

    async def carry(self) -> None:
        endpoint, recollection = self.endpoint, recollection_of(self, self.request)
        request = self.request if recollection is None else recollection.recalled()
        passage = passage_between(request.wire_format, endpoint)
        body = await off_loop(self.size, write_body, passage, request, endpoint)
        client = self.exchange.gateway.client
        self.answer = answer = await ask(client, endpoint, passage, request, body, hops=self.hops)
        self.account.meter.first_piece = time.perf_counter()
        self.account.meter.saw(answer)
        if isinstance(answer, ErrorAnswer):
            self.account.failed("upstream_error", "upstream_error", own_error(answer.status))
            await self.tell("upstream_bad_response", "")
            return
        if isinstance(answer, StreamAnswer):
            while piece := await answer.read():
                await self._say(piece)
                self.complete = answer.tally.done
        else:
            await self._say(answer.content)
        self.complete = True
        if recollection is not None and isinstance(answer, ReplyAnswer):
            recollection.keep(answer)
        self.conclude()

    async def _say(self, piece: bytes) -> None:
        meter = self.account.meter
        for message in piece.splitlines():
            await self.mouth.say(message)
            meter.bytes_out += len(message)
            if meter.first_sent is None:
                meter.first_sent = time.perf_counter()

    async def tell(self, code: str, detail: str) -> None:
        """In words, if nothing was said before; by nothing but the turn's end else."""
        answer = self.answer
        if self.complete:
            return
        self.complete = True
        if isinstance(answer, StreamAnswer):
            farewell = answer.fail(code, told(code, detail))
        else:
            farewell = unanswered(self.request).fail(code=code, message=told(code, detail))
        for message in farewell.splitlines():
            self.mouth.put(message)
            self.account.meter.bytes_out += len(message)

    def release(self) -> None:
        if self.answer is not None:
            self.answer.close()
            self.account.meter.first_content = self.answer.first_content

    def count(self, final: Final) -> None:
        if isinstance(self.answer, StreamAnswer | ReplyAnswer):
            count_tokens(final, self.request, self.answer.tally)
        if self.superseded:
            final.details = {"superseded": True}
