"""Writes to endpoints."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.db import transaction

from egress.urls import CheckedUrl
from endpoints import clocks
from endpoints.models import Channel, Endpoint, ValidationRun
from endpoints.selectors import agents_using
from endpoints.services import credentials, runs, targets
from endpoints.services.credentials import Auth
from endpoints.validation import lease
from tenants import changes
from tenants.errors import Conflict, Faults, PlanRequired, wrong
from tenants.models import Tenant
from tenants.services import locked, tenant_lock
from wire.base import WireFormat
from wire.registry import formats_of
from wire.settings import setting_errors

_NAMED = 5  # how many agents a refusal names


class EndpointChanges(TypedDict, total=False):
    """What a save may set. In `timeouts` and `settings` a null takes the default again."""

    name: str
    wire_format: str
    urls: Sequence[str]
    model: str
    auth: Auth
    timeouts: Mapping[str, float | None]
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Saved:
    """An endpoint after a save; `run` tests it, unless nothing changed that a test could see.

    `notices` are sentences for the user about what the save did beyond what was asked.
    """

    endpoint: Endpoint
    run: ValidationRun | None
    notices: tuple[str, ...]


@transaction.atomic
def endpoint_create(
    *,
    tenant: Tenant,
    channel: str,
    owner_agent_id: str = "",
    **given: Unpack[EndpointChanges],
) -> Saved:
    """`name`, `wire_format` and `urls` must be given."""
    require_plan(tenant)
    if channel not in Channel.values:
        raise wrong("channel", f"The channels are: {', '.join(Channel.values)}.", "invalid_choice")
    tenant_lock(tenant)
    endpoint = Endpoint(tenant=tenant, channel=channel, owner_agent_id=owner_agent_id)
    return _save(endpoint, given)


@transaction.atomic
def endpoint_update(
    *, tenant: Tenant, endpoint: Endpoint, **given: Unpack[EndpointChanges]
) -> Saved:
    """Changes what is given and nothing else."""
    require_plan(tenant)
    return _save(_locked(tenant, endpoint), given)


@transaction.atomic
def endpoint_delete(*, tenant: Tenant, endpoint: Endpoint) -> None:
    """With its targets, its runs and its own credential. Raises `Conflict` while agents use it."""
    endpoint = _locked(tenant, endpoint)
    users = agents_using(tenant, endpoint).order_by("name")
    if users:
        names = ", ".join(f"{agent.name} ({agent.id})" for agent in users[:_NAMED])
        more = f" and {len(users) - _NAMED} more" if len(users) > _NAMED else ""
        raise Conflict(
            "endpoint_in_use", f"Agents use this endpoint: {names}{more}. Unpatch them first."
        )
    remove(endpoint)


def remove(endpoint: Endpoint) -> None:
    """Deletes an endpoint that no slot holds, in the caller's transaction.

    First its runs end: a worker that is storing a result is waited for, and stores no other.
    """
    lease.supersede_all([endpoint.pk])
    Endpoint.objects.filter(pk=endpoint.pk).delete()
    endpoint.provider = None
    credentials.discard(endpoint)
    changes.notify("endpoint", endpoint.id, endpoint.tenant_id)


def require_plan(tenant: Tenant) -> None:
    if not tenant.plan.custom_endpoints:
        raise PlanRequired(
            "Custom endpoints are part of the Pro and Enterprise plans;"
            f" this account is on {tenant.plan.label}."
        )


def wire_format_named(channel: str, name: str) -> WireFormat:
    """Raises `ValidationError` on the field `wire_format`."""
    known = formats_of(channel)
    if not known:
        raise wrong(
            "channel", f"Patchbay has no wire formats for {channel} endpoints yet.", "no_formats"
        )
    if name not in known:
        text = f"The wire formats of {channel} are: {', '.join(known)}."
        raise wrong("wire_format", text, "invalid_choice")
    return known[name]


def _locked(tenant: Tenant, endpoint: Endpoint) -> Endpoint:
    tenant_lock(tenant)
    return locked(Endpoint.objects.filter(tenant=tenant), endpoint)


def _save(endpoint: Endpoint, given: EndpointChanges) -> Saved:
    is_new, before = endpoint._state.adding, _tested_part(endpoint)
    for field in ("name", "wire_format", "model"):
        if field in given:
            setattr(endpoint, field, given[field].strip())
    urls, notice = _checked(endpoint, given, before.urls)
    after = replace(_tested_part(endpoint), urls=[each.url for each in urls])
    changed = is_new or "auth" in given or after != before
    endpoint.version += changed and not is_new
    endpoint.save(force_insert=is_new)
    if not changed:
        return Saved(endpoint, None, ())
    targets.replace(endpoint, urls)
    credentials.discard(endpoint)
    changes.notify("endpoint", endpoint.id, endpoint.tenant_id)
    return Saved(endpoint, runs.begin(endpoint), (notice,) if notice else ())


def _checked(
    endpoint: Endpoint, given: EndpointChanges, stored: Sequence[str]
) -> tuple[list[CheckedUrl], str]:
    """Sets the rest of the row; its URLs, and a notice. Raises `ValidationError` with all faults.

    What needs another field is judged only where that one is good: settings and URLs the wire
    format, the credential's hosts the URLs.
    """
    faults, wire, urls = Faults(), None, None
    with faults:
        endpoint.timeouts = _timeouts(endpoint, given.get("timeouts", {}))
    with faults:
        wire = wire_format_named(endpoint.channel, endpoint.wire_format)
    if wire is not None:
        with faults:
            endpoint.settings = _settings(endpoint, wire, given.get("settings", {}))
        with faults:
            urls = targets.checked(given.get("urls", stored), wire, stored)
    with faults:
        skipped = ("tenant", "provider") if wire else ("tenant", "provider", "wire_format")
        endpoint.full_clean(exclude=skipped)
    if urls is None:
        with faults:
            credentials.check(endpoint, given.get("auth"))
        faults.refuse()
    notice = ""
    with faults:
        hosts = {each.host for each in urls or ()}
        notice = credentials.apply(endpoint, hosts, given.get("auth"))
    faults.refuse()
    return urls or [], notice


@dataclass(frozen=True, slots=True)
class _TestedPart:
    """What a validation run speaks of; a save that leaves it alone needs no new run."""

    wire_format: str
    urls: list[str]
    model: str
    timeouts: Mapping[str, float]
    settings: Mapping[str, Any]
    provider_id: str | None


def _tested_part(endpoint: Endpoint) -> _TestedPart:
    return _TestedPart(
        wire_format=endpoint.wire_format,
        urls=[] if endpoint._state.adding else targets.stored(endpoint),
        model=endpoint.model,
        timeouts=endpoint.timeouts,
        settings=endpoint.settings,
        provider_id=endpoint.provider_id,
    )


def _timeouts(endpoint: Endpoint, given: Mapping[str, float | None]) -> dict[str, float]:
    merged = _merged(endpoint.timeouts, given)
    _refuse_problems("timeouts", clocks.problems(endpoint.channel, merged))
    return merged


def _settings(endpoint: Endpoint, wire: WireFormat, given: Mapping[str, Any]) -> dict[str, Any]:
    merged = _merged(endpoint.settings, given)
    _refuse_problems("settings", setting_errors(wire.settings, merged))
    return merged


def _merged(stored: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**stored, **given}.items() if value is not None}


def _refuse_problems(prefix: str, problems: Mapping[str, str]) -> None:
    """Raises `ValidationError` when there are problems, named `prefix.name`."""
    if problems:
        raise ValidationError(
            {f"{prefix}.{name}": ValidationError(text) for name, text in problems.items()}
        )
