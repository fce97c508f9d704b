"""Who sees and changes which rows in the admin."""

from typing import Any, ClassVar

from django import forms
from django.contrib.admin.utils import quote
from django.db.models import Field, Model, QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from tenants.admin_scope import may_enter, scope_of
from tenants.models import Role

EVERYBODY = frozenset(Role)
EDITORS = frozenset({Role.OWNER, Role.ADMIN})
OWNERS = frozenset({Role.OWNER})
NOBODY: frozenset[Role] = frozenset()  # operators remain: they may everything


class GuardedAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """A model's rows for the members of its tenant.

    `tenant_lookup` leads from a row to its tenant's id. `viewers`, `editors` name the roles that
    may read and write; operators may both. An object of another tenant is one that is not there.
    """

    tenant_lookup: ClassVar[str] = "tenant_id"
    viewers: ClassVar[frozenset[Role]] = EVERYBODY
    editors: ClassVar[frozenset[Role]] = EDITORS
    can_add: ClassVar[bool] = True
    can_delete: ClassVar[bool] = True

    view_on_site = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        return self.scoped(request, super().get_queryset(request))

    def scoped(self, request: HttpRequest, rows: QuerySet[Model]) -> QuerySet[Model]:
        """Those of the rows that the person may know of."""
        return scope_of(request).narrow(rows, self.tenant_lookup)

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Model | None:
        """By id, also one typed as it is: Django reads `_23` in an address as a quoted `#`."""
        found: Model | None = super().get_object(request, object_id, None)
        return found or super().get_object(request, quote(object_id), None)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may_enter(request.user) and self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return scope_of(request).may(self.viewers) and self._covers(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        scope = scope_of(request)
        return self.can_add and scope.tenant is not None and scope.may(self.editors)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return scope_of(request).may(self.editors) and self._covers(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.can_delete and self.has_change_permission(request, obj)

    def _covers(self, request: HttpRequest, obj: Model | None) -> bool:
        if obj is None:
            return True
        value: Any = obj
        for part in self.tenant_lookup.split("__"):
            value = getattr(value, part)
        return scope_of(request).covers(value)

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Only what a filter of this list declares; no walk along relations, no raw lookups."""
        return any(lookup in each.parameters() for each in self.list_filter)

    def to_field_allowed(self, request: HttpRequest, to_field: str) -> bool:
        return False

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Model], search_term: str
    ) -> tuple[QuerySet[Model], bool]:
        own = self.scoped(request, queryset)
        rows, duplicates = super().get_search_results(request, own, search_term)
        return rows, duplicates

    def formfield_for_foreignkey(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        kwargs["queryset"] = self._choices(db_field, request)
        field: forms.Field | None = super().formfield_for_foreignkey(db_field, request, **kwargs)
        return field

    def formfield_for_manytomany(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        kwargs["queryset"] = self._choices(db_field, request)
        field: forms.Field | None = super().formfield_for_manytomany(db_field, request, **kwargs)
        return field

    def _choices(self, db_field: "Field[Any, Any]", request: HttpRequest) -> QuerySet[Model]:
        """What a relation may point at: what the related model's own page shows, else nothing."""
        related = db_field.related_model
        page = self.admin_site._registry.get(related)
        if isinstance(page, GuardedAdmin):
            return page.get_queryset(request)
        if related is None:
            raise TypeError(f"{db_field} is no relation")
        return related._default_manager.none()

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A link cannot fill a form in."""
        return {}

    def get_form(
        self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any
    ) -> "type[forms.ModelForm[Model]]":
        form = super().get_form(request, obj, change=change, **kwargs)
        return type(form.__name__, (form,), {"scope": scope_of(request)})
