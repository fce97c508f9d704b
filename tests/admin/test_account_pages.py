import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.contrib.sessions.models import Session
from django.test import Client

from endpoints.models import Agent
from tenants import keys
from tenants.models import ApiKey, Membership, Tenant, TenantProvider, User
from tests.admin.asking import PAGES, address, save, signed_in
from tests.admin.rows import PASSWORD, House
from tests.tenants.rows import api_key

KEYS, MEMBERS = PAGES["tenants.apikey"], PAGES["tenants.membership"]
PEOPLE = PAGES["tenants.user"]
TENANTS, PROVIDERS = PAGES["tenants.tenant"], PAGES["tenants.tenantprovider"]


@pytest.fixture
def owner(acme: House) -> Client:
    return signed_in(acme.users["owner"])


@pytest.fixture
def operator(db: None) -> Client:
    return signed_in(User.objects.create_superuser("operator@example.com", PASSWORD))


def said(response: Any) -> list[str]:
    return [str(each) for each in get_messages(response.wsgi_request)]


def errors(response: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = response.context["adminform"].form.errors
    return found


def told_once(body: str) -> str:
    found = re.search(r'<code id="told">([^<]+)</code>', body)
    assert found is not None
    return found[1]


# API keys


def test_key_is_shown_once_in_the_answer_itself_and_stored_nowhere(
    acme: House, owner: Client
) -> None:
    response = owner.post(address(KEYS, "add"), {"name": "Vapi", "scopes": ["llm", "voice"]})
    assert response.status_code == 200
    assert "no-store" in response.headers["cache-control"]
    text = told_once(response.content.decode())
    row = ApiKey.objects.get(name="Vapi")
    assert keys.digest(text) == row.digest
    assert row.scopes == ["llm", "voice"]
    for path in (KEYS.page_of(row), address(KEYS, "changelist"), address(KEYS, "history", row.id)):
        body = owner.get(path).content.decode()
        assert text not in body
        assert row.digest not in body
    assert text not in str([session.get_decoded() for session in Session.objects.all()])


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("scopes", {"scopes": []}),
        ("scopes", {"scopes": ["root"]}),
        ("agent", {"agent": "agt_nobody"}),
        ("expires_at", {"expires_at": "2001-01-01T00:00"}),
        ("name", {"name": ""}),
    ],
)
def test_wrong_key_forms_make_no_key(owner: Client, field: str, wrong: dict[str, Any]) -> None:
    before = ApiKey.objects.count()
    response = owner.post(address(KEYS, "add"), {"name": "x", "scopes": ["llm"], **wrong})
    assert list(errors(response)) == [field]
    assert ApiKey.objects.count() == before


def test_key_of_one_agent_names_it(acme: House, owner: Client) -> None:
    agent = acme.rows[Agent]
    owner.post(address(KEYS, "add"), {"name": "One", "scopes": ["llm"], "agent": agent.id})
    row = ApiKey.objects.get(name="One")
    assert row.agent_id == agent.id
    assert "ACMEOWN agent" in owner.get(KEYS.page_of(row)).content.decode()


def test_key_is_revoked_by_its_button_and_stays_so(acme: House, owner: Client) -> None:
    row = acme.rows[ApiKey]
    path = KEYS.page_of(row).replace("change/", "revoke/")
    assert owner.get(path).status_code == 405
    assert owner.post(path).headers["location"] == KEYS.page_of(row)
    row.refresh_from_db()
    assert row.revoked_at is not None
    body = owner.get(KEYS.page_of(row)).content.decode()
    assert "Revoke this key" not in body
    assert "Revoked." in owner.get(address(KEYS, "history", row.id)).content.decode()


def test_keys_are_revoked_from_the_list(acme: House, owner: Client) -> None:
    chosen = {"action": "revoke", "_selected_action": acme.rows[ApiKey].id}
    assert said(owner.post(address(KEYS, "changelist"), chosen)) == ["Revoked: 1."]
    assert said(owner.post(address(KEYS, "changelist"), chosen))[-1] == "Revoked: 0."


def test_viewer_can_neither_make_nor_revoke_keys(acme: House) -> None:
    viewer, row = signed_in(acme.users["viewer"]), acme.rows[ApiKey]
    assert viewer.post(address(KEYS, "add"), {"name": "x", "scopes": ["llm"]}).status_code == 403
    assert viewer.post(KEYS.page_of(row).replace("change/", "revoke/")).status_code == 404
    viewer.post(address(KEYS, "changelist"), {"action": "revoke", "_selected_action": row.id})
    row.refresh_from_db()
    assert row.revoked_at is None


def test_list_of_keys_has_the_agent_of_each(acme: House, owner: Client) -> None:
    agent = acme.rows[Agent]
    for name, bound in (("One", agent.id), ("Left", "agt_gone"), ("Free", "")):
        row, _ = api_key(acme.tenant, "llm", agent_id=bound)
        row.name = name
        row.save()
    rows = owner.get(address(KEYS, "changelist")).context["cl"].result_list
    assert {row.name: row.only_for for row in rows} == {
        "One": "ACMEOWN agent", "Left": "agt_gone", "Free": "any agent", "ACMEOWN key": "any agent"
    }  # fmt: skip
    body = owner.get(address(KEYS, "changelist"), {"o": "5"}).content.decode()
    assert 'data-label="agent"' in body
    assert "ACMEOWN agent" in body


