"""Whether the words come as they are made, and not all at the end."""

from endpoints.validation.base import Check, Finding, Seen, failed, passed, skipped, warning
from endpoints.validation.exchange import Exchange
from endpoints.validation.words import counted

FEW = 4  # a cadence takes at least so many events
BURST = 0.005  # seconds: within which the events of an answer that was held back all come
QUICK = 0.25  # seconds: an answer that is done so soon needs no streaming
PAUSE = 0.15  # seconds: a gap that a caller hears
CROWD = 4  # events in one read, on average: they were collected somewhere
_BUFFERING = (
    "Flush after each chunk, and turn buffering off on every proxy in between: nginx"
    " `proxy_buffering off` (or the header `X-Accel-Buffering: no`), no compression of"
    " text/event-stream."
)


class Streaming(Check):
    name = "streaming"
    label = "Streaming"
    about = (
        "With `stream: true` the words arrive spread over time, not in one burst at the end, as"
        " `text/event-stream`."
    )
    position = 40
    needs = ("stream", "plain")

    def run(self, seen: Seen) -> Finding:
        exchange = seen.judged
        if not seen.spoken.capabilities.streaming:
            return skipped(f"{seen.spoken.label} has no streams: its answers are whole.")
        if exchange.kind == "reply":
            return failed(
                "The endpoint was asked to stream and answered with one whole JSON document:"
                f" the caller heard nothing for {exchange.took:.1f} s.",
                "Read `stream` from the request and answer with server-sent events.",
                exchange,
            )
        if exchange.kind != "stream":
            return skipped("There was no stream to look at.")
        pieces = f"Send each piece as soon as it is there, as {seen.spoken.manner.text}."
        return _cadence(exchange, pieces if seen.over_socket else _BUFFERING)


def _cadence(exchange: Exchange, sooner: str) -> Finding:
    moments = [each.at for each in exchange.events]
    count = len(moments)
    if count < FEW:
        return _few(exchange, moments)
    spread = moments[-1] - moments[0]
    if spread < BURST and moments[-1] > QUICK:
        return failed(
            f"All {count} events came at once, {moments[0]:.1f} s after the request:"
            " something holds the stream back until it is complete.",
            sooner,
            exchange,
        )
    steps = sorted(set(moments))
    widest = max(
        (later - earlier for earlier, later in zip(steps, steps[1:], strict=False)), default=0.0
    )
    if len(steps) * CROWD <= count and widest > PAUSE:
        return warning(
            f"The {count} events came in {counted(len(steps), 'burst')} over {spread:.1f} s.",
            sooner,
            exchange,
        )
    if exchange.media_type != "text/event-stream":
        return warning(
            f"The stream is labelled {exchange.media_type or 'with no content type'!r}.",
            "Send `Content-Type: text/event-stream`: many clients and proxies stream only then.",
            exchange,
        )
    if len(steps) == 1:
        at = moments[0] * 1000
        return passed(f"All {count} events came at once, {at:.0f} ms after the request.", exchange)
    return passed(f"{count} events came in {len(steps)} steps over {spread:.1f} s.", exchange)


def _few(exchange: Exchange, moments: list[float]) -> Finding:
    if not exchange.ended:
        return skipped("The stream broke off too early to see how it comes.")
    if exchange.took <= QUICK:
        return passed(f"The answer was complete after {exchange.took * 1000:.0f} ms.", exchange)
    return failed(
        f"The whole answer came in {counted(len(moments), 'event')} after"
        f" {moments[0] if moments else exchange.took:.1f} s: it is sent when it is done.",
        "Send each word or token as a chunk of its own, as soon as it is there.",
        exchange,
    )
