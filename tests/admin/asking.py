"""Asks the admin for the same thing twice, once by another tenant's id and once by nobody's."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import quote
from django.contrib.sessions.models import Session
from django.db.models import Model
from django.test import Client
from django.urls import URLPattern, URLResolver, reverse

from tenants.admin_base import TenantAdmin
from tenants.admin_site import site
from tenants.models import User
from tests.admin.rows import House

PAGES: dict[str, TenantAdmin] = {
    model._meta.label_lower: page for model, page in site._registry.items()
}
# The token of CSRF protection differs on each page, as does the address that an answer repeats.
_TOKEN = re.compile(r'(name="csrfmiddlewaretoken" value=")[^"]+')


@dataclass(frozen=True, slots=True)
class Answer:
    """What a browser gets, without what differs between any two requests."""

    status: int
    body: str
    location: str
    said: tuple[str, ...]


def signed_in(user: User) -> Client:
    client = Client(raise_request_exception=True)
    client.force_login(user)
    return client


def ask(client: Client, method: str, path: str, values: Any, mask: str) -> Answer:
    """One request, `mask` (the id that is asked for) taken out of the answer."""
    client.cookies.pop("messages", None)  # what an earlier answer left to be said
    response = getattr(client, method)(path, values)
    body = response.content.decode() if not response.streaming else ""
    said = tuple(str(each) for each in response.wsgi_request._messages)
    return Answer(
        response.status_code,
        _masked(_TOKEN.sub(r"\1", body), mask),
        _masked(response.headers.get("location", ""), mask),
        tuple(_masked(each, mask) for each in said),
    )


def _masked(text: str, key: str) -> str:
    """Links hold an id as the admin quotes it, with `_` as `_5F`."""
    return text.replace(key, "ID").replace(quote(key), "ID") if key else text


def address(page: TenantAdmin, view: str, *args: str) -> str:
    return reverse(
        f"admin:{page.opts.app_label}_{page.opts.model_name}_{view}",
        args=[quote(each) for each in args],
    )


def nobody(row: Model) -> str:
    """An id of the same shape that no row has."""
    key = str(row.pk)
    return str(int(key) + 10_000) if key.isdecimal() else key[:-6] + "zzzzzz"


def views() -> Iterator[URLPattern]:
    """Every view of the site, however deep."""
    yield from _views(site.get_urls())


def _views(patterns: list[URLPattern | URLResolver]) -> Iterator[URLPattern]:
    for each in patterns:
        if isinstance(each, URLResolver):
            yield from _views(each.url_patterns)
        else:
            yield each


def ledger_of(house: House) -> dict[str, list[dict[str, Any]]]:
    """Every row that speaks of the tenant, so that two moments can be compared."""
    kept = {}
    for model in apps.get_models():
        if model in (LogEntry, Session):
            continue
        names = {field.attname for field in model._meta.concrete_fields}
        rows = model._default_manager.all()
        if model is User:
            rows = rows.filter(id__in=[user.id for user in house.users.values()])
        elif "tenant_id" in names:
            rows = rows.filter(tenant_id=house.tenant.id)
        elif model._meta.label == "tenants.Tenant":
            rows = rows.filter(id=house.tenant.id)
        elif "endpoint_id" in names:
            rows = rows.filter(endpoint_id__in=house.ids)
        elif "run_id" in names:
            rows = rows.filter(run_id__in=house.ids)
        else:
            continue
        kept[model._meta.label] = [
            {name: repr(value) for name, value in row.items() if name != "last_login"}
            for row in rows.order_by("pk").values()
        ]
    return kept


def opened(client: Client, path: str) -> str:
    """What the page at `path` posts back to say what it showed."""
    text: str = client.get(path).context["adminform"].form.opened
    return text


def save(client: Client, path: str, values: dict[str, Any]) -> Any:
    """Opens a page and saves it with these values, nobody else being there."""
    return client.post(path, {"opened": opened(client, path), **values})
