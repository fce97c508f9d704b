"""The pages of a tenant and of its members."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from unfold.widgets import (
    UnfoldAdminEmailInputWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from tenants import services
from tenants.admin_base import Sidebar, TenantAdmin
from tenants.admin_forms import ServiceForm, ToldOnce
from tenants.admin_guard import OWNERS
from tenants.admin_scope import scope_of
from tenants.admin_site import site
from tenants.models import Membership, Role, Tenant
from tenants.plans import plan_choices
from vault.secret import Secret


class TenantForm(ServiceForm):
    name = forms.CharField(max_length=120, widget=UnfoldAdminTextInputWidget)
    plan = forms.ChoiceField(choices=plan_choices, widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].initial = self.instance.name
        self.fields["plan"].initial = self.instance.plan_name
        if not self.scope.is_operator:
            del self.fields["plan"]

    def write(self) -> Model:
        given = self.cleaned_data
        if self.instance._state.adding:
            return services.tenant_create(name=given["name"], plan=given["plan"])
        tenant = services.tenant_rename(tenant=self.instance, name=given["name"])
        if "plan" in given and given["plan"] != tenant.plan_name:
            services.plan_set(tenant=tenant, plan=given["plan"])
        return tenant


@admin.register(Tenant, site=site)
class TenantPage(TenantAdmin):
    """A member's page of their own tenant; for operators, all tenants."""

    sidebar = Sidebar("Account", "domain", 90)
    tenant_lookup = "id"
    form = TenantForm
    can_delete = False
    list_display = ("name", "plan_name", "id", "created_at")
    ordering = ("name", "id")
    panels = ("admin/tenants/enter.html",)

    def scoped(self, request: HttpRequest, rows: QuerySet[Model]) -> QuerySet[Model]:
        """An operator who looks at one tenant still finds the others here, to go to them."""
        return rows if scope_of(request).is_operator else super().scoped(request, rows)

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return ("name", "id") if scope_of(request).is_operator else ()

    def _covers(self, request: HttpRequest, obj: Model | None) -> bool:
        return scope_of(request).is_operator or super()._covers(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return scope_of(request).is_operator

    def sidebar_title(self, request: HttpRequest) -> str:
        return "Tenants" if scope_of(request).is_operator else "Tenant"

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A member's list would be one row long: this is their tenant's page instead."""
        tenant = scope_of(request).tenant
        if request.method == "GET" and tenant is not None and not scope_of(request).is_operator:
            return HttpResponseRedirect(self.page_of(tenant))
        response: HttpResponse = super().changelist_view(request, extra_context)
        return response

    def fieldsets_of(self, request: HttpRequest, obj: Any) -> list[tuple[Any, dict[str, Any]]]:
        fields = ["name", "plan"] if scope_of(request).is_operator else ["name"]
        return [(None, {"fields": fields})]

    def facts(self, request: HttpRequest, obj: Tenant) -> list[tuple[str, Any]]:
        plan = obj.plan
        return [
            ("Name", obj.name),
            ("Plan", plan.label),
            ("Custom endpoints", "included" if plan.custom_endpoints else "not in this plan"),
            ("Dispatches at the same time", f"{plan.concurrency:,}"),
            ("Dispatches a minute", f"{plan.rate:,}"),
            ("Id", obj.id),
        ]

    def detail(self, request: HttpRequest, obj: Tenant) -> dict[str, Any]:
        return {"tenant": obj}


class MemberForm(ServiceForm):
    email = forms.EmailField(label="E-mail", widget=UnfoldAdminEmailInputWidget)
    role = forms.ChoiceField(
        choices=Role.choices,
        initial=Role.VIEWER,
        widget=UnfoldAdminSelectWidget,
        help_text="Viewers read; admins also change everything but members; owners do everything.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            self.fields["role"].initial = self.instance.role
            del self.fields["email"]

    def write(self) -> Model:
        role = self.cleaned_data["role"]
        if not self.instance._state.adding:
            row: Membership = self.instance
            return services.member_set_role(tenant=row.tenant, membership=row, role=role)
        tenant = self.scope.tenant
        assert tenant is not None  # noqa: S101 - `has_add_permission` asks for one
        email = self.cleaned_data["email"]
        row, password = services.member_add(
            tenant=tenant, email=email, role=role, by_operator=self.scope.is_operator
        )
        if password is not None:
            self.told_once = _new_password(email, password)
        return row


def _new_password(email: str, password: Secret) -> ToldOnce:
    advice = (
        f"{email} signs in with this password, and no longer with one from before. Hand it over in"
        " person or by a channel that you trust; it is shown only now. It can be changed after"
        " signing in."
    )
    return ToldOnce("The new member's password", password, advice)


@admin.register(Membership, site=site)
class MemberPage(TenantAdmin):
    sidebar = Sidebar("Account", "group", 80)
    form = MemberForm
    viewers = editors = OWNERS
    list_display = ("user", "role", "created_at")
    list_select_related = ("user",)
    search_fields = ("user__email",)
    ordering = ("user__email", "id")

    def fieldsets_of(self, request: HttpRequest, obj: Any) -> list[tuple[Any, dict[str, Any]]]:
        return [(None, {"fields": ["role"] if obj else ["email", "role"]})]

    def facts(self, request: HttpRequest, obj: Membership) -> list[tuple[str, Any]]:
        return [("Member", obj.user.email), ("Since", f"{obj.created_at:%Y-%m-%d}")]

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        services.member_remove(tenant=obj.tenant, membership=obj)
