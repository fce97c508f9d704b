"""Whether the sound comes to its end, or breaks off."""

from endpoints.validation.base import Finding, Seen, StreamCheck, failed, passed, warning
from endpoints.validation.exchange import Exchange
from endpoints.validation.words import counted


class SoundEnding(StreamCheck):
    name = "sound_ending"
    label = "Sound comes to its end"
    about = "The sound neither stalls nor is cut off, and ends with a whole sample."
    position = 240
    channels = ("voice",)
    whole = False

    def judge(self, seen: Seen, exchange: Exchange) -> Finding:
        failure, size = exchange.failure, len(exchange.heard)
        if failure is not None and failure.clock:
            return failed(
                f"The sound stalled after {counted(size, 'byte')}. {failure.detail}",
                "Look at the server's log; if synthesis pauses for so long, set a longer"
                f" `timeouts.{failure.clock}`.",
                exchange,
            )
        if failure is not None:
            return failed(
                f"The sound was cut off after {counted(size, 'byte')}. {failure.detail}",
                "End the body with its last chunk. Crashes, and proxies with a time limit, cut it.",
                exchange,
            )
        if exchange.cut:
            return failed(
                "The sound did not end within 1 MiB, for one short sentence.",
                "Stop when the text is spoken.",
                exchange,
            )
        if size % 2:
            return warning(
                f"The sound ends in half a sample: it has {counted(size, 'byte')}, an odd number.",
                "A sample has two bytes; a lost or added one turns all that follows into noise.",
                exchange,
            )
        return passed(f"The sound ended cleanly, in {exchange.took:.1f} s.", exchange)
