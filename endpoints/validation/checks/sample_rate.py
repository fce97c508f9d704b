"""Whether the sound has the rate that the request names."""

from endpoints.validation.base import Finding, Seen, StreamCheck, failed, passed, skipped, warning
from endpoints.validation.exchange import Exchange
from endpoints.validation.prompts import OTHER_RATE, RATE
from wire.voice.sound import PCM, Sound

_RATIO = RATE / OTHER_RATE
_SLACK = 1.5  # voices do not say a sentence twice in the same time


class SampleRate(StreamCheck):
    name = "sample_rate"
    label = "Rate as asked"
    about = (
        f"The same sentence at {OTHER_RATE} Hz has a third of the bytes; a warning if that rate is"
        " refused."
    )
    position = 280
    channels = ("voice",)
    needs = ("stream", "other_rate")

    def judge(self, seen: Seen, exchange: Exchange) -> Finding:
        asked = {seen.speaks.form(Sound(PCM, rate)) for rate in (RATE, OTHER_RATE)}
        if len(asked) == 1:
            return skipped("This format has one rate; Patchbay makes others of it.")
        other = seen.exchanges.get("other_rate")
        if other is not None and other.kind == "error":
            return warning(
                f"A call with `format: pcm_{OTHER_RATE}` is answered with status {other.status}.",
                f"Calls at {RATE} Hz work. Resample where callers ask for another rate.",
                other,
            )
        if other is None or not other.heard or not other.ended:
            return skipped(f"The call with `format: pcm_{OTHER_RATE}` brought nothing to compare.")
        ratio = len(exchange.heard) / len(other.heard)
        if _RATIO / _SLACK < ratio < _RATIO * _SLACK:
            return passed(f"The rate of the sound follows `format` ({ratio:.1f} times).", other)
        return failed(
            f"The sentence has {len(exchange.heard)} bytes at {RATE} Hz and {len(other.heard)} at"
            f" {OTHER_RATE} Hz: its rate does not follow `format`, and it will sound too slow or"
            " too fast.",
            "Read the rate from `format` (`pcm_8000`, `pcm_24000` …) and resample to it.",
            other,
        )
