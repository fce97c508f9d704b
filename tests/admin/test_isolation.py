"""Every page × every way into it: what belongs to another tenant is what does not exist."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import quote
from django.contrib.contenttypes.models import ContentType
from django.test import Client, RequestFactory

from endpoints.models import Agent, Endpoint
from tenants.admin_base import TenantAdmin
from tenants.admin_site import site
from tenants.models import Membership, Role, TenantProvider
from tests.admin.asking import PAGES, Answer, address, ask, ledger_of, nobody, signed_in, views
from tests.admin.rows import House
from usage.models import CallEvent

ROLES = ("owner", "viewer")  # an admin reaches nothing that an owner does not
every_page = pytest.mark.parametrize("label", sorted(PAGES))
every_role = pytest.mark.parametrize("role", ROLES)


@pytest.fixture
def client(acme: House, role: str) -> Client:
    return signed_in(acme.users[role])


def same(client: Client, method: str, theirs: str, missing: str, path: str, values: Any) -> Answer:
    """Asks by `theirs` and by `missing`; `{id}` in path and values stands for the id."""

    def filled(text: Any, key: str) -> Any:
        if isinstance(text, dict):
            return {filled(name, key): filled(value, key) for name, value in text.items()}
        return text.replace("{id}", key) if isinstance(text, str) else text

    first, second = (
        ask(client, method, filled(path, key), filled(values, key), key)
        for key in (theirs, missing)
    )
    assert first == second
    assert first.status < 500
    assert "GLOBEXCANARY" not in first.body + first.location + str(first.said)
    return first


@every_role
@every_page
def test_list_shows_no_row_of_another_tenant(
    label: str, acme: House, globex: House, client: Client
) -> None:
    page = PAGES[label]
    for query in ({}, {"o": "-1.2"}, {"p": "1"}, {"all": ""}, {"e": "1"}, {"_facets": "True"}):
        answer = ask(client, "get", address(page, "changelist"), query, "")
        assert answer.status in (200, 302, 403)
        assert not [mark for mark in globex.marks if mark in answer.body]


@every_role
@every_page
def test_search_finds_nothing_of_another_tenant(
    label: str, acme: House, globex: House, client: Client
) -> None:
    path = address(PAGES[label], "changelist")
    row = globex.rows[PAGES[label].model]
    same(client, "get", str(row.pk), nobody(row), path, {"q": "{id}"})
    same(client, "get", "GLOBEXCANARY", "NOSUCHCANARY", path, {"q": "{id}"})


LOOKUPS = (
    "id", "pk", "id__exact", "id__in", "id__startswith", "tenant", "tenant_id", "tenant__id",
    "tenant__id__exact", "tenant__name", "tenant__name__startswith", "user__email",
    "user__password__startswith", "endpoint__id", "provider__secrets__startswith",
    "memberships__user__email", "agent", "endpoint", "agent_id", "endpoint_id", "digest",
    "started_at__year", "created_at__gte", "llm__id__exact", "tenant__memberships__user__id",
)  # fmt: skip


@every_role
@every_page
def test_lookups_that_no_filter_declares_are_refused_whatever_they_ask_for(
    label: str, acme: House, globex: House, client: Client
) -> None:
    """Also of own rows: `user__password__startswith` would read a secret letter by letter."""
    page = PAGES[label]
    declared = {name for each in page.list_filter for name in each.parameters()}
    row = globex.rows[page.model]
    for lookup in LOOKUPS:
        for theirs in (row, globex.tenant):
            answer = same(client, "get", str(theirs.pk), nobody(theirs),
                          address(page, "changelist"), {lookup: "{id}"})  # fmt: skip
            refused = {302, 403} if label in ("tenants.tenant", "tenants.user") else {400, 403}
            assert answer.status in ({200} if lookup in declared else refused)


@every_role
@every_page
def test_filters_offer_values_of_the_own_tenant_only(
    label: str, acme: House, globex: House, client: Client
) -> None:
    page = PAGES[label]
    for each in page.list_filter:
        for name in each.parameters():
            for row in (globex.rows[Agent], globex.rows[Endpoint], globex.tenant):
                same(client, "get", str(row.pk), nobody(row), address(page, "changelist"),
                     {name: "{id}"})  # fmt: skip


@every_role
@every_page
@pytest.mark.parametrize("method", ["get", "post"])
def test_every_view_of_an_object_answers_like_a_missing_one(
    label: str, method: str, acme: House, globex: House, client: Client
) -> None:
    """Walks the page's own routes, so a view that is added later is tried as well."""
    page = PAGES[label]
    row = globex.rows[page.model]
    before = ledger_of(globex)
    tried = 0
    for route in page.get_urls():
        text = f"/admin/{page.opts.app_label}/{page.opts.model_name}/{route.pattern}"
        if "<path:object_id>" not in text:
            continue
        path = text.replace("<path:object_id>", "{id}").replace("<path:run_id>", "{id}")
        assert "<" not in path, "say here what this parameter stands for"
        for values in (
            {},
            {"post": "yes", "_save": "1"},
            {"post": "yes", "tenant": globex.tenant.id},
        ):
            same(client, method, str(row.pk), nobody(row), path, values)
            tried += 1
    assert tried >= 3
    assert ledger_of(globex) == before


