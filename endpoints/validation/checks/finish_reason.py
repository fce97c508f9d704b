"""Whether the last chunk says why the answer ends."""

from endpoints.validation.base import Finding, Seen, StreamCheck, failed, passed
from endpoints.validation.exchange import Exchange


class FinishReason(StreamCheck):
    name = "finish_reason"
    label = "Finish reason"
    about = "The stream says why it ends, such as by a `finish_reason`."
    position = 70

    def judge(self, seen: Seen, exchange: Exchange) -> Finding:
        if exchange.tally.finished:
            return passed("The stream says why it ends.", exchange)
        return failed(
            "Nothing in the stream says why it ends: clients cannot tell the end of an answer from"
            " a broken connection.",
            f"End with {seen.spoken.manner.finish}.",
            exchange,
        )
