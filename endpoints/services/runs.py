"""Validation runs: begun with each save that matters, and on request."""

from datetime import timedelta
from functools import partial

from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from endpoints.models import Endpoint, RunStatus, ValidationRun
from endpoints.tasks import announce
from endpoints.validation import lease
from tenants.models import Tenant

KEPT = timedelta(days=30)


@transaction.atomic
def endpoint_validate(*, tenant: Tenant, endpoint: Endpoint) -> ValidationRun:
    """A run of the endpoint as it is now; the one that still waits or works, if there is one."""
    endpoint = Endpoint.objects.select_for_update().get(tenant=tenant, pk=endpoint.pk)
    unfinished = ValidationRun.objects.filter(
        endpoint=endpoint,
        endpoint_version=endpoint.version,
        status__in=(RunStatus.QUEUED, RunStatus.RUNNING),
    ).first()
    return unfinished or begin(endpoint)


def begin(endpoint: Endpoint) -> ValidationRun:
    """Queues a run in the caller's transaction; a worker is woken once that is committed."""
    lease.supersede(endpoint)
    run = ValidationRun.objects.create(
        tenant_id=endpoint.tenant_id, endpoint=endpoint, endpoint_version=endpoint.version
    )
    transaction.on_commit(partial(announce, run.id), robust=True)
    return run


def prune() -> int:
    """Deletes runs that ended long ago, but never an endpoint's newest; returns how many."""
    newest = ValidationRun.objects.filter(endpoint=OuterRef("endpoint")).order_by("-created_at")
    old = ValidationRun.objects.filter(finished_at__lt=timezone.now() - KEPT).exclude(
        id=Subquery(newest.values("id")[:1])
    )
    _, by_model = old.delete()
    return by_model.get(ValidationRun._meta.label, 0)
