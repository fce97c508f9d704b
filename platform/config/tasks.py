"""Tasks of the whole installation."""

import structlog
from celery import shared_task
from django.conf import settings

from endpoints.services import runs
from tenants import changes
from tenants.rest import idempotency
from usage import recovery
from usage.sink import SinkDown

log = structlog.get_logger(__name__)


@shared_task
def prune() -> None:
    """Deletes rows that have outlived their use."""
    deleted = {
        "changes": changes.prune(),
        "replies": idempotency.prune(),
        "runs": runs.prune(),
    }
    log.info("pruned", **deleted)


@shared_task
def ship_orphans() -> None:
    """Ships usage that dead gateways left on this machine, where no gateway runs to do it."""
    try:
        swept = recovery.sweep(settings.SPOOL_DIR)
    except SinkDown as error:
        log.warning("usage.not_shipped", error=type(error).__name__)
    else:
        log.info("usage.shipped", folders=swept.folders, events=swept.shipped)
