"""The LLM road: one POST to a hosted URL becomes one dispatch."""

from dispatch.answers import ErrorAnswer, ReplyAnswer, StreamAnswer
from dispatch.llm import ask, passage_between, write_body
from gateway.exchange import Exchange
from gateway.posting import PostDispatch, off_loop
from gateway.relay import SSE
from usage.records import Final
from wire.llm.base import LLMRequest
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
        endpoint, request = self.endpoint, self.request
        passage = passage_between(request.wire_format, endpoint.wire_format)
        body = await off_loop(self.size, write_body, passage, request, endpoint)
        client = self.exchange.gateway.client
        self.answer = answer = await ask(client, endpoint, passage, request, body, hops=self.hops)
        if isinstance(answer, ErrorAnswer):
            await self.pass_error(answer)
        elif isinstance(answer, StreamAnswer):
            await self.relay.stream(answer, SSE)
            self._conclude(answer)
        else:
            await self.relay.reply(answer)
            self._conclude(answer)

    def _conclude(self, answer: StreamAnswer | ReplyAnswer) -> None:
        """The answer is with the caller; its endpoint may yet have said that it failed."""
        if answer.tally.failure is not None:
            self.account.failed(
                "upstream_error", "upstream_error", "The endpoint sent an error inside its answer."
            )
        else:
            self.account.outcome = "ok"

    @property
    def delivered(self) -> bool:
        """SDKs close at the end mark, and need not wait for the endpoint's own end."""
        answer = self.answer
        return isinstance(answer, StreamAnswer) and answer.tally.done and not answer.tally.failure

    async def tell(self, code: str, detail: str) -> None:
        """Inside the stream; a whole answer that has begun can only be cut."""
        if isinstance(self.answer, StreamAnswer):
            await self.relay.fail(self.answer, code, detail)
        else:
            self.abort()

    def count(self, final: Final) -> None:
        if not isinstance(self.answer, StreamAnswer | ReplyAnswer):
            return
        tally = self.answer.tally
        usage = tally.usage
        if usage is not None:
            final.tokens_source = "reported"
        elif tally.has_content or tally.reasoning_bytes:
            final.tokens_source = "estimated"
            ingress = hosted_format("llm", self.exchange.road.wire_format)
            usage = ingress.estimate(self.request, tally)
        if usage is not None:
            final.tokens_prompt = usage.prompt
            final.tokens_completion = usage.completion
            final.tokens_reasoning = usage.reasoning
