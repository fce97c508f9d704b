"""Reads. Every selector of tenant data takes the tenant first."""

from collections.abc import Iterable

from django.db.models import Prefetch, Q, QuerySet

from endpoints.models import Agent, Channel, Endpoint, ValidationRun
from tenants.models import Tenant


def agents_of(tenant: Tenant) -> QuerySet[Agent]:
    return Agent.objects.filter(tenant=tenant)


def agent_belongs(tenant_id: str, agent_id: str) -> bool:
    return Agent.objects.filter(tenant_id=tenant_id, id=agent_id).exists()


def endpoints_of(tenant: Tenant) -> QuerySet[Endpoint]:
    """With what showing one takes: its targets and its provider."""
    return (
        Endpoint.objects.filter(tenant=tenant)
        .select_related("provider")
        .prefetch_related("targets")
    )


def validation_runs_of(tenant: Tenant) -> QuerySet[ValidationRun]:
    return ValidationRun.objects.filter(tenant=tenant)


def agents_using(tenant: Tenant, endpoint: Endpoint) -> QuerySet[Agent]:
    """The agents that have the endpoint in a slot."""
    in_a_slot = Q()
    for channel in Channel:
        in_a_slot |= Q(**{channel.value: endpoint})
    return agents_of(tenant).filter(in_a_slot)


def latest_runs(tenant: Tenant, endpoints: Iterable[Endpoint]) -> dict[str, ValidationRun]:
    """The newest run of each endpoint's current version, by endpoint id.

    A run of an older version says nothing about what the endpoint is now, so it is not among them.
    """
    versions = {endpoint.id: endpoint.version for endpoint in endpoints}
    runs = validation_runs_of(tenant).filter(endpoint_id__in=versions).order_by("created_at", "id")
    return {
        run.endpoint_id: run for run in runs if run.endpoint_version == versions[run.endpoint_id]
    }


def runs_with_checks(tenant: Tenant) -> QuerySet[ValidationRun]:
    return validation_runs_of(tenant).prefetch_related(Prefetch("checks"))


def agents_with_slots(tenant: Tenant) -> QuerySet[Agent]:
    """With what showing one takes: the endpoints in its slots, and their targets."""
    slots = Channel.values
    return (
        agents_of(tenant)
        .select_related(*slots)
        .prefetch_related(*(f"{slot}__targets" for slot in slots))
    )
