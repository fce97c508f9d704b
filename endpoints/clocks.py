"""The clocks of an endpoint as data: what each channel has when nothing is said, and its bounds."""

from collections.abc import Mapping
from dataclasses import dataclass

from egress.http import Clocks


@dataclass(frozen=True, slots=True)
class Bound:
    """Seconds: the default, and the least and most that a tenant may set."""

    default: float
    least: float
    most: float


CLOCKS: Mapping[str, Mapping[str, Bound]] = {
    "llm": {
        "connect": Bound(3, 0.2, 10),
        "tls": Bound(5, 0.2, 10),
        "first_byte": Bound(15, 0.5, 120),
        "idle": Bound(30, 0.5, 300),
        "total": Bound(600, 1, 3600),
    },
    "voice": {
        "connect": Bound(3, 0.2, 10),
        "tls": Bound(5, 0.2, 10),
        "first_byte": Bound(5, 0.5, 60),
        "idle": Bound(10, 0.5, 60),
        "total": Bound(120, 1, 900),
    },
    "transcriber": {
        "connect": Bound(3, 0.2, 10),
        "tls": Bound(5, 0.2, 10),
        "first_byte": Bound(5, 0.5, 60),
        "idle": Bound(60, 1, 300),
        "total": Bound(7200, 1, 14400),
    },
}


def problems(channel: str, timeouts: Mapping[str, object]) -> dict[str, str]:
    """What is wrong with a tenant's `timeouts`, by clock name; empty when nothing is."""
    bounds = CLOCKS[channel]
    return {
        name: sentence
        for name, value in timeouts.items()
        if (sentence := _problem(bounds.get(name), name, value))
    }


def _problem(bound: Bound | None, name: str, value: object) -> str:
    if bound is None:
        return f"There is no clock {name!r}; the clocks are connect, tls, first_byte, idle, total."
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"Give seconds as a number, such as {bound.default:g}."
    if not bound.least <= value <= bound.most:
        return f"Give between {bound.least:g} and {bound.most:g} seconds."
    return ""


def clocks(channel: str, timeouts: Mapping[str, float]) -> Clocks:
    """The clocks of an endpoint; a value out of bounds (an older row) is brought to the nearest."""
    seconds = {
        name: min(max(float(timeouts.get(name, bound.default)), bound.least), bound.most)
        for name, bound in CLOCKS[channel].items()
    }
    return Clocks(**seconds)
