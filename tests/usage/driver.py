"""A process that opens and closes dispatches until it is killed, again and again.

Run as `python -m tests.usage.driver ROOT DATABASE_URL TRUTH ROUNDS SEED`. It forks one child per
round (Django is loaded once) and sends it SIGKILL at a random moment. Each child first takes up
what the dead ones left, as a gateway's start does, so recovery is killed too.

TRUTH gets a line before each open (`try`), after it (`open`) and after each close (`close`).
"""

import os
import random
import signal
import sys
import time
from pathlib import Path


def work(root: Path, url: str, truth: int, ready: int, seed: int) -> None:
    """Never returns: ends by the parent's signal."""
    from tests.usage.databases import Database
    from tests.usage.dispatches import final, intent
    from usage.ledger import Ledger
    from usage.records import Intent
    from usage.sink import DatabaseSink
    from usage.spool import Limits

    limits = Limits(segment_bytes=6_000, segment_seconds=0.03)
    ledger = Ledger(root, DatabaseSink(Database(url).settings), limits=limits)
    ledger.start()
    os.write(ready, b".")
    chance = random.Random(seed)
    opened: list[Intent] = []
    for number in range(1_000_000):
        one = intent(dispatch_id=f"dsp_{seed}_{number}", event_id=f"evt_{seed}_{number}")
        os.write(truth, f"try {one.dispatch_id}\n".encode())
        ledger.open(one)
        os.write(truth, f"open {one.dispatch_id}\n".encode())
        opened.append(one)
        while len(opened) > 8 or (opened and chance.random() < 0.5):
            done = opened.pop(chance.randrange(len(opened)))
            ledger.close(final(done, bytes_out=number))
            os.write(truth, f"close {done.dispatch_id} {number}\n".encode())
        time.sleep(chance.random() * 0.001)


def main(root: Path, url: str, truth_path: Path, rounds: int, seed: int) -> None:
    import django

    django.setup()
    chance = random.Random(seed)
    truth = os.open(truth_path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    for number in range(rounds):
        started, ready = os.pipe()
        child = os.fork()
        if child == 0:
            work(root, url, truth, ready, seed * 100_000 + number)
        if chance.random() < 0.9:  # the others may die while they start
            os.read(started, 1)
        time.sleep(chance.random() ** 2 * 0.1)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(started)
        os.close(ready)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]))
