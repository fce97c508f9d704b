"""Finds this app's pages, and tells the ledger's the names and pages of agents and endpoints."""

from collections.abc import Collection

from endpoints import admin_agents, admin_endpoints
from endpoints.models import Agent, Endpoint
from tenants.admin_names import provide
from tenants.admin_scope import Scope

MOST_OFFERED = 200  # names in one filter; a tenant with more searches by id

__all__ = ["admin_agents", "admin_endpoints"]


def _agents(scope: Scope, ids: Collection[str] | None) -> dict[str, str]:
    rows = scope.narrow(Agent.objects.order_by("name", "id"), "tenant_id")
    rows = rows[:MOST_OFFERED] if ids is None else rows.filter(id__in=ids)
    return dict(rows.values_list("id", "name"))


def _endpoints(scope: Scope, ids: Collection[str] | None) -> dict[str, str]:
    rows = scope.narrow(Endpoint.objects.order_by("name", "id"), "tenant_id")
    rows = rows[:MOST_OFFERED] if ids is None else rows.filter(id__in=ids)
    return dict(rows.values_list("id", "name"))


provide("agent", _agents, "admin:endpoints_agent_change")
provide("endpoint", _endpoints, "admin:endpoints_endpoint_change")
