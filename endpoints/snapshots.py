"""Endpoints and agents as the data plane sees them: frozen, complete, read from no database.

A credential is opened when it is first asked for and stays open in the snapshot, so a gateway that
has warmed an agent goes on without the database and without the vault.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from dispatch.endpoint import EndpointSnapshot
from endpoints.clocks import clocks
from endpoints.models import Agent, Channel, Endpoint, Target
from tenants.models import TenantProvider
from tenants.plans import Plan
from vault.envelope import SecretUnreadable
from vault.secret import Secret


class Unreadable(Mapping[str, Secret]):
    """Stands for the secrets of an endpoint of which one does not open; raises at any look."""

    __slots__ = ("_error",)

    def __init__(self, error: SecretUnreadable) -> None:
        self._error = error

    def __getitem__(self, name: str) -> Secret:
        raise self._error

    def __iter__(self) -> Iterator[str]:
        raise self._error

    def __len__(self) -> int:
        raise self._error


class Credential(Mapping[str, Secret]):
    """The secret fields of a provider, by name; opens the vault at the first look, once.

    Looking raises what the vault raises when the secret cannot be opened.
    """

    __slots__ = ("_fields", "_provider")

    def __init__(self, provider: TenantProvider) -> None:
        self._provider: TenantProvider | None = provider
        self._fields: dict[str, Secret] = {}

    def _opened(self) -> dict[str, Secret]:
        if self._provider is not None:
            text = self._provider.secrets.reveal() if self._provider.secrets else "{}"
            self._fields = {name: Secret(value) for name, value in json.loads(text).items()}
            self._provider = None
        return self._fields

    def __getitem__(self, name: str) -> Secret:
        return self._opened()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._opened())

    def __len__(self) -> int:
        return len(self._opened())

    def __repr__(self) -> str:
        return "Credential(***)"


@dataclass(frozen=True, slots=True)
class AgentSnapshot:
    """An agent and what its slots are patched to; a channel that is not in `slots` is empty."""

    id: str
    tenant_id: str
    plan: Plan
    slots: Mapping[str, EndpointSnapshot]


def endpoint_snapshot(
    endpoint: Endpoint, targets: Iterable[Target] | None = None
) -> EndpointSnapshot:
    """`targets` are the endpoint's, in their order. Reads them and the provider unless given."""
    provider = endpoint.provider
    secrets: Mapping[str, Secret] = Credential(provider) if provider else {}
    try:
        found = endpoint.targets.all() if targets is None else targets
        urls = tuple(target.full_url for target in found)
    except SecretUnreadable as error:
        urls, secrets = (), Unreadable(error)
    return EndpointSnapshot(
        id=endpoint.id,
        tenant_id=endpoint.tenant_id,
        version=endpoint.version,
        channel=endpoint.channel,
        wire_format=endpoint.wire_format,
        urls=urls,
        model=endpoint.model,
        clocks=clocks(endpoint.channel, endpoint.timeouts),
        settings=endpoint.settings,
        auth_type=provider.auth_type if provider else "none",
        auth_fields=provider.settings if provider else {},
        auth_secrets=secrets,
        auth_hosts=tuple(provider.hosts) if provider else (),
    )


def agent_snapshot(agent_id: str) -> AgentSnapshot | None:
    """The agent of that id, whoever owns it: the caller compares `tenant_id` with its key's.

    Two queries. An endpoint that was unpatched and deleted between them leaves its slot empty.
    """
    agent = Agent.objects.select_related("tenant").filter(id=agent_id).first()
    if agent is None:
        return None
    slots = {slot.value: getattr(agent, f"{slot.value}_id") for slot in Channel}
    patched = _snapshots([endpoint_id for endpoint_id in slots.values() if endpoint_id])
    return AgentSnapshot(
        id=agent.id,
        tenant_id=agent.tenant_id,
        plan=agent.tenant.plan,
        slots={slot: patched[found] for slot, found in slots.items() if found in patched},
    )


def _snapshots(endpoint_ids: Collection[str]) -> dict[str, EndpointSnapshot]:
    """By id. One statement reads each endpoint with all that belongs to it: of two, one could
    see what was there before a save, and the other what is there since.
    """
    rows = Target.objects.filter(endpoint__in=endpoint_ids)
    targets: dict[str, list[Target]] = {}
    for row in rows.select_related("endpoint__provider").order_by("position"):
        targets.setdefault(row.endpoint_id, []).append(row)
    return {key: endpoint_snapshot(found[0].endpoint, found) for key, found in targets.items()}
