"""The pages of agents: three slots, and the hosted URLs to copy into a voice platform."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from endpoints import selectors
from endpoints.admin_labels import named
from endpoints.hosted import hosted_urls
from endpoints.models import Agent, Channel
from endpoints.services.agents import agent_create, agent_delete, agent_update
from tenants.admin_base import Sidebar, TenantAdmin
from tenants.admin_forms import ServiceForm
from tenants.admin_names import names, told_apart
from tenants.admin_scope import scope_of
from tenants.admin_site import site
from tenants.models import Tenant
from usage.models import CallEvent
from wire.registry import hosted_formats

LAST_DISPATCHES = 10


def _slot(channel: Channel) -> forms.ChoiceField:
    return forms.ChoiceField(label=channel.label, required=False, widget=UnfoldAdminSelectWidget)


class AgentForm(ServiceForm):
    name = forms.CharField(
        max_length=120,
        widget=UnfoldAdminTextInputWidget,
        help_text="As you call it, such as Reception.",
    )
    llm = _slot(Channel.LLM)
    voice = _slot(Channel.VOICE)
    transcriber = _slot(Channel.TRANSCRIBER)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        agent: Agent = self.instance
        tenant = self.scope.tenant if agent._state.adding else agent.tenant
        self.fields["name"].initial = agent.name
        for channel in Channel:
            field = self.fields[channel.value]
            field.initial = getattr(agent, f"{channel}_id")
            field.choices = _choices(tenant, agent, channel)  # type: ignore[attr-defined]

    def write(self) -> Model:
        given = self.cleaned_data
        slots = {channel.value: given[channel.value] or None for channel in Channel}
        if not self.instance._state.adding:
            agent: Agent = self.instance
            return agent_update(tenant=agent.tenant, agent=agent, name=given["name"], slots=slots)
        tenant = self.scope.tenant
        assert tenant is not None  # noqa: S101 - `has_add_permission` asks for one
        return agent_create(tenant=tenant, name=given["name"], slots=slots)


def _choices(tenant: Tenant | None, agent: Agent, channel: Channel) -> list[tuple[str, str]]:
    """The tenant's endpoints of a channel: shared ones, and the agent's own."""
    if tenant is None:
        return [("", "Empty")]
    rows = selectors.endpoints_of(tenant).filter(channel=channel, owner_agent_id__in=("", agent.id))
    offered = told_apart(named(row) for row in rows.order_by("name", "id"))
    return [("", "Empty"), *offered.items()]


@admin.register(Agent, site=site)
class AgentPage(TenantAdmin):
    sidebar = Sidebar("Patching", "support_agent", 20)
    form = AgentForm
    list_display = ("name", "llm_slot", "voice_slot", "transcriber_slot", "id")
    search_fields = ("name", "id")
    ordering = ("name", "id")
    panels_above = ("admin/endpoints/hosted.html",)
    panels = ("admin/endpoints/dispatches.html",)

    def fieldsets_of(self, request: HttpRequest, obj: Any) -> list[tuple[Any, dict[str, Any]]]:
        return [(None, {"fields": ["name", *Channel.values]})]

    def facts(self, request: HttpRequest, obj: Agent) -> list[tuple[str, Any]]:
        if self.has_change_permission(request, obj):
            return []
        self.completed(request, [obj])
        slots = [(str(each.label), _in_slot(obj, each) or "Empty") for each in Channel]
        return [("Name", obj.name), *slots, ("Id", obj.id)]

    def completed(self, request: HttpRequest, rows: Iterable[Any]) -> list[Any]:
        """The rows, each with `patched`, the labels of its endpoints by their ids."""
        found = super().completed(request, rows)
        ids = {getattr(row, f"{channel}_id") for row in found for channel in Channel.values}
        known = names("endpoint", scope_of(request), ids - {None})
        for row in found:
            row.patched = known
        return found

    def detail(self, request: HttpRequest, obj: Agent) -> dict[str, Any]:
        events = CallEvent.objects.filter(tenant_id=obj.tenant_id, agent_id=obj.id)
        found = list(events.order_by("-started_at", "-id")[:LAST_DISPATCHES])
        known = names("endpoint", scope_of(request), {row.endpoint_id for row in found})
        for row in found:
            named = {"agent_name": obj.name, "endpoint_name": known.get(row.endpoint_id, "")}
            row.__dict__.update(named)
        return {
            "agent": obj,
            "events": found,
            "hosted": _hosted(obj),
            "may_make_keys": scope_of(request).may(self.editors),
        }

    @admin.display(description=Channel.LLM.label, ordering="llm__name")
    def llm_slot(self, row: Agent) -> str | None:
        return _in_slot(row, Channel.LLM)

    @admin.display(description="voice", ordering="voice__name")
    def voice_slot(self, row: Agent) -> str | None:
        return _in_slot(row, Channel.VOICE)

    @admin.display(description="transcriber", ordering="transcriber__name")
    def transcriber_slot(self, row: Agent) -> str | None:
        return _in_slot(row, Channel.TRANSCRIBER)

    def delete_model(self, request: HttpRequest, obj: Agent) -> None:
        agent_delete(tenant=obj.tenant, agent=obj)


def _in_slot(agent: Any, channel: Channel) -> str | None:
    """The label of the endpoint; of an agent that `completed` has seen."""
    label: str | None = agent.patched.get(getattr(agent, f"{channel}_id"))
    return label


def _hosted(agent: Agent) -> list[dict[str, Any]]:
    """The URLs by channel, each format by its label; and whether the slot has an endpoint."""
    return [
        {
            "channel": Channel(channel).label,
            "name": channel,
            "patched": getattr(agent, channel) is not None,
            "urls": [
                {"format": name, "label": hosted_formats(channel)[name].label, "url": url}
                for name, url in urls.items()
            ],
        }
        for channel, urls in hosted_urls(agent).items()
        if urls
    ]
