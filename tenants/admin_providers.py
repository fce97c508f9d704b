"""The pages of stored credentials: written, bound to hosts, and never read again."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from egress.auth.registry import auth_types
from tenants import services
from tenants.admin_auth import AuthForm, field_names, mask, open_facts, with_auth
from tenants.admin_base import Sidebar, TenantAdmin
from tenants.admin_site import site
from tenants.models import TenantProvider


@with_auth()
class ProviderForm(AuthForm):
    name = forms.CharField(max_length=120, widget=UnfoldAdminTextInputWidget)
    provider = forms.ChoiceField(
        choices=TenantProvider._meta.get_field("provider").choices or (),
        widget=UnfoldAdminSelectWidget,
        help_text="Only endpoints of this channel can use the credential.",
    )
    hosts = forms.CharField(
        widget=UnfoldAdminTextareaWidget({"rows": 3}),
        required=False,
        help_text="Host names that the secret may be sent to, one a line: llm.example.com. It goes"
        " nowhere else; for a new host it has to be given again.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding:
            self.fields["auth_type"].initial = "bearer"
            return
        del self.fields["provider"]
        self.fields["name"].initial = self.instance.name
        self.fields["hosts"].initial = "\n".join(self.instance.hosts)
        self.show_stored(self.instance)

    def write(self) -> Model:
        given, hosts = self.cleaned_data, self.cleaned_data["hosts"].split()
        if not self.instance._state.adding:
            row: TenantProvider = self.instance
            return services.provider_update(
                tenant=row.tenant,
                provider=row,
                name=given["name"],
                auth=self.auth() if self.auth_changed() else None,
                hosts=hosts,
            )
        tenant = self.scope.tenant
        assert tenant is not None  # noqa: S101 - `has_add_permission` asks for one
        return services.provider_create(
            tenant=tenant,
            provider=given["provider"],
            name=given["name"],
            auth=self.auth(),
            hosts=hosts,
        )


@admin.register(TenantProvider, site=site)
class ProviderPage(TenantAdmin):
    sidebar = Sidebar("Patching", "lock", 35)
    form = ProviderForm
    list_display = ("name", "provider", "auth_label", "secret", "host_list")
    search_fields = ("name", "id")
    ordering = ("name", "id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        """Without those that an endpoint's own form made: they are kept on that form."""
        return super().get_queryset(request).filter(owner_endpoint_id="")

    def fieldsets_of(self, request: HttpRequest, obj: Any) -> list[tuple[Any, dict[str, Any]]]:
        own = ["name", "hosts"] if obj else ["name", "provider", "hosts"]
        return [(None, {"fields": own}), ("Authentication", {"fields": field_names()})]

    def facts(self, request: HttpRequest, obj: TenantProvider) -> list[tuple[str, Any]]:
        return [
            ("Name", obj.name),
            ("Provider", obj.get_provider_display()),
            ("Authentication", self.auth_label(obj)),
            *open_facts(obj).items(),
            ("Secret", mask(obj)),
            ("May be sent to", ", ".join(obj.hosts) or "no host"),
            ("Id", obj.id),
        ]

    def delete_model(self, request: HttpRequest, obj: TenantProvider) -> None:
        services.provider_delete(tenant=obj.tenant, provider=obj)

    @admin.display(description="authentication")
    def auth_label(self, row: TenantProvider) -> str:
        auth_type = auth_types().get(row.auth_type)
        return auth_type.label if auth_type else row.auth_type

    @admin.display(description="secret")
    def secret(self, row: TenantProvider) -> str:
        return mask(row)

    @admin.display(description="hosts")
    def host_list(self, row: TenantProvider) -> str:
        return ", ".join(row.hosts)
