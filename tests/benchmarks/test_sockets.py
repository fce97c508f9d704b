"""The benchmark of sockets sees every frame, counts what is lost, and says what was kept."""

import shutil
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.sockets import __main__ as bench
from benchmarks.sockets import report, talk, targets
from benchmarks.targets import NGINX_PATH
from egress.frames import FrameReader
from tests.upstreams.authority import Authority


def test_its_frames_are_those_of_the_protocol_and_tell_number_and_moment() -> None:
    before = time.monotonic()
    ((opcode, heard, final),) = FrameReader(masked=True).feed(talk.audio(7, 9))
    assert (opcode, len(heard), final) == (talk.BINARY, 640, True)
    number, total, written = talk.read_audio(heard)
    assert (number, total) == (7, 9)
    assert before <= written <= time.monotonic()
    ((opcode, said, final),) = FrameReader(masked=False).feed(talk.words(1234567))
    assert (opcode, final) == (talk.TEXT, True)
    number, written = talk.read_words(said)
    assert number == 1234567
    assert before - 1e-6 <= written <= time.monotonic()


def test_frames_are_found_at_every_split() -> None:
    wire = talk.words(0) + talk.audio(1, 2) + talk.frame(talk.PING, b"", client=True)
    whole, rest = talk.split(wire)
    assert ([opcode for opcode, _ in whole], rest) == ([1, 2, 9], b"")
    for at in range(len(wire)):
        first, rest = talk.split(wire[:at])
        second, left = talk.split(rest + wire[at:])
        assert (first + second, left) == (whole, b"")


def test_arrivals_count_what_comes_out_of_turn() -> None:
    arrivals = talk.Arrivals()
    for wanted, number in enumerate((0, 1, 3, 2)):
        arrivals.note(number, wanted, time.monotonic() - 0.005)
    told = arrivals.as_json()
    assert (told["arrived"], told["out_of_turn"]) == (4, 2)
    assert min(dict(told["delays"])) >= 500


@pytest.mark.parametrize("through", ["direct", "nginx", "patchbay"])
def test_a_run_takes_every_frame_both_ways(tmp_path: Path, through: str) -> None:
    authority = Authority(tmp_path)
    with ExitStack() as stack:
        upstream = targets.Upstream(stack, tmp_path, authority)
        target = targets.direct(upstream, authority)
        if through == "nginx":
            if shutil.which("nginx", path=NGINX_PATH) is None:
                pytest.skip("nginx, which only comparisons need, is not installed")
            target = targets.nginx(stack, tmp_path, authority, upstream.port)
        elif through == "patchbay":
            target = targets.patchbay(stack, tmp_path, authority, upstream.port)
        run = bench.run(target, upstream, sockets=3, seconds=0.2)
    assert (run.expected, run.badly_closed) == (30, 0)
    for way in (run.up, run.down):
        assert (way["arrived"], way["out_of_turn"]) == (30, 0)
        assert 0 < report.quantile(Counter(dict(way["delays"])), 0.5) < 20_000
    assert run.wall > 0.15
    assert (run.cpu > 0) is (run.memory_idle > 0) is (through != "direct")


def test_sockets_that_are_refused_end_the_run(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with ExitStack() as stack:
        upstream = targets.Upstream(stack, tmp_path, authority)
        target = targets.direct(upstream, authority)
        target.plan["path"] = "/elsewhere"
        with pytest.raises(SystemExit, match="direct: the sockets were not opened"):
            bench.run(target, upstream, sockets=2, seconds=0.1)


def arrived(delay: int, count: int = 100, out_of_turn: int = 0) -> dict[str, Any]:
    return {"arrived": count, "out_of_turn": out_of_turn, "delays": [(delay, count)]}


DIRECT = bench.Run(
    "direct", 10, 100, arrived(100), arrived(100), 0, 1.0, 0.0, 0.1, 0.1, 0, 0, 0, 0.5
)
KEPT = replace(
    DIRECT, target="patchbay", up=arrived(2000), down=arrived(2100), cpu=0.006,
    memory_idle=600 * 1024, memory_busy=640 * 1024,
)  # fmt: skip


@pytest.mark.parametrize(
    ("run", "missed"),
    [
        (KEPT, []),
        (replace(KEPT, up=arrived(2101)), ["added delay, caller to endpoint"]),
        (replace(KEPT, down=arrived(2101)), ["added delay, endpoint to caller"]),
        (replace(KEPT, up=arrived(200, 99)), ["frames missing"]),
        (replace(KEPT, down=arrived(200, 100, 1)), ["frames missing"]),
        (replace(KEPT, memory_busy=641 * 1024), ["memory a socket"]),
    ],
)
def test_goals_are_kept_or_missed_by_the_figures(run: bench.Run, missed: list[str]) -> None:
    text = report.tables([DIRECT, run], {"cores": 2})
    lines = [line for line in text.splitlines() if line.startswith("MISSED ")]
    assert len(lines) == len(missed)
    assert all(what in line for what, line in zip(missed, lines, strict=True))
    assert "| patchbay | 30.0 (30.0-30.0) | 60.0 (60.0-60.0) |" in text


def test_a_machine_too_busy_to_judge_is_named() -> None:
    busy = replace(DIRECT, down=arrived(1001))
    assert "too busy to judge: direct alone took 10 ms" in report.tables([busy, KEPT], {})
    assert "too busy" not in report.tables([DIRECT, KEPT], {})


def test_quantiles_are_delays_that_were_seen() -> None:
    delays = Counter(dict.fromkeys(range(1, 101), 1))
    assert report.quantile(delays, 0.5) == 0.50
    assert report.quantile(delays, 0.99) == 0.99
    assert report.quantile(Counter(), 0.99) == 0.0
