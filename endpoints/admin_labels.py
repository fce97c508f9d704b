"""What agents, endpoints and credentials are called where several of them are listed or offered."""

from collections.abc import Collection
from typing import Any
from urllib.parse import urlsplit

from django.db.models import QuerySet

from endpoints.models import Agent, Endpoint
from tenants.admin_names import Named, told_apart
from tenants.models import TenantProvider

MOST_OFFERED = 200  # names in one filter; a tenant with more searches by id


def labels(rows: QuerySet[Any], ids: Collection[str] | None = None) -> dict[str, str]:
    """Of agents or endpoints by id, in the order of names: of these ids, or of the first rows."""
    rows = rows.order_by("name", "id")
    if ids is None:
        return told_apart(named(row) for row in rows[:MOST_OFFERED])
    wanted = list(rows.filter(id__in=ids))
    others = rows.filter(name__in={row.name for row in wanted}).exclude(id__in=ids)
    found = told_apart(named(row) for row in (*wanted, *others[:MOST_OFFERED]))
    return {row.id: found[row.id] for row in wanted}


def named(row: Agent | Endpoint | TenantProvider) -> Named:
    """An endpoint is known by where its server is, a credential by where it goes."""
    if isinstance(row, Endpoint):
        urls = [target.url for target in row.targets.all()]
        return Named(row.id, row.name, urlsplit(urls[0]).netloc if urls else "")
    if isinstance(row, TenantProvider):
        kind = row.get_provider_display()
        return Named(row.id, f"{row.name} ({kind})", ", ".join(row.hosts))
    return Named(row.id, row.name)
