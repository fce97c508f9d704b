"""The loop guard: a request that has come through us before is not sent round again."""

from egress.errors import EgressError

HEADER = "x-patchbay-hops"
MAX_HOPS = 2


class LoopRefused(EgressError):
    """The request has passed through gateways of our kind too often."""

    code = "upstream_refused"
    category = "loop"


def next_hops(received: str | None) -> int:
    """The `Request.hops` for a caller's request with this header value (`None`: no header).

    Two gateways may be chained on purpose; a third pass is a loop. Raises `LoopRefused`, also for
    a value that we would never have written.
    """
    if received is None:
        return 1
    if received.isascii() and received.isdigit() and len(received) < 3:
        hops = int(received) + 1
        if hops <= MAX_HOPS:
            return hops
    raise LoopRefused("The endpoint leads back to Patchbay.")
