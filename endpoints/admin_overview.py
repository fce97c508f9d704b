"""The first page of the admin: today's figures, the last failures, and the way to a first call."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse

from endpoints.models import Agent, Channel, Endpoint
from tenants.admin_guard import EDITORS
from tenants.admin_names import names
from tenants.admin_scope import Scope, scope_of
from tenants.models import ApiKey, Tenant
from usage.admin_figures import figures, last_events, last_failures


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do before the first call; `link` is empty for who may not do it."""

    title: str
    text: str
    done: bool
    link: str
    action: str


def overview(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Unfold asks for this by its setting DASHBOARD_CALLBACK."""
    scope = scope_of(request)
    events = last_events(scope)
    found = {
        "figures": figures(scope),
        "failures": _named(scope, last_failures(scope)),
        "events": _named(scope, events),
    }
    if scope.tenant is not None and not events:
        found["steps"] = _steps(scope, scope.tenant)
    return {**context, **found}


def _named(scope: Scope, events: list[Any]) -> list[Any]:
    for kind in ("agent", "endpoint"):
        known = names(kind, scope, {getattr(each, f"{kind}_id") for each in events})
        for each in events:
            own = getattr(each, f"{kind}_id")
            setattr(each, f"{kind}_name", known.get(own, own))
    return events


def _steps(scope: Scope, tenant: Tenant) -> list[Step]:
    patched = Q()
    for channel in Channel:
        patched |= Q(**{f"{channel}__isnull": False})
    agent = Agent.objects.filter(patched, tenant=tenant).order_by("created_at").first()
    steps = [
        Step(
            "Make an endpoint",
            "Say where your server is, what it speaks and which token it wants. It is tested as"
            " soon as you save it.",
            Endpoint.objects.filter(tenant=tenant).exists(),
            reverse("admin:endpoints_endpoint_add"),
            "New endpoint",
        ),
        Step(
            "Make an agent",
            "Put the endpoint in the agent's slot.",
            agent is not None,
            reverse("admin:endpoints_agent_add"),
            "New agent",
        ),
        Step(
            "Make an API key",
            "Your voice platform shows it with every call. You see it once.",
            ApiKey.objects.filter(tenant=tenant, revoked_at__isnull=True).exists(),
            reverse("admin:tenants_apikey_add"),
            "New API key",
        ),
        Step(
            "Copy the agent's hosted URL into your voice platform, and call",
            "Each answer becomes an event here: how long it took, what it used, what went wrong.",
            False,
            reverse("admin:endpoints_agent_change", args=(agent.id,)) if agent else "",
            "Hosted URLs",
        ),
    ]
    if scope.may(EDITORS):
        return steps
    return [Step(each.title, each.text, each.done, "", "") for each in steps]
