"""Whether the stream ends with its end mark."""

from endpoints.validation.base import Finding, Seen, StreamCheck, passed, warning
from endpoints.validation.exchange import Exchange


class Done(StreamCheck):
    name = "done"
    label = "End mark"
    about = "The stream ends with `data: [DONE]`; a warning if not, since most clients go without."
    position = 80

    def judge(self, seen: Seen, exchange: Exchange) -> Finding:
        if exchange.tally.done:
            return passed("`data: [DONE]` ends the stream.", exchange)
        return warning(
            "The stream ends without `data: [DONE]`: some clients wait for it.",
            "Send `data: [DONE]` and a blank line after the last chunk.",
            exchange,
        )
