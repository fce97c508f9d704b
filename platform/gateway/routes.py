"""Which endpoint a call goes to: agents' snapshots, warmed off the event loop."""

from collections.abc import Mapping
from dataclasses import dataclass

from dispatch.endpoint import EndpointSnapshot
from endpoints.snapshots import agent_snapshot
from gateway.errors import Refused
from tenants.selectors import Caller
from vault.envelope import SecretUnreadable


@dataclass(frozen=True, slots=True)
class Route:
    """An agent with its credentials opened; `unreadable` names the channels where that failed."""

    agent_id: str
    tenant_id: str
    slots: Mapping[str, EndpointSnapshot]
    unreadable: frozenset[str]


def load(agent_id: str) -> Route | None:
    """Reads the database and opens the vault: runs on a thread, never in the event loop."""
    agent = agent_snapshot(agent_id)
    if agent is None:
        return None
    unreadable = frozenset(name for name, slot in agent.slots.items() if not _opens(slot))
    return Route(agent.id, agent.tenant_id, agent.slots, unreadable)


def _opens(slot: EndpointSnapshot) -> bool:
    try:
        len(slot.auth_secrets)
    except SecretUnreadable:
        return False
    return True


def endpoint_for(route: Route | None, caller: Caller, channel: str) -> EndpointSnapshot:
    """Raises `Refused`. What another tenant owns is refused exactly like what does not exist."""
    if route is None or route.tenant_id != caller.tenant_id:
        raise Refused("agent_not_found")
    if caller.agent_id and caller.agent_id != route.agent_id:
        raise Refused("agent_not_found")
    if channel not in caller.scopes:
        raise Refused("scope_missing")
    if not caller.plan.custom_endpoints:
        raise Refused("plan_required")
    endpoint = route.slots.get(channel)
    if endpoint is None:
        raise Refused(f"custom_{channel}_not_configured")
    if channel in route.unreadable:
        raise Refused("secret_unreadable")
    return endpoint
