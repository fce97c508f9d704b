"""Patchbay beside nginx and the bare upstream, interleaved in one run.

    python -m benchmarks [--rounds 5] [--quick] [--without nginx] [--out var/bench]

Each round runs every scenario against every target, in random order of targets, so that what else
the machine does falls on all of them alike. Figures are medians over the rounds.
"""

import argparse
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "platform"), str(ROOT)]

from benchmarks import report, targets  # noqa: E402 - the paths above come first
from benchmarks.accounting import cpu_seconds, memory_bytes  # noqa: E402
from benchmarks.targets import Target  # noqa: E402
from tests.upstreams.authority import Authority  # noqa: E402

SETTLE = 1.2
"""Seconds until the ledger has shipped what a run left: that work counts, idling meanwhile not."""
IDLE = 2.0
"""Seconds over which the cost of doing nothing is measured, once a round."""


@dataclass(frozen=True)
class Scenario:
    name: str
    lanes: int
    rounds: int
    words: int


SCENARIOS = (
    Scenario("1 stream", 1, 8, 50),
    Scenario("8 streams", 8, 4, 50),
    Scenario("32 streams", 32, 2, 50),
    Scenario("128 streams", 128, 2, 50),
    Scenario("whole answers", 8, 250, 0),
)


@dataclass
class Run:
    """One scenario against one target: seconds, bytes, and each stream's time to first word."""

    scenario: str
    target: str
    requests: int
    chunks: int
    wall: float
    first: list[float]
    cpu: float
    load_cpu: float
    upstream_cpu: float
    memory: int
    idle: float


def idle_cost(target: Target) -> float:
    """Seconds of processor time in a second without calls."""
    before, began = _cpu(target.pid), time.perf_counter()
    time.sleep(IDLE if target.pid else 0)
    return (_cpu(target.pid) - before) / (time.perf_counter() - began)


def run(scenario: Scenario, target: Target, upstream_pid: int, idle: float = 0.0) -> Run:
    plan = {**asdict(scenario), **target.plan}
    plan.pop("name")
    command = [sys.executable, "-m", "benchmarks.load", json.dumps(plan)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=ROOT) as load:
        assert load.stdin is not None
        assert load.stdout is not None
        if load.stdout.readline() != "ready\n":
            raise SystemExit(f"{target.name}, {scenario.name}: the warm-up failed")
        time.sleep(SETTLE if target.pid else 0)  # what the warm-up left to be shipped
        before, upstream_before = _cpu(target.pid), _cpu(upstream_pid)
        load.stdin.write("go\n")
        load.stdin.flush()
        line = load.stdout.readline()
    if not line:
        raise SystemExit(f"{target.name}, {scenario.name}: the run failed")
    upstream_cpu = _cpu(upstream_pid) - upstream_before
    memory = memory_bytes(target.pid) if target.pid else 0
    settling = SETTLE if target.pid else 0
    time.sleep(settling)
    answer: dict[str, Any] = json.loads(line)
    requests = len(answer["first"])
    return Run(
        scenario.name, target.name, requests, requests * scenario.words, answer["wall"],
        answer["first"], _cpu(target.pid) - before - settling * idle, answer["cpu"], upstream_cpu,
        memory, idle,
    )  # fmt: skip


def _cpu(pid: int | None) -> float:
    return cpu_seconds(pid) if pid else 0.0


def machine() -> dict[str, Any]:
    cpu = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    return {
        "cpu": cpu,
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "load_before": os.getloadavg()[0],
    }


def measure(rounds: int, without: set[str], quick: bool) -> list[Run]:
    runs: list[Run] = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="patchbay-bench-")))
        authority = Authority(folder)
        direct, upstream_pid = targets.upstream(stack, folder, authority)
        port = int(direct.plan["port"])
        measured = [direct]
        if "nginx" not in without:
            measured.append(targets.nginx(stack, folder, authority, port))
        if "patchbay" not in without:
            measured += targets.patchbay(stack, folder, authority, port)
        for number in range(rounds):
            idle = {target.name: idle_cost(target) for target in measured}
            for scenario in SCENARIOS[1:3] + SCENARIOS[4:] if quick else SCENARIOS:
                for target in random.sample(measured, len(measured)):
                    what = f"{number + 1}/{rounds}: {scenario.name}, {target.name}"
                    print(f"\rround {what:<50}", end="", file=sys.stderr, flush=True)
                    runs.append(run(scenario, target, upstream_pid, idle[target.name]))
    print("\r" + " " * 70, file=sys.stderr)
    return runs


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="8 and 32 streams, whole answers")
    parser.add_argument("--without", action="append", default=[], choices=["nginx", "patchbay"])
    parser.add_argument("--out", type=Path, default=ROOT / "var" / "bench")
    options = parser.parse_args()
    about = machine()
    runs = measure(options.rounds, set(options.without), options.quick)
    table = report.tables(runs, about, statistics.median)
    print(table)
    options.out.mkdir(parents=True, exist_ok=True)
    name = options.out / time.strftime("%Y%m%d-%H%M%S.json")
    name.write_text(json.dumps({"machine": about, "runs": [asdict(each) for each in runs]}))
    print(f"\nevery figure: {name}")


if __name__ == "__main__":
    main()