@every_role
@every_page
def test_actions_do_not_reach_another_tenants_rows(
    label: str, acme: House, globex: House, client: Client
) -> None:
    page = PAGES[label]
    row, path = globex.rows[page.model], address(page, "changelist")
    before = ledger_of(globex)
    for action in ("delete_selected", *(str(each) for each in page.actions or ())):
        values = {"action": action, "_selected_action": "{id}", "index": "0", "post": "yes"}
        same(client, "post", str(row.pk), nobody(row), path, {**values, "select_across": "0"})
        across = {**values, "select_across": "1", "_selected_action": str(row.pk)}
        assert client.post(path, across).status_code < 500
    assert ledger_of(globex) == before


@every_role
@every_page
def test_forged_list_edit_and_inline_forms_change_nothing(
    label: str, acme: House, globex: House, client: Client
) -> None:
    page = PAGES[label]
    row, own = globex.rows[page.model], acme.rows[page.model]
    before = ledger_of(globex)
    values = {}
    for prefix in ("form", "targets", "memberships", "api_keys", "endpoints", "validation_runs"):
        values |= {f"{prefix}-TOTAL_FORMS": "2", f"{prefix}-INITIAL_FORMS": "1",
                   f"{prefix}-MIN_NUM_FORMS": "0", f"{prefix}-MAX_NUM_FORMS": "1000",
                   f"{prefix}-0-id": "{id}", f"{prefix}-0-name": "forged",
                   f"{prefix}-0-tenant": "{id}", f"{prefix}-0-url": "https://forged.example.com",
                   f"{prefix}-1-id": "", f"{prefix}-1-name": "forged"}  # fmt: skip
    listing = address(page, "changelist")
    same(client, "post", str(row.pk), nobody(row), listing, {**values, "_save": "Save"})
    for view in (address(page, "change", str(own.pk)), listing + "add/"):
        client.post(view, {key: text.replace("{id}", str(row.pk)) for key, text in values.items()})
    assert ledger_of(globex) == before


@every_role
@every_page
def test_add_form_cannot_be_prefilled_with_another_tenants_ids(
    label: str, acme: House, globex: House, client: Client
) -> None:
    path = address(PAGES[label], "changelist") + "add/"
    names = ("tenant", "tenant_id", "llm", "voice", "provider", "agent_id", "user", "endpoint")
    for row in (globex.tenant, globex.rows[Agent], globex.rows[Endpoint]):
        same(client, "get", str(row.pk), nobody(row), path, dict.fromkeys(names, "{id}"))
    filled = client.get(path, dict.fromkeys(("name", "url", "email", "hosts"), "PREFILLED"))
    assert "PREFILLED" not in filled.content.decode().replace("name=PREFILLED", "")


@every_role
@every_page
def test_posted_ids_of_another_tenant_answer_like_ids_of_nobody(
    label: str, acme: House, globex: House, client: Client
) -> None:
    page = PAGES[label]
    before = ledger_of(globex)
    fields = {"name": "forged", "tenant": globex.tenant.id, "tenant_id": globex.tenant.id,
              "channel": "llm", "wire_format": "openai-chat", "auth": "{id}", "llm": "{id}",
              "provider": "{id}", "agent_id": "{id}", "agent": "{id}", "scopes": "llm",
              "url": "https://forged.example.com/v1/chat/completions", "_save": "Save"}  # fmt: skip
    own = acme.rows[page.model]
    for kind in (Agent, Endpoint, TenantProvider, Membership):
        row = globex.rows[kind]
        for path in (address(page, "changelist") + "add/", address(page, "change", str(own.pk))):
            same(client, "post", str(row.pk), nobody(row), path, {**fields, "_saveasnew": "1"})
            same(client, "post", str(row.pk), nobody(row), path, fields)
    assert ledger_of(globex) == before


@every_role
@every_page
@pytest.mark.parametrize("name", ["_to_field", "_popup"])
def test_pickers_are_refused_everywhere(
    label: str, name: str, acme: House, globex: House, client: Client
) -> None:
    page = PAGES[label]
    own = str(acme.rows[page.model].pk)
    for path in (address(page, "changelist"), address(page, "change", own),
                 address(page, "changelist") + "add/", address(page, "delete", own)):  # fmt: skip
        for value in ("password", "id", "email", "digest", "1"):
            assert client.get(path, {name: value}).status_code == 400
            assert client.post(path, {name: value}).status_code == 400


