"""Kills a process before and after every single thing it does to the disk and the database.

Run as `python -m tests.usage.failpoints ROOT DATABASE_URL`. One short life of a ledger is counted
out, step by step and without threads; then it is lived again for each step, to be killed there.
Prints one JSON object: how many kills there were, and what was wrong after which.
"""

import json
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from usage.disk import Disk


class KillingDisk(Disk):
    """Counts what it is asked for; at the operation `at` it is killed before or after doing it."""

    def __init__(self, at: int = -1, *, after: bool = False) -> None:
        self.count = 0
        self._at, self._after = at, after

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        if name not in ("create", "write", "truncate", "sync", "sync_folder", "replace", "remove"):
            return found

        def counted(*args: Any) -> Any:
            self.count += 1
            mine = self.count == self._at
            if mine and not self._after:
                os.kill(os.getpid(), signal.SIGKILL)
            result = found(*args)
            if mine:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return counted


def live(root: Path, url: str, name: str, disk: Disk, before: int = 0, after: int = 0) -> None:
    """Opens, closes, syncs, turns over, ships, shrinks, removes; writes the truth to a file."""
    from tests.usage.databases import Database
    from tests.usage.dispatches import final, intent
    from tests.usage.sinks import KillingSink
    from usage import records
    from usage.framing import frame
    from usage.rejected import Rejected
    from usage.segments import make
    from usage.shipping import Counters, FolderShipper
    from usage.spool import Limits, Spool

    sink = KillingSink(Database(url).settings, before, after)
    segments = make(root / "spool", disk)
    spool = Spool(segments, Limits(reserve_bytes=0), threading.Event())
    shipper = FolderShipper(segments, sink, Rejected(root / "spool"), Counters())
    named = [intent(dispatch_id=f"{name}_{n}", event_id=f"evt_{name}_{n}") for n in range(303)]
    truth = os.open(root / name, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def write(word: str, chosen: slice) -> None:
        make_record = (lambda one: one) if word == "open" else final
        some = named[chosen]
        spool.append(b"".join(frame(records.encode(make_record(one))) for one in some))
        os.write(truth, "".join(f"{word} {one.dispatch_id}\n" for one in some).encode())

    def ship() -> None:
        while shipper.step(spool.position):
            pass

    write("open", slice(0, 302))
    write("close", slice(0, 1))
    spool.sync()
    ship()
    write("close", slice(1, 301))
    spool.turn_over()
    write("open", slice(302, 303))
    ship()
    spool.turn_over()
    write("close", slice(301, 302))
    spool.sync()
    ship()
    sink.close()
    spool.close()
    segments.release()


def check(root: Path, url: str, name: str) -> str:
    """Recovers what the killed process left, and says what is wrong then."""
    from tests.usage.databases import Database
    from usage.recovery import recover
    from usage.rejected import Rejected
    from usage.shipping import Counters
    from usage.sink import DatabaseSink

    sink, counters = DatabaseSink(Database(url).settings), Counters()
    recover(root / "spool", sink, Rejected(root / "spool"), counters, Disk())
    sink.close()
    rows = Database(url).query(
        "SELECT dispatch_id, outcome FROM call_events WHERE dispatch_id LIKE %s", f"{name}\\_%"
        if url.startswith("postgres") else f"{name}_%"
    )  # fmt: skip
    lines = (root / name).read_text().split() if (root / name).exists() else []
    told = list(zip(lines[::2], lines[1::2], strict=True))
    opened = {dispatch for word, dispatch in told if word == "open"}
    closed = {dispatch for word, dispatch in told if word == "close"}
    outcomes = dict(rows)
    left = [path.name for path in (root / "spool").iterdir() if path.name != ".lock"]
    wrong = {
        "lost": opened - set(outcomes),
        "doubled": len(rows) - len(outcomes),
        "not ok though closed": {one for one in closed if outcomes.get(one) != "ok"},
        "rejected": counters.rejected,
        "left": left,
    }
    return ", ".join(f"{what}: {which}" for what, which in wrong.items() if which)


def main(root: Path, url: str) -> None:
    import django

    django.setup()
    whole = KillingDisk()
    live(root, url, "whole", whole)
    lives: list[dict[str, Any]] = [
        {"disk": KillingDisk(at, after=after)} for at in range(1, whole.count) for after in (0, 1)
    ]
    lives += [{"disk": Disk(), when: batch} for when in ("before", "after") for batch in (1, 2, 3)]
    wrong = {"whole": check(root, url, "whole")}
    kills = 0
    for number, given in enumerate(lives):
        name = f"life{number:04d}"
        child = os.fork()
        if child == 0:
            live(root, url, name, **given)
            os._exit(0)
        kills += os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
        wrong[name] = check(root, url, name)
    sys.stdout.write(
        json.dumps({"kills": kills, "lives": len(lives),
                    "wrong": {name: what for name, what in wrong.items() if what}})
    )  # fmt: skip


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
