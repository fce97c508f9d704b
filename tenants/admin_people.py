"""The pages of everybody who can sign in, for operators."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.urls import URLPattern

from tenants import services
from tenants.admin_base import Sidebar, TenantAdmin
from tenants.admin_forms import ToldOnce
from tenants.admin_guard import NOBODY
from tenants.admin_scope import scope_of
from tenants.admin_site import site
from tenants.models import User

_ACTIVE = {"yes": True, "no": False}


@admin.register(User, site=site)
class PersonPage(TenantAdmin):
    """For operators only: who can sign in at all."""

    sidebar = Sidebar("Installation", "badge", 100)
    viewers = editors = NOBODY
    can_add = can_delete = False
    actions = None
    list_display = ("email", "is_active", "is_superuser", "date_joined", "last_login")
    search_fields = ("email", "name")
    ordering = ("email",)
    panels = ("admin/tenants/person.html",)

    def scoped(self, request: HttpRequest, rows: QuerySet[Model]) -> QuerySet[Model]:
        return rows if scope_of(request).is_operator else rows.none()

    def _covers(self, request: HttpRequest, obj: Model | None) -> bool:
        return scope_of(request).is_operator

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        return [
            self.posting("activity", self.turn, "tenants_user_activity"),
            self.posting("password", self.new_password, "tenants_user_new_password"),
            *super().get_urls(),
        ]

    def turn(self, request: HttpRequest, person: User) -> HttpResponse:
        """Lets somebody in again, or out, as the page that was seen says; never oneself."""
        wanted = _ACTIVE.get(request.POST.get("active", ""))
        if wanted is None:
            return HttpResponseBadRequest("Say whether the person may sign in.")
        if person == request.user:
            messages.error(request, "You cannot lock yourself out.")
        else:
            services.person_set_active(user=person, active=wanted)
            self.log_change(request, person, "Let in." if wanted else "Locked out.")
        return HttpResponseRedirect(self.page_of(person))

    def new_password(self, request: HttpRequest, person: User) -> HttpResponse:
        password = services.person_new_password(user=person)
        self.log_change(request, person, "Given a new password.")
        advice = f"Hand it to {person.email} by a way that you trust; it is shown only now."
        return self.tell_once(request, person, ToldOnce("A new password", password, advice))

    def detail(self, request: HttpRequest, obj: User) -> dict[str, Any]:
        return {"person": obj}

    def facts(self, request: HttpRequest, obj: User) -> list[tuple[str, Any]]:
        rows = obj.memberships.select_related("tenant").order_by("tenant__name")
        member_of = ", ".join(f"{row.tenant.name} ({row.role})" for row in rows)
        return [
            ("E-mail", obj.email),
            ("Name", obj.name or "–"),
            ("May sign in", "yes" if obj.is_active else "no"),
            ("Operator", "yes" if obj.is_superuser else "no"),
            ("Member of", member_of or "no tenant"),
            ("Last signed in", f"{obj.last_login:%Y-%m-%d %H:%M} UTC" if obj.last_login else "–"),
        ]
