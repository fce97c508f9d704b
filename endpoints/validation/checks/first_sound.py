"""How long a caller waits for the first sound."""

from endpoints.validation.base import Finding, Seen, StreamCheck, passed, skipped, warning
from endpoints.validation.exchange import Exchange
from endpoints.validation.prompts import RATE
from endpoints.validation.sound import lead, samples

GRADES = ((0.3, "very good"), (0.6, "good"), (1.2, "audible as a pause"))
SLOW_FROM = 0.6


class FirstSound(StreamCheck):
    name = "first_sound"
    label = "Time to first sound"
    about = (
        "From the request to the first sound that can be heard, silence before it included: up to"
        f" {GRADES[0][0]} s is very good, up to {GRADES[1][0]} s good, a warning beyond."
    )
    position = 220
    channels = ("voice",)
    whole = False

    def judge(self, seen: Seen, exchange: Exchange) -> Finding:
        sound = samples(exchange)
        silence = lead(sound)
        if exchange.first_content is None or silence == len(sound):
            return skipped("There was no sound that can be heard.")
        waited = exchange.first_content + silence / RATE
        grade = next((name for limit, name in GRADES if waited <= limit), "too slow for a talk")
        summary = (
            f"The first sound is heard after {waited * 1000:.0f} ms"
            f" ({silence * 1000 / RATE:.0f} ms of them silence): {grade}."
        )
        if waited <= SLOW_FROM:
            return passed(summary, exchange)
        return warning(
            summary,
            "Send the first samples as soon as they are there, cut silence off at the beginning,"
            " keep the model warm, and serve it near to where calls are.",
            exchange,
        )
