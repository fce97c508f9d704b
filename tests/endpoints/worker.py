"""Starts the real worker command against the database of the running test."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from django.db import connection

ROOT = Path(__file__).resolve().parents[2]


def database_url() -> str:
    """The test's own database, as another process must be told of it."""
    about = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{about['NAME']}"
    login = f"{about['USER']}:{about['PASSWORD']}@{about['HOST']}:{about['PORT']}"
    return f"postgres://{login}/{about['NAME']}"


def environment(**variables: str) -> dict[str, str]:
    """What another process of ours is started with."""
    real = {"DJANGO_SETTINGS_MODULE": "config.settings", "DATABASE_URL": database_url()}
    return {**os.environ, **real, **variables}


class Worker:
    """`manage.py worker` as it is run for real; its log is in `log`."""

    def __init__(self, folder: Path, **variables: str) -> None:
        self.log = folder / f"worker-{time.monotonic_ns()}.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "worker"],
                cwd=ROOT,
                env=environment(**variables),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)

    def stop(self, seconds: float = 90) -> int:
        """Ends it as a deployment does; its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)


def wait_for(happened: Callable[[], bool], worker: Worker, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert worker.process.poll() is None, worker.log.read_text()[-3000:]
        assert time.monotonic() < deadline, worker.log.read_text()[-3000:]
        time.sleep(0.05)
