"""Whether the endpoint also answers without streaming."""

from endpoints.validation.base import Check, Finding, Seen, passed, skipped, warning
from endpoints.validation.exchange import Exchange

_HINT = (
    "Answer a request without `stream: true` with one `{whole}` object as `application/json`."
    " Voice calls do not need it; summaries and tools often do."
)


class WholeReply(Check):
    name = "whole_reply"
    label = "Reply without streaming"
    about = "A call without `stream` gets one JSON completion; a warning if not."
    position = 120
    needs = ("stream", "plain", "reply")

    def run(self, seen: Seen) -> Finding:
        if seen.over_socket:
            return skipped(f"{seen.spoken.label} has nothing but streams.")
        exchange = seen.exchanges.get("reply")
        if exchange is None:
            return skipped("The streamed call was not answered, so this one was not made.")
        hint = _HINT.format(whole=seen.spoken.manner.whole)
        if exchange.kind != "reply":
            return warning(_what(exchange), hint, exchange)
        if exchange.tally.failure is not None:
            return warning(exchange.tally.failure.message, hint, exchange)
        return passed(f"A whole reply came in {exchange.took:.1f} s.", exchange)


def _what(exchange: Exchange) -> str:
    if exchange.kind == "error":
        return f"A call without streaming is answered with status {exchange.status}."
    detail = exchange.failure.detail if exchange.failure else "No answer came."
    return f"A call without streaming fails. {detail}"