# Members


def test_new_member_gets_a_password_that_is_shown_once_and_works(
    acme: House, owner: Client
) -> None:
    filled = {"email": "New@Example.com", "role": "viewer"}
    password = told_once(owner.post(address(MEMBERS, "add"), filled).content.decode())
    assert Client().login(email="new@example.com", password=password)
    assert Membership.objects.get(user__email="new@example.com").tenant == acme.tenant


def test_person_of_another_tenant_gets_a_new_password_from_an_operator(
    acme: House, globex: House, operator: Client
) -> None:
    person = globex.users["viewer"]
    client = signed_in(person)
    operator.post("/admin/tenant/", {"tenant": acme.tenant.id})
    filled = {"email": person.email, "role": "owner"}
    password = told_once(operator.post(address(MEMBERS, "add"), filled).content.decode())
    assert client.get("/admin/").status_code == 302
    assert Client().login(email=person.email, password=password)
    assert not Client().login(email=person.email, password=PASSWORD)


def test_members_are_for_owners_only(acme: House) -> None:
    row = acme.rows[Membership]
    for role in ("admin", "viewer"):
        client = signed_in(acme.users[role])
        assert client.get(address(MEMBERS, "changelist")).status_code == 403
        for path in (address(MEMBERS, "add"), MEMBERS.page_of(row)):
            assert client.post(path, {"email": "x@example.com", "role": "owner"}).status_code == 403
        assert (
            client.post(address(MEMBERS, "delete", str(row.pk)), {"post": "yes"}).status_code == 403
        )
        assert "/admin/tenants/membership/" not in client.get("/admin/").content.decode()


def test_last_owner_can_neither_step_down_nor_leave(acme: House, owner: Client) -> None:
    row = Membership.objects.get(tenant=acme.tenant, role="owner")
    response = save(owner, MEMBERS.page_of(row), {"role": "viewer"})
    assert "at least one owner" in str(errors(response)["__all__"])
    response = owner.post(address(MEMBERS, "delete", str(row.pk)), {"post": "yes"})
    assert any("at least one owner" in each for each in said(response))
    row.refresh_from_db()
    assert row.role == "owner"


def test_role_is_changed_and_nothing_else_can_be(acme: House, globex: House, owner: Client) -> None:
    row = acme.rows[Membership]
    forged = {"role": "admin", "tenant": globex.tenant.id, "user": globex.users["owner"].pk,
              "email": "x@example.com", "is_superuser": "on"}  # fmt: skip
    save(owner, MEMBERS.page_of(row), forged)
    row.refresh_from_db()
    assert (row.role, row.tenant, row.user) == ("admin", acme.tenant, acme.users["viewer"])
    assert not User.objects.filter(is_superuser=True).exists()


# The tenant itself


def test_owner_renames_the_tenant_and_cannot_touch_its_plan(acme: House, owner: Client) -> None:
    assert owner.get(address(TENANTS, "changelist")).headers["location"] == TENANTS.page_of(
        acme.tenant
    )
    save(owner, TENANTS.page_of(acme.tenant), {"name": "Renamed", "plan": "enterprise"})
    acme.tenant.refresh_from_db()
    assert (acme.tenant.name, acme.tenant.plan_name) == ("Renamed", "pro")
    assert owner.post(address(TENANTS, "add"), {"name": "x", "plan": "pro"}).status_code == 403


def test_operator_makes_tenants_sets_plans_and_enters_them(acme: House, operator: Client) -> None:
    operator.post(address(TENANTS, "add"), {"name": "Fresh", "plan": "free"})
    fresh = Tenant.objects.get(name="Fresh")
    save(operator, TENANTS.page_of(fresh), {"name": "Fresh", "plan": "pro"})
    fresh.refresh_from_db()
    assert fresh.plan_name == "pro"
    assert "Work in this tenant" in operator.get(TENANTS.page_of(fresh)).content.decode()
    operator.post("/admin/tenant/", {"tenant": fresh.id})
    assert "Fresh" in operator.get("/admin/").content.decode()
    assert "ACMEOWN Ltd" in operator.get(address(TENANTS, "changelist")).content.decode()


def test_operator_without_a_chosen_tenant_cannot_add_to_one(operator: Client) -> None:
    for page in (KEYS, MEMBERS, PROVIDERS, PAGES["endpoints.endpoint"], PAGES["endpoints.agent"]):
        assert operator.get(address(page, "add")).status_code == 403


# People


