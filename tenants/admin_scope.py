"""Whose objects a person who is signed in to the admin sees."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, TypeVar

from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from tenants.models import Membership, Role, Tenant, User

SESSION_KEY = "tenant"

_Row = TypeVar("_Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Scope:
    """A person's view: one tenant in one role, or, for an operator, all tenants or a chosen one.

    `role` is `None` for operators, `tenant` is `None` for an operator who has chosen none.
    `choices` are the tenants that the person belongs to.
    """

    user: User
    tenant: Tenant | None
    role: Role | None
    choices: tuple[Tenant, ...]

    @property
    def is_operator(self) -> bool:
        return self.role is None

    def may(self, roles: Collection[Role]) -> bool:
        return self.role is None or self.role in roles

    def covers(self, tenant_id: str) -> bool:
        return self.tenant.id == tenant_id if self.tenant else self.is_operator

    def narrow(self, rows: QuerySet[_Row], lookup: str) -> QuerySet[_Row]:
        """The rows of this scope; `lookup` leads from a row to its tenant's id."""
        if self.tenant is not None:
            return rows.filter(**{lookup: self.tenant.id})
        return rows if self.is_operator else rows.none()


def may_enter(user: Any) -> bool:
    """Whether the admin has anything for this person: a membership, or the whole installation."""
    if not (isinstance(user, User) and user.is_active):
        return False
    return user.is_superuser or user.memberships.exists()


def scope_of(request: HttpRequest) -> Scope:
    """The scope of a request by somebody who `may_enter`, read once per request.

    Raises `PermissionDenied`.
    """
    scope = getattr(request, "_scope", None)
    if not isinstance(scope, Scope):
        scope = _read(request)
        setattr(request, "_scope", scope)  # noqa: B010 - HttpRequest declares no such attribute
    return scope


def choose_tenant(request: HttpRequest, tenant_id: str) -> bool:
    """Makes a tenant the one that is looked at; an operator may choose none with an empty id."""
    scope = scope_of(request)
    if not tenant_id and scope.is_operator:
        request.session.pop(SESSION_KEY, None)
        return True
    known = {tenant.id for tenant in scope.choices}
    if tenant_id in known or (scope.is_operator and Tenant.objects.filter(id=tenant_id).exists()):
        request.session[SESSION_KEY] = tenant_id
        return True
    return False


def _read(request: HttpRequest) -> Scope:
    user, wanted = request.user, request.session.get(SESSION_KEY, "")
    if not isinstance(user, User):
        raise TypeError("a scope belongs to a person who is signed in")
    rows = Membership.objects.filter(user=user).select_related("tenant").order_by("tenant__name")
    memberships = list(rows)
    choices = tuple(each.tenant for each in memberships)
    if user.is_superuser:
        return Scope(user, Tenant.objects.filter(id=wanted).first(), None, choices)
    if not memberships:
        raise PermissionDenied  # the last one ended since `may_enter` saw it
    oldest = min(memberships, key=lambda each: (each.created_at, each.id))
    chosen = next((each for each in memberships if each.tenant_id == wanted), oldest)
    return Scope(user, chosen.tenant, Role(chosen.role), choices)
