"""Deletes old usage, in batches that hold up nobody."""

from datetime import datetime

from usage.models import Call, CallEvent


def prune(before: datetime, *, batch: int = 1000) -> int:
    """Deletes events and calls that ended before; how many rows.

    Walks each table once in the order of ids, and each batch is a transaction of its own.
    """
    return _prune(CallEvent, before, batch) + _prune(Call, before, batch)


def _prune(model: type[CallEvent] | type[Call], before: datetime, batch: int) -> int:
    deleted, last = 0, ""
    old = model._default_manager.filter(ended_at__lt=before).order_by("pk")
    while ids := list(old.filter(pk__gt=last).values_list("pk", flat=True)[:batch]):
        deleted += old.filter(pk__in=ids).delete()[0]  # those that are old still: a call goes on
        last = ids[-1]
    return deleted
