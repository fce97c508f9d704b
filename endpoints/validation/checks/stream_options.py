"""Whether the endpoint takes the request for usage that Patchbay adds."""

from endpoints.validation.base import Check, Finding, Seen, failed, passed, skipped
from endpoints.validation.exchange import Exchange


class StreamOptions(Check):
    name = "stream_options"
    label = "Takes stream_options"
    about = "A streamed call with `stream_options.include_usage` is not refused."
    position = 90
    needs = ("stream", "plain")

    def run(self, seen: Seen) -> Finding:
        if seen.exchanges.get("plain") is not None:
            return failed(
                f"The call was refused with status {seen.first.status}; without `stream_options`"
                " it is accepted. As it is set now, every call of an agent fails.",
                "Set `settings.include_usage` to false; tokens are then estimated. Or update the"
                " server: `stream_options` is part of OpenAI's API.",
                seen.first,
            )
        if seen.first.kind != "stream":
            return skipped("There was no stream to look at.")
        if not seen.spoken.asks_for_usage:
            return skipped(f"{seen.spoken.label} has no such member: usage needs no asking.")
        if not asks_for_usage(seen.first):
            return skipped("It is not sent: `settings.include_usage` is off.")
        return passed("The endpoint takes it.", seen.first)


def asks_for_usage(exchange: Exchange) -> bool:
    return exchange.sent is not None and b'"include_usage"' in exchange.sent.body
