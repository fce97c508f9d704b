"""Writes to agents: names, slots, and the shorthand that makes an agent's own endpoints."""

from collections.abc import Mapping
from typing import TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet

from endpoints.models import Agent, Channel, Endpoint
from endpoints.selectors import endpoints_of
from endpoints.services.endpoints import (
    endpoint_create,
    endpoint_update,
    remove,
    require_plan,
)
from tenants import changes
from tenants.errors import wrong
from tenants.models import Tenant
from tenants.services import locked, tenant_lock

NATIVE_FORMATS: Mapping[str, str] = {
    "llm": "openai-chat",
    "voice": "rymi-tts",
    "transcriber": "rymi-stt",
}


class AgentChanges(TypedDict, total=False):
    """What a save may set. `slots` holds endpoint ids by channel, `None` for an empty slot;
    `custom_urls` is the shorthand by channel: the URL of the agent's own endpoint, `None` for none.
    """

    name: str
    slots: Mapping[str, str | None]
    custom_urls: Mapping[str, str | None]


@transaction.atomic
def agent_create(*, tenant: Tenant, **given: Unpack[AgentChanges]) -> Agent:
    """`name` must be given."""
    tenant_lock(tenant)
    agent = Agent(tenant=tenant, name=given.get("name", "").strip())
    agent.full_clean(exclude=("tenant",))
    agent.save(force_insert=True)
    return _patch(tenant, agent, given)


@transaction.atomic
def agent_update(*, tenant: Tenant, agent: Agent, **given: Unpack[AgentChanges]) -> Agent:
    """Changes what is given and nothing else."""
    agent = _locked(tenant, agent)
    if "name" in given:
        agent.name = given["name"].strip()
        agent.full_clean(exclude=("tenant", *Channel.values))
    return _patch(tenant, agent, given)


@transaction.atomic
def agent_delete(*, tenant: Tenant, agent: Agent) -> None:
    """With the endpoints that its shorthand made."""
    agent = _locked(tenant, agent)
    agent_id = agent.id
    owned = list(_own_endpoints(tenant, agent))
    agent.delete()
    for endpoint in owned:
        remove(endpoint)
    changes.notify("agent", agent_id, tenant.id)


def _locked(tenant: Tenant, agent: Agent) -> Agent:
    tenant_lock(tenant)
    return locked(Agent.objects.filter(tenant=tenant), agent)


def _patch(tenant: Tenant, agent: Agent, given: AgentChanges) -> Agent:
    slots, urls = given.get("slots", {}), given.get("custom_urls", {})
    for channel in Channel.values:
        endpoint_id, url = slots.get(channel), urls.get(channel)
        if endpoint_id is not None and url is not None:
            refusal = f"Give either this or `{channel}`, not both."
            raise wrong(f"custom_{channel}_url", refusal, "invalid")
        if url is not None:
            setattr(agent, channel, _own_endpoint(tenant, agent, channel, url))
        elif channel in slots or channel in urls:
            setattr(agent, channel, _endpoint(tenant, agent, channel, endpoint_id))
    agent.save()
    _remove_unpatched(tenant, agent)
    changes.notify("agent", agent.id, tenant.id)
    return agent


def _endpoint(
    tenant: Tenant, agent: Agent, channel: str, endpoint_id: str | None
) -> Endpoint | None:
    if endpoint_id is None:
        return None
    require_plan(tenant)
    endpoint = Endpoint.objects.filter(tenant=tenant, pk=endpoint_id).first()
    if endpoint is None:
        raise wrong(channel, "There is no such endpoint.", "does_not_exist")
    if endpoint.owner_agent_id not in ("", agent.id):
        text = (
            f"This endpoint is made of `custom_{endpoint.channel}_url` of {endpoint.owner_agent_id}"
            " and goes with it. Store one of its own for several agents."
        )
        raise wrong(channel, text, "owned")
    if endpoint.channel != channel:
        text = f"This is a {endpoint.channel} endpoint; the slot takes {channel} endpoints."
        raise wrong(channel, text, "wrong_channel")
    return endpoint


def _own_endpoint(tenant: Tenant, agent: Agent, channel: str, url: str) -> Endpoint:
    """The agent's endpoint of that channel in its native format, made or moved to `url`."""
    own = _own_endpoints(tenant, agent).filter(channel=channel).first()
    try:
        if own is not None:
            return endpoint_update(tenant=tenant, endpoint=own, urls=[url]).endpoint
        return endpoint_create(
            tenant=tenant,
            channel=channel,
            owner_agent_id=agent.id,
            name=f"{agent.name}'s {channel}"[:120],
            wire_format=NATIVE_FORMATS[channel],
            urls=[url],
        ).endpoint
    except ValidationError as error:
        raise _renamed(error, channel) from None


def _own_endpoints(tenant: Tenant, agent: Agent) -> QuerySet[Endpoint]:
    return endpoints_of(tenant).filter(owner_agent_id=agent.id)


def _remove_unpatched(tenant: Tenant, agent: Agent) -> None:
    """An agent's own endpoint that is in no slot any more has no other use."""
    patched = [getattr(agent, f"{channel}_id") for channel in Channel.values]
    for endpoint in _own_endpoints(tenant, agent).exclude(pk__in=[p for p in patched if p]):
        remove(endpoint)


def _renamed(error: ValidationError, channel: str) -> ValidationError:
    """The endpoint's complaint about `url`, under the name that the caller gave it."""
    found = error.error_dict
    return ValidationError(
        {f"custom_{channel}_url" if name == "url" else name: found[name] for name in found}
    )
