"""One turn of a call whose platform holds a socket: one dispatch, with an event of its own."""

import time
from typing import Protocol

from dispatch.answers import ErrorAnswer, ReplyAnswer, StreamAnswer
from dispatch.endpoint import EndpointSnapshot
from gateway.errors import told
from gateway.exchange import Exchange
from gateway.llm import asked, count_tokens
from gateway.standing import StandingDispatch
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


class Turn(StandingDispatch[LLMRequest]):
    """Whatever happens, its caller is told that it is complete; unless a newer one `superseded` it,
    for then nobody listens. `complete`: the caller has been told.
    """

    __slots__ = ("complete", "mouth", "superseded")

    def __init__(
        self,
        exchange: Exchange,
        caller: Caller,
        endpoint: EndpointSnapshot,
        request: LLMRequest,
        size: int,
        hops: int,
        mouth: Mouth,
    ) -> None:
        super().__init__(exchange, caller, endpoint, request, size, hops)
        self.mouth = mouth
        self.complete = self.superseded = False

    @property
    def named_call(self) -> str | None:
        return self.request.call_id

    @property
    def delivered(self) -> bool:
        return self.complete

    async def carry(self) -> None:
        answer, recollection = await asked(self)
        self.account.meter.first_piece = time.perf_counter()
        self.account.meter.saw(answer)
        if isinstance(answer, ErrorAnswer):
            self.account.saw_refusal(answer.status)
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

    def count(self, final: Final) -> None:
        if isinstance(self.answer, StreamAnswer | ReplyAnswer):
            count_tokens(final, self.request, self.answer.tally)
        if self.superseded:
            final.details = {"superseded": True}
