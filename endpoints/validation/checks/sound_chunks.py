"""Whether the sound comes as it is made, and not all at the end."""

from endpoints.validation.base import Finding, Seen, StreamCheck, failed, passed, warning
from endpoints.validation.exchange import Exchange
from endpoints.validation.words import counted

BURST = 0.005  # seconds: within which all of an answer that was held back comes
QUICK = 0.25  # seconds: an answer that is done so soon needs no streaming
_HINT = (
    "Write each piece to the response as soon as it is synthesised, with `Transfer-Encoding:"
    " chunked`, and turn buffering off on every proxy in between (nginx: `proxy_buffering off`)."
)


class SoundChunks(StreamCheck):
    name = "sound_chunks"
    label = "Comes in chunks"
    about = "The sound arrives as it is made, not in one burst at the end, and without a length."
    position = 230
    channels = ("voice",)

    def judge(self, seen: Seen, exchange: Exchange) -> Finding:
        moments = [at for at, _ in exchange.pieces]
        first, last = min(moments, default=0.0), max(moments, default=0.0)
        if last - first < BURST and first > QUICK:
            return failed(
                f"All of the sound came at once, {first:.1f} s after the request: it is sent when"
                " it is done.",
                _HINT,
                exchange,
            )
        if "content-length" in exchange.headers:
            return warning(
                "The answer declares its length, so all of it was made before any was sent.",
                _HINT,
                exchange,
            )
        return passed(f"{counted(len(moments), 'piece')} came over {last - first:.1f} s.", exchange)
