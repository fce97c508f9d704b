"""The picture of where a dispatch spent its time."""

from collections.abc import Mapping
from dataclasses import dataclass

WIDTH = 1000.0  # the picture's own units; it is drawn as wide as its page
THINNEST = 4.0  # a share that took time is never too thin to be seen

CONNECTING = "Connecting to the endpoint"
OWN = "Patchbay itself"
# Codes and clocks of errors that say how far a dispatch without an answer came.
_AT_THE_DOOR = frozenset(
    {"connect", "tls", "upstream_connect_failed", "upstream_tls_failed", "upstream_refused"}
)
_UNSENT = frozenset({"invalid_request"})
_UNANSWERED = frozenset({"first_byte", "upstream_truncated", "upstream_bad_response"})


@dataclass(frozen=True, slots=True)
class Share:
    """One piece of the bar; `start` and `width` in the picture's units, `ms` in milliseconds."""

    name: str
    label: str
    ms: float
    start: float
    width: float


@dataclass(frozen=True, slots=True)
class Picture:
    shares: tuple[Share, ...]
    total: float
    width: float = WIDTH


def picture(timing_ms: Mapping[str, float], error: Mapping[str, str] | None) -> Picture | None:
    """Connecting, then waiting for and reading the endpoint, then Patchbay's own share.

    `error` is the event's. `None` when the dispatch never got as far as being measured.
    """
    total = timing_ms.get("total") or 0.0
    if total <= 0:
        return None
    connect = min(timing_ms.get("connect") or 0.0, total)
    gateway = min(timing_ms.get("gateway") or 0.0, total - connect)
    content = timing_ms.get("first_content") or timing_ms.get("first_byte") or total
    waiting = max(min(content, total - gateway) - connect, 0.0)
    parts = (
        ("connect", CONNECTING, connect),
        (*_waited_for(timing_ms, error or {}), waiting),
        ("streaming", "Endpoint, rest of the answer", total - connect - waiting - gateway),
        ("gateway", OWN, gateway),
    )
    return Picture(laid_out([part for part in parts if part[2] > 0], WIDTH), total)


def _waited_for(timing_ms: Mapping[str, float], error: Mapping[str, str]) -> tuple[str, str]:
    """The name and label of what came before the answer, or took all the time there was."""
    if timing_ms.get("first_content") is not None:
        return "waiting", "Endpoint until first content"
    if timing_ms.get("first_byte") is not None:
        return "waiting", "Endpoint until its answer began"
    where = {error.get("code"), error.get("clock")}
    if where & _AT_THE_DOOR:
        return "connect", CONNECTING
    if timing_ms.get("connect") is None and where & _UNSENT:
        return "gateway", OWN
    if timing_ms.get("connect") is not None or where & _UNANSWERED:
        return "waiting", "Waiting for the endpoint's answer"
    return "waiting", "Reaching the endpoint and waiting for its answer"


def laid_out(parts: list[tuple[str, str, float]], width: float) -> tuple[Share, ...]:
    """Names, labels and milliseconds as pieces of a bar of `width`."""
    spare = width - THINNEST * len(parts)
    whole = sum(ms for _, _, ms in parts)
    shares, start = [], 0.0
    for name, label, ms in parts:
        own = THINNEST + spare * ms / whole
        shares.append(Share(name, label, ms, start, own))
        start += own
    return tuple(shares)
