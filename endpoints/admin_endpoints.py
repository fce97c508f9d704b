"""The pages of endpoints, and the validation result that appears on them as it comes."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import quote, unquote
from django.db.models import prefetch_related_objects
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from endpoints import selectors
from endpoints.admin_fields import clock_field_names, setting_field_names
from endpoints.admin_forms import EndpointForm
from endpoints.admin_validation import Told, told
from endpoints.models import Endpoint, ValidationRun
from endpoints.services.endpoints import endpoint_delete, require_plan
from endpoints.services.runs import endpoint_validate
from tenants.admin_auth import field_names, mask, short_mask
from tenants.admin_badge import badge_column
from tenants.admin_base import Sidebar, TenantAdmin
from tenants.admin_filters import ChoiceFilter
from tenants.admin_names import names
from tenants.admin_scope import scope_of
from tenants.admin_site import site
from tenants.errors import PlanRequired
from tenants.models import Tenant
from wire.registry import wire_choices

MOST_USERS = 50  # agents that an endpoint's page names


class ChannelFilter(ChoiceFilter):
    title, parameter_name, field = "channel", "channel", "channel"

    def options(self, request: HttpRequest) -> Iterable[tuple[str, str]]:
        return Endpoint._meta.get_field("channel").choices or ()  # type: ignore[return-value]


@admin.register(Endpoint, site=site)
class EndpointPage(TenantAdmin):
    sidebar = Sidebar("Patching", "dns", 10)
    form = EndpointForm
    list_display = ("name", "channel", "wire_label", "url", "validation", "credential")
    list_filter = (ChannelFilter,)
    list_select_related = ("provider", "tenant")
    search_fields = ("name", "id", "targets__url")
    ordering = ("name", "id")
    panels_above = ("admin/endpoints/validation.html",)
    panels = ("admin/endpoints/used_by.html",)

    def fieldsets_of(self, request: HttpRequest, obj: Any) -> list[tuple[Any, dict[str, Any]]]:
        own = ["name", "wire_format", "url", "model"] if obj else [
            "name", "channel", "wire_format", "url", "model"
        ]  # fmt: skip
        auth = field_names()
        auth.insert(1, "auth_provider")
        folded = {"classes": ["collapse"]}
        return [
            (None, {"fields": own}),
            ("Authentication", {"fields": auth}),
            ("Timeouts", {"fields": clock_field_names(), **folded}),
            ("Wire format settings", {"fields": setting_field_names(), **folded}),
            ("More targets", {"fields": ["more_urls"], **folded}),
        ]

    def get_urls(self) -> list[URLPattern]:
        """Before Django's own, whose last takes any path for an id."""
        fragment = self.admin_site.admin_view(self.validation_fragment)
        return [
            path("<path:object_id>/validation/", fragment, name="endpoints_endpoint_validation"),
            self.posting("validate", self.validate_again, "endpoints_endpoint_validate"),
            *super().get_urls(),
        ]

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Nobody fills in a form that their plan refuses anyway."""
        tenant = scope_of(request).tenant
        try:
            if request.method == "GET" and tenant is not None and self.has_add_permission(request):
                require_plan(tenant)
        except PlanRequired as refusal:
            messages.error(request, refusal.detail)
            return HttpResponseRedirect(reverse("admin:endpoints_endpoint_changelist"))
        response: HttpResponse = super().add_view(request, form_url, extra_context)
        return response

    def validation_fragment(self, request: HttpRequest, object_id: str) -> HttpResponse:
        endpoint = self.get_object(request, unquote(object_id))
        if not isinstance(endpoint, Endpoint):
            raise Http404
        return TemplateResponse(request, "admin/endpoints/run.html", {"told": _told(endpoint)})

    def validate_again(self, request: HttpRequest, endpoint: Endpoint) -> HttpResponse:
        endpoint_validate(tenant=endpoint.tenant, endpoint=endpoint)
        return HttpResponseRedirect(self.page_of(endpoint))

    def save_model(self, request: HttpRequest, obj: Any, form: Form, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if isinstance(form, EndpointForm):
            for notice in form.saved.notices:
                messages.warning(request, notice)

    def delete_model(self, request: HttpRequest, obj: Endpoint) -> None:
        endpoint_delete(tenant=obj.tenant, endpoint=obj)

    def completed(self, request: HttpRequest, rows: Iterable[Any]) -> list[Any]:
        found = super().completed(request, rows)
        prefetch_related_objects(found, "targets")
        by_tenant: dict[Tenant, list[Endpoint]] = {}
        for row in found:
            by_tenant.setdefault(row.tenant, []).append(row)
        runs: dict[str, ValidationRun] = {}
        for tenant, endpoints in by_tenant.items():
            runs |= selectors.latest_runs(tenant, endpoints)
        for row in found:
            row.run = runs.get(row.id)
        return found

    def facts(self, request: HttpRequest, obj: Endpoint) -> list[tuple[str, Any]]:
        if self.has_change_permission(request, obj):
            return []
        return [
            ("Name", obj.name),
            ("Channel", obj.get_channel_display()),
            ("Wire format", self.wire_label(obj)),
            ("URL", self.url(obj)),
            ("Model", obj.model or "as callers ask"),
            ("Credential", mask(obj.provider) if obj.provider else "None"),
            ("Id", obj.id),
        ]

    def detail(self, request: HttpRequest, obj: Endpoint) -> dict[str, Any]:
        users = selectors.agents_using(obj.tenant, obj).order_by("name")[:MOST_USERS]
        return {
            "endpoint": obj,
            "told": _told(obj),
            "agents": names("agent", scope_of(request), {agent.id for agent in users}),
            "fragment": reverse("admin:endpoints_endpoint_validation", args=(quote(obj.id),)),
            "may_validate": self.has_change_permission(request, obj),
        }

    @admin.display(description="wire format")
    def wire_label(self, row: Endpoint) -> str:
        return dict(wire_choices()).get(row.wire_format, row.wire_format)

    @admin.display(description="URL")
    def url(self, row: Endpoint) -> str:
        return ", ".join(target.shown_url for target in row.targets.all())

    @admin.display(description="credential")
    def credential(self, row: Endpoint) -> str:
        return short_mask(row.provider) if row.provider else "None"

    @badge_column("validation")
    def validation(self, row: Any) -> str:
        return row.run.status if row.run else "not tested"


def _told(endpoint: Endpoint) -> Told:
    runs = selectors.latest_runs(endpoint.tenant, [endpoint])
    return told(runs.get(endpoint.id))
