"""Transcriber sockets through Patchbay, beside nginx and the bare upstream.

    python -m benchmarks.sockets [--sockets 200] [--seconds 60] [--rounds 1] [--without nginx]

Every round talks over every way in, in random order: each socket carries 50 frames a second each
way. Before a round the sockets are opened and left alone for a moment, for their memory.
"""

import argparse
import json
import os
import random
import select
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "platform"), str(ROOT)]

from benchmarks.__main__ import machine  # noqa: E402 - the paths above come first
from benchmarks.accounting import cpu_seconds, memory_bytes  # noqa: E402
from benchmarks.sockets import report, targets  # noqa: E402
from benchmarks.sockets.talk import INTERVAL  # noqa: E402
from benchmarks.sockets.targets import Upstream  # noqa: E402
from benchmarks.targets import Target  # noqa: E402
from tests.upstreams.authority import Authority  # noqa: E402

SETTLE = 2.0
"""Seconds until opened sockets, or what the last run left, have come to rest."""
WARM_UP = (1, 1.0)
"""Sockets and seconds that a process sees first: few, for what they took is not given back."""


@dataclass
class Run:
    """`expected` frames each way; processor time in seconds, memory in bytes.

    `up` and `down` are of `Arrivals.as_json`.
    """

    target: str
    sockets: int
    expected: int
    up: dict[str, Any]
    down: dict[str, Any]
    badly_closed: int
    wall: float
    cpu: float
    load_cpu: float
    upstream_cpu: float
    memory_without: int
    memory_idle: int
    memory_busy: int
    load_average: float


def run(target: Target, upstream: Upstream, sockets: int, seconds: float) -> Run:
    without = _memory(target)
    plan = {**target.plan, "sockets": sockets, "seconds": seconds}
    command = [sys.executable, "-m", "benchmarks.sockets.load", json.dumps(plan)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=ROOT) as load:
        assert load.stdin is not None
        assert load.stdout is not None
        if load.stdout.readline() != "ready\n":
            raise SystemExit(f"{target.name}: the sockets were not opened")
        time.sleep(SETTLE)
        idle, before = _memory(target), upstream.report()["cpu"]
        used = _cpu(target)
        load.stdin.write("go\n")
        load.stdin.flush()
        busy = idle
        while not select.select([load.stdout], [], [], 1.0)[0]:
            busy = max(busy, _memory(target))
        down = json.loads(load.stdout.readline() or "{}")
    if not down:
        raise SystemExit(f"{target.name}: the run failed")
    used, average = _cpu(target) - used, os.getloadavg()[0]
    time.sleep(SETTLE)
    up = upstream.report()
    return Run(
        target.name, sockets, sockets * round(seconds / INTERVAL), up, down, down["badly_closed"],
        down["wall"], used, down["cpu"], up["cpu"] - before, without, idle, busy, average,
    )  # fmt: skip


def _cpu(target: Target) -> float:
    return cpu_seconds(target.pid) if target.pid else 0.0


def _memory(target: Target) -> int:
    return memory_bytes(target.pid) if target.pid else 0


def measure(sockets: int, seconds: float, rounds: int, without: set[str]) -> list[Run]:
    runs = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="patchbay-bench-")))
        authority = Authority(folder)
        upstream = Upstream(stack, folder, authority)
        measured = [targets.direct(upstream, authority)]
        if "nginx" not in without:
            measured.append(targets.nginx(stack, folder, authority, upstream.port))
        if "patchbay" not in without:
            measured.append(targets.patchbay(stack, folder, authority, upstream.port))
        for target in measured:
            run(target, upstream, *WARM_UP)
        for number in range(rounds):
            for target in random.sample(measured, len(measured)):
                what = f"{number + 1}/{rounds}: {target.name}"
                print(f"\rround {what:<50}", end="", file=sys.stderr, flush=True)
                runs.append(run(target, upstream, sockets, seconds))
    print("\r" + " " * 60, file=sys.stderr)
    return runs


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.sockets", description=__doc__.splitlines()[0])
    parser.add_argument("--sockets", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--without", action="append", default=[], choices=["nginx", "patchbay"])
    parser.add_argument("--out", type=Path, default=ROOT / "var" / "bench")
    options = parser.parse_args()
    about = machine()
    runs = measure(options.sockets, options.seconds, options.rounds, set(options.without))
    print(report.tables(runs, about))
    options.out.mkdir(parents=True, exist_ok=True)
    name = options.out / time.strftime("sockets-%Y%m%d-%H%M%S.json")
    name.write_text(json.dumps({"machine": about, "runs": [asdict(each) for each in runs]}))
    print(f"\nevery figure: {name}")


if __name__ == "__main__":
    main()
