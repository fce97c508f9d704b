"""The benchmark measures what it says: its tools count right, and a fault ends it loudly."""

import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from benchmarks import __main__ as bench
from benchmarks import report, targets
from benchmarks.accounting import cpu_seconds, family, memory_bytes
from tests.upstreams.authority import Authority

BUSY = """
import subprocess, sys, threading, time
def work(seconds):
    while time.thread_time() < seconds: pass
child = subprocess.Popen([sys.executable, "-c",
    "import time, sys\\nwhile time.process_time() < 0.4: pass\\n"
    "print(time.process_time(), flush=True); sys.stdin.read()"],
    stdin=subprocess.PIPE, stdout=subprocess.PIPE)
thread = threading.Thread(target=work, args=(0.3,))
thread.start(); thread.join()
print(float(child.stdout.readline()) + time.process_time(), flush=True)
sys.stdin.read()
"""


def test_processor_time_counts_ended_threads_and_living_children() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", BUSY], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        told = float(process.stdout.readline())
        assert told >= 0.7
        assert told <= cpu_seconds(process.pid) < told + 0.2
        assert len(family(process.pid)) == 2
        assert memory_bytes(process.pid) > 2**22
        process.stdin.close()


def test_patchbay_passes_through_and_translates(tmp_path: Path) -> None:
    with ExitStack() as stack:
        authority = Authority(tmp_path)
        direct, pid = targets.upstream(stack, tmp_path, authority)
        both = targets.patchbay(stack, tmp_path, authority, int(direct.plan["port"]))
        for words in (0, 3):
            scenario = bench.Scenario("x", lanes=2, rounds=2, words=words)
            runs = [bench.run(scenario, target, pid) for target in both]
            assert [(run.target, run.requests) for run in runs] == [
                ("patchbay", 4),
                ("translated", 4),
            ]


@pytest.mark.parametrize("words", [0, 3])
def test_a_run_against_the_upstream_reports_every_request(tmp_path: Path, words: int) -> None:
    scenario = bench.Scenario("x", lanes=2, rounds=3, words=words)
    with ExitStack() as stack:
        target, pid = targets.upstream(stack, tmp_path, Authority(tmp_path))
        began = time.monotonic()
        run = bench.run(scenario, target, pid)
        took = time.monotonic() - began
    assert (run.requests, run.chunks) == (6, 6 * words)
    assert len(run.first) == 6
    assert 0 < min(run.first) <= max(run.first) < took
    assert run.load_cpu > 0
    assert run.upstream_cpu > 0


def test_an_answer_that_is_not_200_ends_the_run(tmp_path: Path) -> None:
    with ExitStack() as stack:
        target, pid = targets.upstream(stack, tmp_path, Authority(tmp_path))
        target.plan["path"] = "/elsewhere"
        with pytest.raises(SystemExit, match="direct, x: the warm-up failed"):
            bench.run(bench.Scenario("x", lanes=1, rounds=1, words=0), target, pid)


def test_without_nginx_the_start_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda *names, **options: None)
    with ExitStack() as stack, pytest.raises(SystemExit, match="apt-get install nginx"):
        targets.nginx(stack, tmp_path, Authority(tmp_path), port=1)


def made(target: str, scenario: str, cpu: float, first: float, chunks: int = 100) -> bench.Run:
    return bench.Run(scenario, target, 100, chunks, 1.0, [first] * 100, cpu, 0.1, 0.1, 2**20, 0.003)


@pytest.mark.parametrize(("more", "word"), [(0.0024, "kept  "), (0.0026, "MISSED")])
def test_what_a_translation_costs_is_the_difference_to_passing_through(
    more: float, word: str
) -> None:
    runs = [made("direct", "s", 0, 0.001), made("nginx", "s", 0.1, 0.001)]
    runs += [made("patchbay", "s", 0.2, 0.001), made("translated", "s", 0.2 + more, 0.001)]
    said = f"{word} a translated chunk's processor time beyond a passed one's, µs: {more * 1e4:.2f}"
    assert said in report.tables(runs, {"cores": 2}, max)


@pytest.mark.parametrize(("cpu", "first", "request_cpu", "missed"), [
    (0.34, 0.0029, 0.049, 0), (0.36, 0.0029, 0.049, 1), (0.36, 0.0032, 0.051, 3),
])  # fmt: skip
def test_goals_are_kept_or_missed_by_the_figures(
    cpu: float, first: float, request_cpu: float, missed: int
) -> None:
    runs = [
        made("direct", "1 stream", 0, 0.001), made("direct", "whole", 0, 0.001, 0),
        made("nginx", "1 stream", 0.1, 0.001), made("nginx", "whole", 0.001, 0.001, 0),
        made("patchbay", "1 stream", cpu, first), made("patchbay", "whole", request_cpu, first, 0),
    ]  # fmt: skip
    text = report.tables(runs, {"cores": 2}, max)
    assert text.count("MISSED") == missed
    assert text.count("kept  ") == 3 - missed
    assert f"| 1 stream | chunk | 1000.0 (1000.0-1000.0) | {cpu * 1e4:.1f}" in text


def test_quantiles_are_values_that_were_seen() -> None:
    values = [float(number) for number in range(1, 101)]
    assert report.quantile(values, 0.5) == 51
    assert report.quantile(values, 0.99) == 100
    assert report.quantile([7.0], 0.99) == 7
