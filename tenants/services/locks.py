"""Whose turn it is to write, and the row as it is then."""

from typing import TypeVar

from django.db.models import Model, QuerySet

from tenants.errors import Gone
from tenants.models import Tenant

_Row = TypeVar("_Row", bound=Model)


def tenant_lock(tenant: Tenant) -> None:
    """From here to its end the caller's transaction alone writes to what the tenant has patched.

    Such writes take their rows in many orders: an endpoint before its credential, a credential
    before its endpoints, an agent before both. Without a turn two of them end in a deadlock, or
    one refers to a row that the other deletes. Rows may still be made that refer to the tenant.
    """
    Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)


def in_turn(tenant: Tenant, row: _Row) -> _Row:
    """The tenant's turn is the caller's, and this the row that nobody else changes. Raises `Gone`.

    For who must look at a row before a service writes it: what is seen here is still so then.
    """
    tenant_lock(tenant)
    return locked(type(row)._default_manager.all(), row)


def locked(rows: QuerySet[_Row], row: _Row) -> _Row:
    """The row as it is now, and stays: a rotation of keys takes no turns. Raises `Gone`.

    Rows may refer to it meanwhile: a worker that ends a run holds what the caller may come to.
    """
    now = rows.select_for_update(no_key=True).filter(pk=row.pk).first()
    if now is None:
        raise Gone(f"The {row._meta.verbose_name} was deleted a moment ago.")
    return now
