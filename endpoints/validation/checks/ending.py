"""Whether the stream comes to its end, or breaks off."""

from endpoints.validation.base import Finding, Seen, StreamCheck, failed, passed
from endpoints.validation.exchange import Exchange
from endpoints.validation.likeness import likeness
from endpoints.validation.words import counted
from wire.events import Unusable


class Ending(StreamCheck):
    name = "ending"
    label = "Stream comes to its end"
    about = "The stream is of the format, and neither stalls, nor is cut off, nor ends in an error."
    position = 60
    whole = False

    def judge(self, seen: Seen, exchange: Exchange) -> Finding:
        failure, manner = exchange.failure, seen.spoken.manner
        mark = f"then `{manner.end}`, " if manner.end else ""
        close = "" if seen.over_socket else f", {mark}then the end of the response"
        alive = "" if seen.over_socket else " send a comment line (`: keep-alive`) meanwhile, or"
        heard = f"after {counted(len(exchange.events), 'event')}"
        if failure is not None and failure.clock:
            return failed(
                f"The stream stalled {heard}. {failure.detail}",
                f"Look at the server's log. If the model thinks for so long,{alive} set a longer"
                f" `timeouts.{failure.clock}`.",
                exchange,
            )
        if exchange.tally.failure is not None:
            if isinstance(exchange.tally.failure, Unusable):
                return _unreadable(seen, exchange, heard)
            return failed(
                f"The stream ended in an error of the endpoint's own {heard}.",
                "Its message is in the evidence; look at the server's log for this moment.",
                exchange,
            )
        if failure is not None:
            return failed(
                f"The stream was cut off {heard}. {failure.detail}",
                f"{likeness(seen, exchange)}End with {manner.finish}{close}."
                " Proxies with a time limit, and crashes, cut streams.",
                exchange,
            )
        if exchange.cut:
            return failed(
                "The stream did not end within 1 MiB, for an answer of twenty words.",
                "Honour `max_tokens`, and stop at the model's own end.",
                exchange,
            )
        return passed(f"The stream ended cleanly {heard}, in {exchange.took:.1f} s.", exchange)


def _unreadable(seen: Seen, exchange: Exchange, heard: str) -> Finding:
    label = seen.spoken.label
    return failed(
        f"The stream broke off {heard}: it cannot be read as {label}.",
        f"{likeness(seen, exchange)}Words belong into {seen.spoken.manner.text}; the evidence shows"
        " what came.",
        exchange,
    )
