"""One `make run` at a time in a folder: two would share its database, spool and demo."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from config.first_run import DEMO_DIR

LOCK = DEMO_DIR / "running"


class AlreadyRuns(Exception):
    """Another process has the folder; the text is one sentence that says which."""


@contextmanager
def alone() -> Iterator[None]:
    """Holds the folder, and tells others who does. Raises `AlreadyRuns`.

    The kernel lets go of it however the process ends, so nothing stale is left behind.
    """
    DEMO_DIR.mkdir(parents=True, exist_ok=True)
    with open(os.open(LOCK, os.O_RDWR | os.O_CREAT, 0o600), "r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyRuns(_sentence(file.read())) from error
        file.truncate()
        file.write(f"{settings.PUBLIC_URL} (process {os.getpid()})")
        file.flush()
        yield


def _sentence(who: str) -> str:
    where = f" at {who}" if who else ""
    return f"Patchbay already runs in this folder{where}. Use it, or stop it first, with Ctrl-C."
