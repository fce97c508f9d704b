"""Refuses to start with an admin page that could show one tenant's objects to another."""

from collections.abc import Mapping
from typing import Any

from django.core import checks

from tenants.admin_base import TenantAdmin
from tenants.admin_filters import ChoiceFilter, PeriodFilter

# Features of Django's admin that read or write rows beside the scoped queryset.
REFUSED = (
    "inlines", "autocomplete_fields", "raw_id_fields", "list_editable", "date_hierarchy",
    "save_as", "filter_horizontal", "filter_vertical", "view_on_site",
)  # fmt: skip


def check_pages(registry: Mapping[Any, Any]) -> list[checks.CheckMessage]:
    return [error for page in registry.values() for error in _check(page)]


def _check(page: Any) -> list[checks.CheckMessage]:
    if not isinstance(page, TenantAdmin):
        hint = "Derive it from tenants.admin_base.TenantAdmin, which keeps tenants apart."
        return [checks.Error("not scoped to a tenant", hint=hint, obj=page, id="patchbay.E101")]
    found: list[checks.CheckMessage] = [
        checks.Error(f"`{name}` reads rows of all tenants", obj=page, id="patchbay.E102")
        for name in REFUSED
        if getattr(page, name)
    ]
    for each in page.list_filter:
        if not (isinstance(each, type) and issubclass(each, ChoiceFilter | PeriodFilter)):
            hint = "Use a filter of tenants.admin_filters, whose values come from the scope."
            message = f"the filter {each!r} lists values of all tenants"
            found.append(checks.Error(message, hint=hint, obj=page, id="patchbay.E103"))
    return found