def test_operator_locks_a_person_out_and_lets_them_in_again(acme: House, operator: Client) -> None:
    person = acme.users["admin"]
    client, path = signed_in(person), PEOPLE.page_of(person).replace("change/", "activity/")
    assert operator.get(path).status_code == 405
    page = operator.get(PEOPLE.page_of(person)).content.decode()
    assert 'name="active" value="no"' in page
    for _ in range(2):  # another operator does the same at the same moment
        operator.post(path, {"active": "no"})
        assert client.get("/admin/").status_code == 302
    page = operator.get(PEOPLE.page_of(person)).content.decode()
    assert 'name="active" value="yes"' in page
    operator.post(path, {"active": "yes"})
    assert client.get("/admin/").status_code == 200
    assert operator.post(path).status_code == 400


def test_new_password_is_shown_once_and_ends_the_sessions(acme: House, operator: Client) -> None:
    person = acme.users["admin"]
    client = signed_in(person)
    path = PEOPLE.page_of(person).replace("change/", "password/")
    password = told_once(operator.post(path).content.decode())
    assert client.get("/admin/").status_code == 302
    assert Client().login(email=person.email, password=password)
    assert not Client().login(email=person.email, password=PASSWORD)


def test_operator_cannot_lock_themselves_out(operator: Client) -> None:
    person = User.objects.get(email="operator@example.com")
    operator.post(PEOPLE.page_of(person).replace("change/", "activity/"), {"active": "no"})
    assert operator.get("/admin/").status_code == 200


def test_members_change_their_own_password_and_nobody_elses(acme: House, owner: Client) -> None:
    changed = {"old_password": PASSWORD, "new_password1": "another long one",
               "new_password2": "another long one"}  # fmt: skip
    assert owner.post("/admin/password_change/", changed).status_code == 302
    assert Client().login(email=acme.users["owner"].email, password="another long one")
    for view in ("activity", "password"):
        path = PEOPLE.page_of(acme.users["viewer"]).replace("change", view)
        assert owner.post(path).status_code == 404


# Stored credentials


def test_credential_of_one_endpoint_is_kept_on_that_endpoints_form(
    acme: House, owner: Client
) -> None:
    row = acme.rows[TenantProvider]
    TenantProvider.objects.filter(id=row.id).update(owner_endpoint_id="end_some")
    assert list(owner.get(address(PROVIDERS, "changelist")).context["cl"].result_list) == []
    assert owner.get(PROVIDERS.page_of(row)).status_code == 302


def test_credential_goes_in_and_never_comes_out(acme: House, owner: Client) -> None:
    filled = {"name": "Gateway", "provider": "custom-llm", "hosts": "gw.example.com",
              "auth_type": "header", "auth_header_header": "x-api-key",
              "auth_header_value": "sk-canary-0123456789-77aa"}  # fmt: skip
    assert owner.post(address(PROVIDERS, "add"), filled).status_code == 302
    row = TenantProvider.objects.get(name="Gateway")
    assert "sk-canary" in row.secrets.reveal()
    for path in (PROVIDERS.page_of(row), address(PROVIDERS, "changelist")):
        body = owner.get(path).content.decode()
        assert "sk-canary" not in body
        assert "•••• 77aa" in body
    assert 'value="x-api-key"' in owner.get(PROVIDERS.page_of(row)).content.decode()


def test_last_characters_of_a_secret_are_text_and_no_markup(acme: House, owner: Client) -> None:
    row = acme.rows[TenantProvider]
    TenantProvider.objects.filter(id=row.id).update(last4="<!--")
    body = owner.get(PROVIDERS.page_of(row)).content.decode()
    assert "•••• <!--" not in body
    assert "•••• &lt;!--" in body


def test_credential_needs_its_secret_again_for_a_new_host(acme: House, owner: Client) -> None:
    row = acme.rows[TenantProvider]
    filled = {"name": "Gateway", "hosts": "evil.example.org", "auth_type": "bearer"}
    response = save(owner, PROVIDERS.page_of(row), filled)
    assert "Give the secret again" in str(errors(response)["auth_type"])
    row.refresh_from_db()
    assert row.hosts == ["acmeown.example.com"]


def test_hosts_stand_in_the_form_as_they_are_typed(acme: House, owner: Client) -> None:
    row = acme.rows[TenantProvider]
    TenantProvider.objects.filter(id=row.id).update(hosts=["a.example.com", "b.example.com"])
    form = owner.get(PROVIDERS.page_of(row)).context["adminform"].form
    assert form["hosts"].value() == "a.example.com\nb.example.com"


def test_credential_in_use_stays(acme: House, owner: Client) -> None:
    row = acme.rows[TenantProvider]
    response = owner.post(address(PROVIDERS, "delete", row.id), {"post": "yes"})
    assert any("still uses" in each for each in said(response))
    assert TenantProvider.objects.filter(id=row.id).exists()


def test_moments_in_lists_say_their_zone(acme: House) -> None:
    owner = signed_in(acme.users["owner"])
    moment = datetime(2026, 11, 21, 15, 26, tzinfo=UTC)
    ApiKey.objects.filter(tenant=acme.tenant).update(last_used_at=moment)
    body = owner.get("/admin/tenants/apikey/").content.decode()
    assert "2026-11-21 15:26 UTC" in body
