"""Finds this app's pages, and tells the ledger's the names and pages of agents and endpoints."""

from collections.abc import Collection

from endpoints import admin_agents, admin_endpoints
from endpoints.admin_labels import labels
from endpoints.models import Agent, Endpoint
from tenants.admin_names import provide
from tenants.admin_scope import Scope

__all__ = ["admin_agents", "admin_endpoints"]


def _agents(scope: Scope, ids: Collection[str] | None) -> dict[str, str]:
    return labels(scope.narrow(Agent.objects.all(), "tenant_id"), ids)


def _endpoints(scope: Scope, ids: Collection[str] | None) -> dict[str, str]:
    rows = scope.narrow(Endpoint.objects.prefetch_related("targets"), "tenant_id")
    return labels(rows, ids)


provide("agent", _agents, "admin:endpoints_agent_change")
provide("endpoint", _endpoints, "admin:endpoints_endpoint_change")
