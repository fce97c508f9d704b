"""The feed of changes: how every gateway process learns that a snapshot of its is out of date."""

from datetime import timedelta
from functools import lru_cache
from typing import Literal

import redis
import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from tenants.models import Change

Kind = Literal["api_key", "agent", "endpoint", "provider", "tenant"]

CHANNEL = "patchbay:changes"  # the Redis channel; a message carries nothing, it wakes the poll
WINDOW = timedelta(seconds=60)
KEPT = timedelta(days=1)

log = structlog.get_logger(__name__)


def notify(kind: Kind, object_id: str, tenant_id: str) -> None:
    """Writes a notice into the caller's transaction, so that it tells of the change or not at all.

    `object_id` is the SHA-256 digest of an API key, else the object's id. Raises `RuntimeError`
    outside a transaction: a notice that stands without its change would be useless.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("a change notice belongs to the transaction of its change")
    Change.objects.create(kind=kind, object_id=object_id, tenant_id=tenant_id)
    if settings.REDIS_URL:
        transaction.on_commit(_wake)


def recent(window: timedelta = WINDOW) -> list[tuple[int, str, str, str]]:
    """The notices of `window` as (row id, kind, object id, tenant id), oldest first.

    The window is wide because rows become visible in the order of commits, not of ids: a reader
    polls it whole and skips the row ids that it has seen.
    """
    rows = Change.objects.filter(created_at__gte=timezone.now() - window).order_by("id")
    return list(rows.values_list("id", "kind", "object_id", "tenant_id"))


def prune() -> int:
    """Deletes notices older than a day; returns how many."""
    return Change.objects.filter(created_at__lt=timezone.now() - KEPT).delete()[0]


@lru_cache(maxsize=1)
def _connection(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1)


def _wake() -> None:
    """Readers poll each second anyway, so a Redis that is away only costs them that second."""
    try:
        _connection(settings.REDIS_URL).publish(CHANNEL, b"")
    except redis.RedisError as error:
        log.warning("changes.wake_failed", error=type(error).__name__)
