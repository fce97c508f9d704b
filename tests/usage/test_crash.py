"""kill -9 at random moments: what the upstream saw against what the database holds."""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.usage.databases import ROOT, Database
from usage.disk import Disk
from usage.recovery import recover
from usage.rejected import Rejected
from usage.shipping import Counters
from usage.sink import DatabaseSink

_ROUNDS = int(os.environ.get("PATCHBAY_TEST_KILLS", "250"))


def run(module: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env={**environment, "PYTHONPATH": f"{ROOT}/platform:{ROOT}"},
        check=True,
        stdout=subprocess.PIPE,
    )


def recover_all(root: Path, database: Database) -> Counters:
    counters, sink = Counters(), DatabaseSink(database.settings)
    recover(root, sink, Rejected(root), counters, Disk())
    sink.close()
    return counters


def compare(truth: Path, database: Database) -> Counter[str]:
    """Fails unless each dispatch that may have gone upstream has exactly one, fitting event."""
    lines = [line.split() for line in truth.read_text().splitlines()]
    tried = {line[1] for line in lines if line[0] == "try"}
    opened = {line[1] for line in lines if line[0] == "open"}
    closed = {line[1]: int(line[2]) for line in lines if line[0] == "close"}
    rows = database.query("SELECT dispatch_id, outcome, bytes_out, call_id FROM call_events")
    events = {row[0]: row for row in rows}
    assert len(events) == len(rows), "doubled events"
    assert not opened - set(events), "lost events"
    assert not set(events) - tried, "events of dispatches that never were"
    for dispatch_id, size in closed.items():
        assert events[dispatch_id][1:3] == ("ok", size)
    calls = {row[0] for row in database.query("SELECT id FROM usage_call")}
    assert {row[3] for row in rows} == calls
    return Counter(row[1] for row in rows)


@pytest.mark.slow
def test_every_dispatch_has_exactly_one_event_however_often_it_is_killed(
    tmp_path: Path, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    root, truth, seed = tmp_path / "spool", tmp_path / "truth", time.time_ns() % 100_000
    began = time.monotonic()
    run("tests.usage.driver", str(root), database.url, str(truth), str(_ROUNDS), str(seed))
    counters = recover_all(root, database)
    outcomes = compare(truth, database)
    with capsys.disabled():
        sys.stdout.write(
            f"\n{_ROUNDS} kills in {time.monotonic() - began:.0f} s, seed {seed}:"
            f" {sum(outcomes.values())} dispatches, each one event, {dict(outcomes)}\n"
        )
    assert outcomes["ok"] > _ROUNDS
    assert outcomes["lost_process"] > 0
    assert counters.rejected == 0
    assert [path.name for path in root.iterdir()] == [".lock"], "left behind, or rejected"


@pytest.mark.slow
def test_a_kill_at_each_single_step_loses_nothing(
    tmp_path: Path, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before and after each write, sync, rename, removal and COMMIT of a ledger's life."""
    done = run("tests.usage.failpoints", str(tmp_path), database.url)
    found = json.loads(done.stdout)
    with capsys.disabled():
        sys.stdout.write(f"\n{found['kills']} kills at chosen steps\n")
    assert found["wrong"] == {}
    assert found["kills"] == found["lives"] > 50
