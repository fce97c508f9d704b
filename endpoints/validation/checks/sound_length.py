"""Whether the sound is about as long as its text takes to say."""

from endpoints.validation.base import Finding, Seen, StreamCheck, failed, passed
from endpoints.validation.exchange import Exchange
from endpoints.validation.prompts import RATE, SENTENCE
from wire.pcm import milliseconds

LEAST_MS, MOST_MS = 25, 200  # for one character; people take about 70


class SoundLength(StreamCheck):
    name = "sound_length"
    label = "Plausible length"
    about = "A sentence lasts about as long as it takes to say: 25 to 200 ms for each character."
    position = 270
    channels = ("voice",)

    def judge(self, seen: Seen, exchange: Exchange) -> Finding:
        lasts = milliseconds(len(exchange.heard), RATE)
        said = f"{len(SENTENCE)} characters last {lasts / 1000:.1f} s at {RATE} Hz."
        if LEAST_MS <= lasts / len(SENTENCE) <= MOST_MS:
            return passed(said, exchange)
        much = "short" if lasts < LEAST_MS * len(SENTENCE) else "long"
        return failed(
            f"{said} That is too {much} for speech.",
            "Speak the whole text, once, in 16 bit mono at the rate that `format` names.",
            exchange,
        )
