"""What every long-running process does before anything else."""

import contextlib
import os
import tempfile

from django.conf import settings
from django.db import connections

from config import database
from config.env import BadVariable
from config.logging import log_uncaught
from egress.connect import tls_context
from endpoints.policy import policy
from vault.startup import verify


def ready_to_serve() -> None:
    """Ends the process with one line when it could not do its work: see what is raised below."""
    close_var()
    look_at_files()
    database.look()
    verify()
    connections.close_all()
    log_uncaught()


def look_at_files() -> None:
    """Raises `BadVariable` when what a variable points to cannot be written or read."""
    spool, roots = settings.SPOOL_DIR, settings.EGRESS_CA_FILE
    try:
        spool.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=spool).close()
    except OSError as error:
        raise BadVariable(f"SPOOL_DIR is wrong: {spool}: {error.strerror}.") from error
    try:
        tls_context(policy())
    except OSError as error:  # of the file system, or OpenSSL's about what it reads there
        why = error.strerror or error
        raise BadVariable(f"EGRESS_CA_FILE is wrong: {roots}: {why}.") from error


def close_var() -> None:
    """Keeps the machine's other users out of a `var/` of our own, made by an open hand.

    The database there has session keys, and files that are open already stay so.
    """
    with contextlib.suppress(OSError):  # not there yet, or on a disk that cannot be changed
        if settings.VAR_DIR.stat().st_uid == os.geteuid():
            settings.VAR_DIR.chmod(0o700)
