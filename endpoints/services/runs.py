"""Validation runs: begun with each save that matters, and on request."""

from datetime import timedelta
from functools import partial

from django.db import transaction
from django.db.models import F, OuterRef, Subquery
from django.utils import timezone

from endpoints.models import Endpoint, RunStatus, ValidationRun
from endpoints.tasks import announce
from endpoints.validation import lease
from tenants.models import Tenant
from tenants.services import locked, tenant_lock

KEPT = timedelta(days=30)
ANNOUNCED = 60  # by one change of a credential; a tenant gets no more runs in a minute anyway


@transaction.atomic
def endpoint_validate(*, tenant: Tenant, endpoint: Endpoint) -> ValidationRun:
    """A run of the endpoint as it is now; the one that still waits or works, if there is one."""
    tenant_lock(tenant)
    endpoint = locked(Endpoint.objects.filter(tenant=tenant), endpoint)
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


def begin_for_users(tenant_id: str, provider_id: str) -> None:
    """Queues a run for each endpoint with this credential, in the caller's transaction.

    Their version is counted up, since a verdict on the old credential is none on the new one. A
    few statements do it, however many they are; beyond `ANNOUNCED` the sweep wakes the workers.
    """
    users = Endpoint.objects.filter(tenant_id=tenant_id, provider_id=provider_id)
    versions = list(
        users.select_for_update(no_key=True).order_by("id").values_list("id", "version")
    )
    ids = [endpoint_id for endpoint_id, _ in versions]
    Endpoint.objects.filter(id__in=ids).update(version=F("version") + 1)
    lease.supersede_all(ids)
    runs = ValidationRun.objects.bulk_create(
        ValidationRun(tenant_id=tenant_id, endpoint_id=endpoint_id, endpoint_version=version + 1)
        for endpoint_id, version in versions
    )
    for run in runs[:ANNOUNCED]:
        transaction.on_commit(partial(announce, run.id), robust=True)


def prune() -> int:
    """Deletes runs that ended long ago, but never an endpoint's newest; returns how many."""
    newest = ValidationRun.objects.filter(endpoint=OuterRef("endpoint")).order_by("-created_at")
    old = ValidationRun.objects.filter(finished_at__lt=timezone.now() - KEPT).exclude(
        id=Subquery(newest.values("id")[:1])
    )
    _, by_model = old.delete()
    return by_model.get(ValidationRun._meta.label, 0)