@every_role
@every_page
def test_history_and_delete_pages_of_own_rows_show_nothing_of_another_tenant(
    label: str, acme: House, globex: House, client: Client
) -> None:
    page = PAGES[label]
    own = str(acme.rows[page.model].pk)
    for view in ("history", "delete", "change"):
        answer = ask(client, "get", address(page, view, own), {}, "")
        assert answer.status in (200, 302, 403)
        assert not [mark for mark in globex.marks if mark in answer.body]


@every_role
def test_lookups_outside_of_pages_do_not_exist(
    role: str, acme: House, globex: House, client: Client
) -> None:
    for page in PAGES.values():
        row = globex.rows[page.model]
        kind = ContentType.objects.get_for_model(page.model).pk
        for key in (str(row.pk), nobody(row)):
            assert client.get(f"/admin/r/{kind}/{key}/").status_code == 404
            for field in ("tenant", "llm", "provider", "user", "endpoint"):
                query = {"app_label": page.opts.app_label, "model_name": page.opts.model_name,
                         "field_name": field, "term": "GLOBEX"}  # fmt: skip
                assert client.get("/admin/autocomplete/", query).status_code == 404
    assert client.get("/admin/search/", {"s": "GLOBEX", "extended": "1"}).status_code == 404


@every_role
def test_pages_without_an_object_show_nothing_of_another_tenant(
    role: str, acme: House, globex: House, client: Client
) -> None:
    LogEntry.objects.filter(object_repr__startswith="GLOBEX").update(user=acme.users[role])
    tried = set()
    for route in views():
        if route.pattern.regex.groups == 0 and route.name not in ("logout", "login"):
            tried.add(str(route.name))
    paths = [
        "/admin/", "/admin/tenants/", "/admin/endpoints/", "/admin/usage/", "/admin/jsi18n/",
        "/admin/password_change/", "/admin/password_change/done/", "/admin/nonsense/",
    ]  # fmt: skip
    for path in paths:
        answer = ask(client, "get", path, {}, "")
        assert not [mark for mark in globex.marks if mark in answer.body]
    assert {"index", "jsi18n", "password_change"} <= tried


@every_role
def test_switching_to_another_tenant_is_not_possible(
    role: str, acme: House, globex: House, client: Client
) -> None:
    answer = same(client, "post", globex.tenant.id, nobody(globex.tenant), "/admin/tenant/",
                  {"tenant": "{id}"})  # fmt: skip
    assert answer.status == 404
    session = client.session
    session["tenant"] = globex.tenant.id  # even if it stood there
    session.save()
    assert "GLOBEXCANARY" not in client.get("/admin/").content.decode()


@pytest.mark.parametrize("role", ["owner"])
def test_member_of_two_tenants_sees_one_at_a_time(
    role: str, acme: House, globex: House, client: Client
) -> None:
    Membership.objects.create(tenant=globex.tenant, user=acme.users[role], role=Role.VIEWER)
    path = "/admin/usage/callevent/"
    own, theirs = acme.rows, globex.rows
    event, other = (f"{path}{quote(rows[CallEvent].id)}/change/" for rows in (own, theirs))
    assert event in client.get(path).content.decode()
    assert other not in client.get(path).content.decode()
    assert client.post("/admin/tenant/", {"tenant": globex.tenant.id}).status_code == 302
    assert other in client.get(path).content.decode()
    assert event not in client.get(path).content.decode()
    assert client.get(event).status_code == 302


class Loose(TenantAdmin):
    """A page that leaves everything to Django: what the base class alone still guarantees."""

    fields = ("llm", "voice", "tenant")


@pytest.mark.parametrize("role", ["owner"])
def test_relations_of_a_page_without_a_form_of_its_own_stay_in_the_tenant(
    role: str, acme: House, globex: House, rf: RequestFactory
) -> None:
    request = rf.get("/")
    request.user, request.session = acme.users[role], {}  # type: ignore[assignment]
    page = Loose(Agent, site)
    offered = {
        name: list(page.formfield_for_dbfield(Agent._meta.get_field(name), request).queryset)
        for name in ("llm", "tenant")
    }
    assert offered == {"llm": [acme.rows[Endpoint]], "tenant": [acme.tenant]}
    site_of_keys = page.formfield_for_dbfield(LogEntry._meta.get_field("content_type"), request)
    assert list(site_of_keys.queryset) == []
    assert page.to_field_allowed(request, "id") is False
    assert list(page.get_queryset(request)) == [acme.rows[Agent]]
    rows, _ = page.get_search_results(request, Agent.objects.all(), "")
    assert list(rows) == [acme.rows[Agent]]
