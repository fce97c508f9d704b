import io
import json

import pytest
from django.core.management import CommandError, call_command

from tenants import keys
from tenants.models import ApiKey, Membership, Tenant, User
from tests.tenants.rows import agent, api_key, tenant

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def test_tenant_create_prints_the_tenant_its_key_and_the_owners_password_as_json() -> None:
    made = json.loads(
        run("tenant_create", "Acme", "--plan", "pro", "--owner-email", "Ann@x.org", "--json")
    )
    acme = Tenant.objects.get(pk=made["tenant"])
    key = ApiKey.objects.get(pk=made["api_key_id"])
    assert (acme.name, acme.plan_name, made["plan"]) == ("Acme", "pro", "pro")
    assert (key.tenant, key.digest) == (acme, keys.digest(made["api_key"]))
    assert set(key.scopes) == set(keys.SCOPES)
    owner = Membership.objects.get(tenant=acme)
    assert (owner.role, owner.user.email) == ("owner", made["owner_email"])
    assert owner.user.check_password(made["owner_password"])


def test_tenant_create_prints_lines_without_json() -> None:
    text = run("tenant_create", "Acme")
    assert Tenant.objects.get().id in text
    assert "pb_live_" in text
    assert "owner" not in text


def test_tenant_create_gives_a_known_person_a_new_password() -> None:
    first = json.loads(run("tenant_create", "A", "--owner-email", "ann@x.org", "--json"))
    second = json.loads(run("tenant_create", "B", "--owner-email", "ann@x.org", "--json"))
    owner = User.objects.get()
    assert owner.check_password(second["owner_password"])
    assert not owner.check_password(first["owner_password"])


def test_tenant_create_leaves_the_password_of_an_operator_alone() -> None:
    User.objects.create_superuser("op@x.org", "a long enough password")
    assert "(as before)" in run("tenant_create", "A", "--owner-email", "op@x.org")
    assert User.objects.get().check_password("a long enough password")


def test_tenant_create_that_fails_leaves_nothing_behind() -> None:
    with pytest.raises(CommandError):
        run("tenant_create", "Acme", "--owner-email", "nonsense")
    assert not Tenant.objects.exists()
    assert not ApiKey.objects.exists()


def test_key_create_makes_a_key_of_the_named_scopes() -> None:
    acme = tenant()
    made = json.loads(run("key_create", acme.id, "--scope", "llm", "--scope", "read", "--json"))
    assert made["scopes"] == ["read", "llm"]
    assert ApiKey.objects.get().digest == keys.digest(made["api_key"])


def test_key_create_for_an_agent_has_the_hosted_scopes() -> None:
    acme = tenant()
    made = json.loads(run("key_create", acme.id, "--agent", agent(acme).id, "--json"))
    assert made["scopes"] == ["llm", "voice", "transcriber"]
    with pytest.raises(CommandError, match="no such agent"):
        run("key_create", acme.id, "--agent", "agt_nobodys")
    with pytest.raises(CommandError, match="no such tenant"):
        run("key_create", "ten_nobodys")


def test_key_revoke_takes_an_id_or_the_text_of_a_leaked_key() -> None:
    acme = tenant()
    by_id, _ = api_key(acme)
    by_text, text = api_key(acme)
    other, _ = api_key(acme)
    run("key_revoke", by_id.id)
    run("key_revoke", text)
    for row in (by_id, by_text, other):
        row.refresh_from_db()
    assert by_id.revoked_at
    assert by_text.revoked_at
    assert other.revoked_at is None
    with pytest.raises(CommandError, match="no such key"):
        run("key_revoke", "key_nothing")
