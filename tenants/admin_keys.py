"""The pages of API keys: made, shown once, revoked."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern
from django.utils import timezone
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from tenants import keys, services
from tenants.admin_badge import badge, badge_column
from tenants.admin_base import Sidebar, TenantAdmin
from tenants.admin_forms import ServiceForm, ToldOnce
from tenants.admin_names import names
from tenants.admin_scope import scope_of
from tenants.admin_site import site
from tenants.models import ApiKey


def state_of(key: ApiKey) -> str:
    if key.revoked_at:
        return "revoked"
    return "expired" if key.expires_at and key.expires_at <= timezone.now() else "active"


class KeyForm(ServiceForm):
    name = forms.CharField(
        max_length=120,
        widget=UnfoldAdminTextInputWidget,
        help_text="Where the key will be used, so that you know it later.",
    )
    scopes = forms.MultipleChoiceField(
        choices=[(name, f"{name}: {text}") for name, text in keys.SCOPES.items()],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    agent = forms.ChoiceField(
        label="Only for agent",
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text="A key of one agent may stand in a URL, for callers that can send no header.",
    )
    expires_at = forms.DateTimeField(
        label="Expires (UTC)",
        required=False,
        widget=UnfoldAdminTextInputWidget({"type": "datetime-local"}),
        help_text="Left empty, the key works until it is revoked.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        agents = names("agent", self.scope)
        self.fields["agent"].choices = [("", "Any agent"), *agents.items()]  # type: ignore[attr-defined]

    def write(self) -> Model:
        given = self.cleaned_data
        tenant = self.scope.tenant
        assert tenant is not None  # noqa: S101 - `has_add_permission` asks for one
        row, text = services.api_key_create(
            tenant=tenant,
            name=given["name"],
            scopes=given["scopes"],
            agent_id=given["agent"],
            expires_at=given["expires_at"],
        )
        advice = "Store it now, where only the caller reads it: it is shown only this once."
        self.told_once = ToldOnce("Your new API key", text, advice)
        return row


@admin.register(ApiKey, site=site)
class KeyPage(TenantAdmin):
    sidebar = Sidebar("Patching", "key", 30)
    form = KeyForm
    can_delete = False
    list_display = ("name", "shown", "state", "scope_list", "agent", "last_used_at", "expires_at")
    search_fields = ("name", "id")
    ordering = ("revoked_at", "-created_at", "id")
    actions = ("revoke",)
    panels = ("admin/tenants/revoke.html",)

    def fieldsets_of(self, request: HttpRequest, obj: Any) -> list[tuple[Any, dict[str, Any]]]:
        return [(None, {"fields": [] if obj else ["name", "scopes", "agent", "expires_at"]})]

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """A key is never edited: callers rely on what it was made for."""
        return False

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return scope_of(request).may(self.editors)

    def get_urls(self) -> list[URLPattern]:
        revoke = self.posting("revoke", self.revoke_one, "tenants_apikey_revoke")
        return [revoke, *super().get_urls()]

    def revoke_one(self, request: HttpRequest, key: ApiKey) -> HttpResponse:
        services.api_key_revoke(tenant=key.tenant, key=key)
        self.log_change(request, key, "Revoked.")
        messages.success(request, f"“{key.name}” is revoked.")
        return HttpResponseRedirect(self.page_of(key))

    @admin.action(description="Revoke", permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        found = [key for key in queryset.select_related("tenant") if not key.revoked_at]
        for key in found:
            services.api_key_revoke(tenant=key.tenant, key=key)
            self.log_change(request, key, "Revoked.")
        messages.success(request, f"Revoked: {len(found)}.")

    def completed(self, request: HttpRequest, rows: Iterable[Any]) -> list[Any]:
        """The rows, each with `only_for`: its agent's label, or the id of one that is gone."""
        found = super().completed(request, rows)
        known = names("agent", scope_of(request), {row.agent_id for row in found} - {""})
        for row in found:
            row.only_for = known.get(row.agent_id, row.agent_id) or "any agent"
        return found

    def facts(self, request: HttpRequest, obj: ApiKey) -> list[tuple[str, Any]]:
        [key] = self.completed(request, [obj])
        return [
            ("Name", obj.name),
            ("Key", self.shown(obj)),
            ("State", badge(state_of(obj))),
            ("Scopes", self.scope_list(obj)),
            ("Only for agent", key.only_for),
            ("Made", _moment(obj.created_at)),
            ("Last used", _moment(obj.last_used_at)),
            ("Expires", _moment(obj.expires_at) if obj.expires_at else "never"),
            ("Id", obj.id),
        ]

    def detail(self, request: HttpRequest, obj: ApiKey) -> dict[str, Any]:
        return {"key": obj, "may_revoke": self.has_revoke_permission(request)}

    @admin.display(description="key")
    def shown(self, key: ApiKey) -> str:
        return f"{key.prefix}…{key.last4}"

    @admin.display(description="agent", ordering="agent_id")
    def agent(self, key: Any) -> str:
        return str(key.only_for)

    @admin.display(description="scopes")
    def scope_list(self, key: ApiKey) -> str:
        return ", ".join(key.scopes)

    @badge_column("state")
    def state(self, key: ApiKey) -> str:
        return state_of(key)


def _moment(moment: Any) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else "–"
