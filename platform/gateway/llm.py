"""The LLM road: one POST to a hosted URL becomes one dispatch."""

from dispatch.answers import ErrorAnswer, ReplyAnswer, StreamAnswer, gathered
from dispatch.llm import LLMAnswer, ask, passage_between, write_body
from gateway.asking import AskingDispatch, off_loop
from gateway.exchange import Exchange
from gateway.posting import PostDispatch
from gateway.recollection import Recollection, recollection_of
from gateway.relay import JSON, SSE
from usage.records import Final
from wire.llm.base import LLMRequest, LLMTally
from wire.registry import hosted_format


class LLMDispatch(PostDispatch[LLMRequest]):
    __slots__ = ()

    @staticmethod
    def read(exchange: Exchange, body: bytes) -> LLMRequest:
        ingress = hosted_format("llm", exchange.road.wire_format)
        return ingress.read_request(body, always_stream=exchange.road.always_stream)

    @property
    def named_call(self) -> str | None:
        return self.request.call_id

    async def carry(self) -> None:
        answer, recollection = await asked(self)
        if isinstance(answer, ErrorAnswer):
            await self.pass_error(answer)
            return
        if self._streams and isinstance(answer, StreamAnswer):
            await self.relay.stream(answer, SSE)
        else:
            await self._reply(answer, recollection)
        self.conclude()

    @property
    def _streams(self) -> bool:
        """Whether the caller knows what to do with a stream."""
        return hosted_format("llm", self.exchange.road.wire_format).capabilities.streaming

    async def _reply(
        self, answer: StreamAnswer | ReplyAnswer, recollection: Recollection | None
    ) -> None:
        """A whole answer; of an endpoint that streams, its connection can be kept afterwards."""
        whole = await gathered(answer) if isinstance(answer, StreamAnswer) else answer
        kind = SSE if whole.as_stream and self._streams else JSON
        await self.relay.reply(whole, kind)
        if recollection is not None:
            recollection.keep(whole)
        if isinstance(answer, StreamAnswer):
            await answer.read()

    @property
    def delivered(self) -> bool:
        """SDKs close at the end mark or at an error, and need not wait for the endpoint's end."""
        if not isinstance(self.answer, StreamAnswer):
            return False
        return self.answer.tally.done or self.failure is not None

    async def tell(self, code: str, detail: str) -> None:
        """Inside the stream; a whole answer that has begun can only be cut."""
        if self._streams and isinstance(self.answer, StreamAnswer):
            await self.relay.fail(self.answer, code, detail)
        else:
            self.abort()

    def count(self, final: Final) -> None:
        if isinstance(self.answer, StreamAnswer | ReplyAnswer):
            count_tokens(final, self.request, self.answer.tally)


async def asked(dispatch: AskingDispatch[LLMRequest]) -> tuple[LLMAnswer, Recollection | None]:
    """The endpoint's answer, which is the dispatch's; and what is to keep it, if anything is."""
    endpoint, recollection = dispatch.endpoint, recollection_of(dispatch, dispatch.request)
    request = dispatch.request if recollection is None else recollection.recalled()
    passage = passage_between(request.wire_format, endpoint)
    body = await off_loop(dispatch.size, write_body, passage, request, endpoint)
    client = dispatch.exchange.gateway.client
    answer = await ask(client, endpoint, passage, request, body, hops=dispatch.hops)
    dispatch.answer = answer
    return answer, recollection


def count_tokens(final: Final, request: LLMRequest, tally: LLMTally) -> None:
    """What an answer took: as its endpoint reports it, or else estimated."""
    usage = tally.usage
    if usage is not None:
        final.tokens_source = "reported"
    elif tally.has_content or tally.reasoning_bytes:
        final.tokens_source = "estimated"
        usage = hosted_format("llm", request.wire_format).estimate(request, tally)
    if usage is not None:
        final.tokens_prompt = usage.prompt
        final.tokens_completion = usage.completion
        final.tokens_reasoning = usage.reasoning
