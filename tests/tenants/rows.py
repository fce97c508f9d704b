"""Rows that many tests need, made as the real services make them."""

from typing import Any

from endpoints.models import Agent
from tenants import keys
from tenants.models import ApiKey, Tenant


def tenant(name: str = "Acme", plan: str = "pro") -> Tenant:
    return Tenant.objects.create(name=name, plan_name=plan)


def api_key(owner: Tenant, *scopes: str, **fields: Any) -> tuple[ApiKey, str]:
    """A key row and its text; every scope unless some are named."""
    text = keys.new_key().reveal()
    row = ApiKey.objects.create(
        tenant=owner,
        name="test",
        digest=keys.digest(text),
        prefix=text[:12],
        last4=text[-4:],
        scopes=list(scopes) or list(keys.SCOPES),
        **fields,
    )
    return row, text


def agent(owner: Tenant) -> Agent:
    """An agent with three empty slots."""
    return Agent.objects.create(tenant=owner, name="Reception")
