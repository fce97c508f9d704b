"""Whether the bytes make a signal that can be speech."""

from endpoints.validation.base import Finding, Seen, StreamCheck, failed, passed, skipped, warning
from endpoints.validation.exchange import Exchange
from endpoints.validation.sound import AUDIBLE, peak, roughness, samples

NOISE = 1.0
CLEARLY = 0.6


class ByteOrder(StreamCheck):
    name = "byte_order"
    label = "Little-endian samples"
    about = "Read as 16 bit little-endian samples the sound is smooth, as speech is, and no noise."
    position = 260
    channels = ("voice",)

    def judge(self, seen: Seen, exchange: Exchange) -> Finding:
        sound = samples(exchange)
        if peak(sound) <= AUDIBLE:
            return skipped("There was no sound that can be heard.")
        found, swapped = roughness(sound), roughness(samples(exchange, "big"))
        if found < NOISE:
            return passed("The samples follow each other as smoothly as in speech.", exchange)
        if swapped < found * CLEARLY:
            return failed(
                "The samples are noise as they are, and smooth with their bytes swapped: they are"
                " big-endian, or one byte is lost or added at the beginning.",
                "Send little-endian samples (numpy: `astype('<i2')`), whole from the first byte.",
                exchange,
            )
        return warning(
            "The samples are closer to noise than to speech.",
            "Listen to it with the curl line. Samples must be 16 bit integers: no floats, no 8 bit,"
            " no compression.",
            exchange,
        )
