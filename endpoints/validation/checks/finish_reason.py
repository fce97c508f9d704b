"""Whether the last chunk says why the answer ends."""

from endpoints.validation.base import Finding, Seen, StreamCheck, failed, passed
from endpoints.validation.exchange import Exchange


class FinishReason(StreamCheck):
    name = "finish_reason"
    label = "Finish reason"
    about = "A chunk near the end has a `finish_reason`, such as `stop`."
    position = 70

    def judge(self, seen: Seen, exchange: Exchange) -> Finding:
        if exchange.tally.finished:
            return passed("The stream says why it ends.", exchange)
        return failed(
            "No chunk has a `finish_reason`: clients cannot tell the end of an answer from a"
            " broken connection.",
            'End with {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}.',
            exchange,
        )
