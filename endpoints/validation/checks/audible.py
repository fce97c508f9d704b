"""Whether anything can be heard."""

from endpoints.validation.base import Finding, Seen, StreamCheck, failed, passed
from endpoints.validation.exchange import Exchange
from endpoints.validation.sound import AUDIBLE, peak, samples


class Audible(StreamCheck):
    name = "audible"
    label = "Not silence"
    about = "The sound can be heard: it is louder than 1 % of full scale somewhere."
    position = 250
    channels = ("voice",)

    def judge(self, seen: Seen, exchange: Exchange) -> Finding:
        loudest = peak(samples(exchange))
        share = f"{loudest / 327.68:.1f} % of full scale"
        if loudest > AUDIBLE:
            return passed(f"The loudest sample is at {share}.", exchange)
        return failed(
            f"There is nothing to hear: the loudest sample is at {share}.",
            "Look whether the voice exists, and whether samples are scaled to 16 bit integers:"
            " floats between -1 and 1 must be multiplied by 32767.",
            exchange,
        )
