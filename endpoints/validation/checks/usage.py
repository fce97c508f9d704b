"""Whether the endpoint says how many tokens it took."""

from endpoints.validation.base import Finding, Seen, StreamCheck, passed, skipped, warning
from endpoints.validation.checks.stream_options import asks_for_usage
from endpoints.validation.exchange import Exchange


class Usage(StreamCheck):
    name = "usage"
    label = "Usage"
    about = "The last chunk reports tokens (`usage`); a warning if not: they are then estimated."
    position = 100

    def judge(self, seen: Seen, exchange: Exchange) -> Finding:
        if seen.exchanges.get("plain") is not None:
            return skipped("It was asked without `stream_options`, so no usage can be expected.")
        usage = exchange.tally.usage
        if usage is not None:
            return passed(
                f"{usage.prompt} prompt and {usage.completion} completion tokens are reported.",
                exchange,
            )
        if not seen.spoken.capabilities.usage:
            return skipped(f"{seen.spoken.label} has no place for it: tokens are estimated.")
        if seen.spoken.asks_for_usage and not asks_for_usage(exchange):
            return skipped("It was not asked for: `settings.include_usage` is off.")
        return warning(
            "The stream reports no usage: tokens in usage events are estimates, and marked so.",
            f"Send {seen.spoken.manner.usage}.",
            exchange,
        )
