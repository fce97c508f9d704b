"""Whether the stream ends with its end mark."""

from endpoints.validation.base import Finding, Seen, StreamCheck, passed, skipped, warning
from endpoints.validation.exchange import Exchange


class Done(StreamCheck):
    name = "done"
    label = "End mark"
    about = (
        "The stream ends with the end mark of its format, such as `data: [DONE]`; a warning if not,"
        " since most clients go without. Skipped where the format has none."
    )
    position = 80

    def judge(self, seen: Seen, exchange: Exchange) -> Finding:
        mark = seen.spoken.manner.end
        if not mark:
            how = "its last message says so" if seen.over_socket else "the response just ends"
            return skipped(f"{seen.spoken.label} has no end mark: {how}.")
        if exchange.tally.done:
            return passed(f"`{mark}` ends the stream.", exchange)
        return warning(
            f"The stream ends without `{mark}`: some clients wait for it.",
            f"Send `{mark}` and a blank line after the last chunk.",
            exchange,
        )
