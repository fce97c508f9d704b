"""Celery's side of validation. Arguments are ids; the row that an id names is the truth."""

import structlog
from celery import shared_task
from kombu.exceptions import OperationalError

from endpoints.validation import lease, runner

log = structlog.get_logger(__name__)


@shared_task
def run_validation(run_id: str) -> None:
    runner.run(run_id)


@shared_task
def sweep() -> None:
    """Announces again what was lost on its way to a worker, or together with one."""
    for run_id in lease.overdue():
        announce(run_id)


def announce(run_id: str) -> None:
    """Wakes a worker. A broker that is away costs time only: the sweep finds the run."""
    try:
        run_validation.delay(run_id)
    except (OperationalError, OSError) as error:
        log.warning("validation.not_announced", run=run_id, error=type(error).__name__)
