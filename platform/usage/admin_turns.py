"""The picture of a call's turns: what the person on the line waited for."""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from usage.admin_timing import THINNEST, WIDTH, Share, laid_out
from usage.turns import Step, Turn

HEARING, THINKING, SPEAKING, OWN = "hearing", "thinking", "speaking", "gateway"
IN_VAIN = "connect"  # the colour of what led to nothing
LEGEND = (
    (HEARING, "Hearing: end of speech to the final"),
    (THINKING, "Thinking: on to the LLM’s first content"),
    (SPEAKING, "Speaking: on to the first audio"),
    (OWN, "Patchbay itself"),
)
_LABELS = {
    HEARING: "Hearing",
    THINKING: "Thinking",
    SPEAKING: "Speaking",
    IN_VAIN: "Thinking in vain, and speaking",
    OWN: "Patchbay",
}


@dataclass(frozen=True, slots=True)
class Bar:
    """One turn; `missing` says in words which step it lacks."""

    turn: Turn
    shares: tuple[Share, ...]
    missing: str


@dataclass(frozen=True, slots=True)
class TurnsPicture:
    """Bars to one scale, the longest as wide as the picture; medians of the replies, in ms."""

    bars: tuple[Bar, ...]
    total_ms: float | None
    gateway_ms: float | None
    width: float = WIDTH
    legend: tuple[tuple[str, str], ...] = LEGEND


def turns_picture(turns: list[Turn]) -> TurnsPicture:
    replied = [turn for turn in turns if turn.first_content or turn.first_audio]
    longest = max((turn.total_ms or 0.0 for turn in turns), default=0.0)
    return TurnsPicture(
        bars=tuple(Bar(turn, _shares(turn, longest), _missing(turn)) for turn in turns),
        total_ms=_median(turn.total_ms for turn in replied),
        gateway_ms=_median(turn.gateway_ms for turn in replied),
    )


def _shares(turn: Turn, longest: float) -> tuple[Share, ...]:
    """Each step's time without Patchbay's part of it, and those parts together at the end."""
    spoken = IN_VAIN if turn.llm and turn.first_content is None else SPEAKING
    steps = ((HEARING, turn.final), (THINKING, turn.first_content), (spoken, turn.first_audio))
    spans = [(name, *_split(step)) for name, step in steps]
    parts = [(name, _LABELS[name], others) for name, others, _ in spans]
    parts.append((OWN, _LABELS[OWN], sum(own for _, _, own in spans)))
    parts = [part for part in parts if part[2] > 0]
    if not parts:
        return ()
    width = WIDTH * (turn.total_ms or 0.0) / longest
    return laid_out(parts, max(width, THINNEST * len(parts)))


def _split(step: Step | None) -> tuple[float, float]:
    """Milliseconds of others and of Patchbay."""
    if step is None or step.ms is None:
        return 0.0, 0.0
    own = min(step.gateway_ms or 0.0, step.ms)
    return step.ms - own, own


def _missing(turn: Turn) -> str:
    if not turn.llm and not turn.voice:
        return "Nobody answered."
    if turn.llm and turn.first_content is None:
        return "The LLM gave no content."
    if turn.voice and turn.first_audio is None:
        return "No audio of the reply."
    return ""


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None
