"""Tables out of runs with sockets."""

import statistics
from collections import Counter
from typing import Any

from benchmarks.report import goal, rows, spread

GOALS = {"added": 20.0, "memory": 64.0}
QUIET = 10.0
"""Milliseconds: where direct's own p99 is longer, what a proxy adds cannot be told."""

_WAYS = {"up": "caller to endpoint", "down": "endpoint to caller"}


def quantile(delays: Counter[int], share: float) -> float:
    """Milliseconds, of delays in tens of microseconds."""
    wanted, seen = share * delays.total(), 0
    for delay, count in sorted(delays.items()):
        seen += count
        if seen >= wanted:
            return delay / 100
    return 0.0


class Figures:
    """The runs, by target; one entry a round."""

    def __init__(self, runs: list[Any]) -> None:
        self.runs = runs
        self.targets = [
            name for name in ("direct", "nginx", "patchbay") if name in {run.target for run in runs}
        ]

    def of(self, target: str) -> list[Any]:
        return [run for run in self.runs if run.target == target]

    def delay(self, target: str, way: str, share: float) -> float:
        """Milliseconds one way, over the frames of all rounds together."""
        delays = Counter[int]()
        for run in self.of(target):
            delays.update(dict(getattr(run, way)["delays"]))
        return quantile(delays, share)

    def added(self, target: str, way: str, share: float) -> float:
        return self.delay(target, way, share) - self.delay("direct", way, share)

    def lost(self, target: str) -> tuple[int, int]:
        """Frames that had not come by the end, and frames out of turn: after a gap, all."""
        sides = [(run.expected, side) for run in self.of(target) for side in (run.up, run.down)]
        missing = sum(expected - side["arrived"] for expected, side in sides)
        return missing, sum(side["out_of_turn"] for _, side in sides)

    def memory(self, target: str, when: str) -> list[float]:
        """KiB a socket above the process without sockets, the busy ones at their most."""
        return [
            (getattr(run, f"memory_{when}") - run.memory_without) / run.sockets / 1024
            for run in self.of(target)
        ]


def tables(runs: list[Any], about: dict[str, Any]) -> str:
    figures = Figures(runs)
    parts = [
        "machine: " + ", ".join(f"{name} {value}" for name, value in about.items()),
        "\nOne-way delay of a frame, ms (p50 / p99 / p99.9); added = minus direct (p50 / p99)",
        _delays(figures),
        "\nProcessor time (user + system) a frame, µs; memory a socket, KiB; of the rounds, median",
        _costs(figures),
    ]
    return "\n".join(parts) + "\n" + goals(figures)


def _delays(figures: Figures) -> str:
    lines = []
    for way, what in _WAYS.items():
        for target in figures.targets:
            seen = [figures.delay(target, way, share) for share in (0.5, 0.99, 0.999)]
            added = [figures.added(target, way, share) for share in (0.5, 0.99)]
            lines.append([
                what, target, " / ".join(f"{each:.2f}" for each in seen),
                "" if target == "direct" else " / ".join(f"{each:+.2f}" for each in added),
            ])  # fmt: skip
    return rows(lines, ["", "", "delay", "added"])


def _costs(figures: Figures) -> str:
    lines = []
    for target in figures.targets:
        runs = figures.of(target)
        line = [target]
        if target == "direct":
            line += ["", "", ""]
        else:
            line.append(spread([1e6 * run.cpu / run.expected / 2 for run in runs]))
            line += [spread(figures.memory(target, when)) for when in ("idle", "busy")]
        for tool in ("load_cpu", "upstream_cpu"):
            cost = statistics.median(getattr(run, tool) / run.expected / 2 for run in runs)
            line.append(f"{1e6 * cost:.1f}")
        missing, disordered = figures.lost(target)
        line += [f"{missing} / {disordered}", str(sum(run.badly_closed for run in runs))]
        line.append(", ".join(f"{run.load_average:.1f}" for run in runs))
        lines.append(line)
    head = ["", "µs a frame", "idle KiB", "busy KiB", "load generator µs", "upstream µs"]
    return rows(lines, [*head, "missing / out of turn", "badly closed", "load average"])


def goals(figures: Figures) -> str:
    """What was promised, and whether this run kept it."""
    if "patchbay" not in figures.targets:
        return ""
    added = {way: figures.added("patchbay", way, 0.99) for way in _WAYS}
    memory = max(figures.memory("patchbay", "busy"))
    lines = ["\nGoals", goal("frames missing or out of turn", sum(figures.lost("patchbay")), 0)]
    for way, what in _WAYS.items():
        lines.append(goal(f"added delay, {what}, ms p99", added[way], GOALS["added"]))
    lines.append(goal("memory a socket above idle, KiB", memory, GOALS["memory"]))
    slowest = max(figures.delay("direct", way, 0.99) for way in _WAYS)
    if slowest > QUIET:
        lines.append(
            f"The machine was too busy to judge: direct alone took {slowest:.0f} ms at p99"
        )
    return "\n".join(lines)
