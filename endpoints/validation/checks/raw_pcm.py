"""Whether what comes is raw PCM, and not a file or a text."""

from endpoints.validation.base import Check, Finding, Seen, failed, passed, skipped
from endpoints.validation.checks.answer import names_impostor


class RawPcm(Check):
    name = "raw_pcm"
    label = "Raw PCM"
    about = (
        "The body is raw PCM: no WAV header, no compressed audio, no HTML, no JSON. A WAV header is"
        " borne where the format's servers are known to send one."
    )
    position = 210
    channels = ("voice",)
    needs = ("stream",)

    def run(self, seen: Seen) -> Finding:
        exchange, failure = seen.first, seen.first.failure
        if exchange.kind == "stream":
            return passed("The answer begins like sound.", exchange)
        if failure is None or not names_impostor("voice", failure):
            return skipped("There was no sound to look at.")
        return failed(
            failure.detail,
            "Send the samples alone: 16 bit, signed, little-endian, mono. Of a WAV file leave its"
            " header out (44 bytes, mostly); decode compressed audio; report errors with a status"
            " of 400 or more.",
            exchange,
        )
