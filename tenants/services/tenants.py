"""Tenants and their plans."""

from django.db import transaction

from tenants import changes
from tenants.errors import wrong
from tenants.models import Tenant
from tenants.plans import PLANS


@transaction.atomic
def tenant_create(*, name: str, plan: str = "free") -> Tenant:
    tenant = Tenant(name=name.strip(), plan_name=_known_plan(plan))
    tenant.full_clean()
    tenant.save(force_insert=True)
    return tenant


@transaction.atomic
def tenant_rename(*, tenant: Tenant, name: str) -> Tenant:
    tenant.name = name.strip()
    tenant.full_clean()
    tenant.save(update_fields=["name"])
    return tenant


@transaction.atomic
def plan_set(*, tenant: Tenant, plan: str) -> Tenant:
    tenant.plan_name = _known_plan(plan)
    tenant.save(update_fields=["plan_name"])
    changes.notify("tenant", tenant.id, tenant.id)
    return tenant


def _known_plan(name: str) -> str:
    if name not in PLANS:
        raise wrong("plan", f"A plan is one of: {', '.join(PLANS)}.", "invalid_choice")
    return name
