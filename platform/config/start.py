"""What every long-running process does before anything else."""

from django.db import connections

from config.logging import log_uncaught
from vault.startup import verify


def ready_to_serve() -> None:
    """Ends the process with one line when the master keys are not the right ones."""
    verify()
    connections.close_all()
    log_uncaught()
