"""Tables out of runs."""

import statistics
from collections.abc import Callable, Iterable
from typing import Any

GOALS = {"chunk": 3.5, "first": 2.0, "request": 500.0, "translation": 25.0}
TARGETS = ("direct", "nginx", "patchbay", "translated")


def quantile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def spread(values: list[float], unit: float = 1.0, digits: int = 1) -> str:
    """Median, with the lowest and highest of the rounds."""
    low, middle, high = min(values), statistics.median(values), max(values)
    return f"{middle * unit:.{digits}f} ({low * unit:.{digits}f}-{high * unit:.{digits}f})"


def rows(rows: Iterable[list[str]], head: list[str]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


class Figures:
    """The runs, by scenario and target; one entry a round."""

    def __init__(self, runs: list[Any]) -> None:
        self.runs = runs
        self.scenarios = list(dict.fromkeys(run.scenario for run in runs))
        self.targets = [name for name in TARGETS if name in {run.target for run in runs}]

    def of(self, scenario: str, target: str) -> list[Any]:
        return [run for run in self.runs if (run.scenario, run.target) == (scenario, target)]

    def first(self, scenario: str, target: str, share: float) -> float:
        """Milliseconds to the first word, over the streams of all rounds together."""
        return 1e3 * quantile(
            [each for run in self.of(scenario, target) for each in run.first], share
        )

    def cpu(self, scenario: str, target: str) -> list[float]:
        """Microseconds a chunk, or a request where no chunks are streamed; one each round."""
        return [1e6 * run.cpu / (run.chunks or run.requests) for run in self.of(scenario, target)]


def tables(runs: list[Any], about: dict[str, Any], median: Callable[[list[float]], float]) -> str:
    figures = Figures(runs)
    parts = [
        "machine: " + ", ".join(f"{name} {value}" for name, value in about.items()),
        "\nTime to the first word, ms (p50 / p99); added = minus direct",
        _first_words(figures),
        "\nProcessor time (user + system), µs; median (lowest-highest round)",
        _cpu(figures),
        "Doing nothing, ms of processor time a second: " + _idle(figures, median),
        "\nResident memory, MiB, at the end of a run; µs of processor time of the tools themselves",
        _memory(figures, median),
    ]
    return "\n".join(parts) + "\n" + goals(figures)


def _first_words(figures: Figures) -> str:
    lines = []
    for scenario in figures.scenarios:
        row = [scenario]
        for target in figures.targets:
            p50, p99 = (figures.first(scenario, target, share) for share in (0.5, 0.99))
            row.append(f"{p50:.2f} / {p99:.2f}")
            if target != "direct":
                row.append(
                    f"{p50 - figures.first(scenario, 'direct', 0.5):+.2f} / "
                    f"{p99 - figures.first(scenario, 'direct', 0.99):+.2f}"
                )
        lines.append(row)
    head = [""]
    for target in figures.targets:
        head += [target] if target == "direct" else [target, f"{target} added"]
    return rows(lines, head)


def _cpu(figures: Figures) -> str:
    proxies = [target for target in figures.targets if target != "direct"]
    lines = []
    for scenario in figures.scenarios:
        what = "request" if figures.of(scenario, "direct")[0].chunks == 0 else "chunk"
        row = [scenario, what]
        row += [spread(figures.cpu(scenario, target)) for target in proxies]
        row.append(ratio(figures, scenario))
        lines.append(row)
    return rows(lines, ["", "per", *proxies, "patchbay / nginx"])


def _idle(figures: Figures, median: Callable[[list[float]], float]) -> str:
    return ", ".join(
        f"{target} {1e3 * median([run.idle for run in figures.runs if run.target == target]):.1f}"
        for target in figures.targets
        if target != "direct"
    )


def ratio(figures: Figures, scenario: str) -> str:
    if not {"nginx", "patchbay"} <= set(figures.targets):
        return ""
    pairs = zip(figures.cpu(scenario, "patchbay"), figures.cpu(scenario, "nginx"), strict=True)
    return spread([ours / max(theirs, 1e-9) for ours, theirs in pairs], digits=2)


def _memory(figures: Figures, median: Callable[[list[float]], float]) -> str:
    lines = []
    for scenario in figures.scenarios:
        row = [scenario]
        for target in figures.targets:
            if target != "direct":
                row.append(
                    f"{median([r.memory for r in figures.of(scenario, target)]) / 2**20:.0f}"
                )
        runs = [run for target in figures.targets for run in figures.of(scenario, target)]
        for cost in ("load_cpu", "upstream_cpu"):
            each = [1e6 * getattr(run, cost) / (run.chunks or run.requests) for run in runs]
            row.append(f"{median(each):.1f}")
        lines.append(row)
    proxies = [f"{target} MiB" for target in figures.targets if target != "direct"]
    return rows(lines, ["", *proxies, "load generator µs", "upstream µs"])


def goals(figures: Figures) -> str:
    """What was promised, and whether this run kept it."""
    if not {"nginx", "patchbay"} <= set(figures.targets):
        return ""
    lines = ["\nGoals"]
    streamed = [name for name in figures.scenarios if figures.of(name, "direct")[0].chunks]
    total = {
        target: sum(run.cpu for name in streamed for run in figures.of(name, target))
        for target in ("nginx", "patchbay")
    }
    chunk = total["patchbay"] / total["nginx"]
    lines.append(goal("processor time per streamed chunk, times nginx", chunk, GOALS["chunk"]))
    if "1 stream" in figures.scenarios:
        first = figures.first("1 stream", "patchbay", 0.5) - figures.first(
            "1 stream", "direct", 0.5
        )
        lines.append(goal("added time to first word at 1 stream, ms p50", first, GOALS["first"]))
    if "translated" in figures.targets:
        more = statistics.median(
            theirs - ours
            for name in streamed
            for theirs, ours in zip(
                figures.cpu(name, "translated"), figures.cpu(name, "patchbay"), strict=True
            )
        )
        what = "a translated chunk's processor time beyond a passed one's, µs"
        lines.append(goal(what, more, GOALS["translation"]))
    whole = [name for name in figures.scenarios if name not in streamed]
    for name in whole:
        cost = statistics.median(figures.cpu(name, "patchbay"))
        lines.append(goal("processor time per request without stream, µs", cost, GOALS["request"]))
    return "\n".join(lines)


def goal(what: str, found: float, most: float) -> str:
    return f"{'kept  ' if found <= most else 'MISSED'} {what}: {found:.2f} (at most {most:g})"
