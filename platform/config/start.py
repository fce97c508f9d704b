"""What every long-running process does before anything else."""

import contextlib
import os

from django.conf import settings
from django.db import connections

from config import database
from config.logging import log_uncaught
from vault.startup import verify


def ready_to_serve() -> None:
    """Ends the process with one line when it could not do its work: see what is raised below."""
    close_var()
    database.look()
    verify()
    connections.close_all()
    log_uncaught()


def close_var() -> None:
    """Keeps the machine's other users out of a `var/` of our own, made by an open hand.

    The database there has session keys, and files that are open already stay so.
    """
    with contextlib.suppress(OSError):  # not there yet, or on a disk that cannot be changed
        if settings.VAR_DIR.stat().st_uid == os.geteuid():
            settings.VAR_DIR.chmod(0o700)
