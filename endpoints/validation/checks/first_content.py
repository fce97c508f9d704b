"""How long a caller waits for the first word."""

from endpoints.validation.base import Finding, Seen, StreamCheck, passed, skipped, warning
from endpoints.validation.exchange import Exchange

GRADES = ((0.5, "very good"), (1.0, "good"), (2.0, "audible as a pause"))
SLOW_FROM = 1.0


class FirstContent(StreamCheck):
    name = "first_content"
    label = "Time to first content"
    about = (
        f"From the request to the first word: up to {GRADES[0][0]} s is very good, up to"
        f" {GRADES[1][0]:g} s good, a warning beyond."
    )
    position = 110
    whole = False

    def run(self, seen: Seen) -> Finding:
        """Of a format without streams the whole answer is the first word."""
        if seen.judged.kind == "reply" and not seen.spoken.capabilities.streaming:
            return self.judge(seen, seen.judged)
        return super().run(seen)

    def judge(self, seen: Seen, exchange: Exchange) -> Finding:
        waited = exchange.first_content
        if waited is None:
            return skipped("There was no content.")
        grade = next((name for limit, name in GRADES if waited <= limit), "too slow for a talk")
        summary = f"The first word came after {waited * 1000:.0f} ms: {grade}."
        if waited <= SLOW_FROM:
            return passed(summary, exchange)
        return warning(
            summary,
            "Keep the model warm, serve it near to where calls are, use a smaller model or a"
            " shorter system prompt, and turn reasoning off for voice.",
            exchange,
        )
