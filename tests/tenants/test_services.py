from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from tenants import changes, keys, services
from tenants.errors import Conflict
from tenants.models import Membership, Tenant, User
from tenants.selectors import caller_by_digest
from tests.tenants.rows import agent, tenant

pytestmark = pytest.mark.django_db


def errors_of(refusal: pytest.ExceptionInfo[ValidationError]) -> dict[str, list[str | None]]:
    return {name: [e.code for e in each] for name, each in refusal.value.error_dict.items()}


def notices() -> list[tuple[str, str, str]]:
    return [row[1:] for row in changes.recent()]


def test_tenant_is_made_on_a_known_plan_with_a_name_of_some_length() -> None:
    assert services.tenant_create(name=" Acme ", plan="pro").name == "Acme"
    for name, plan, field in (
        ("Acme", "gold", "plan"),
        (" ", "pro", "name"),
        ("a" * 121, "pro", "name"),
    ):
        with pytest.raises(ValidationError) as refusal:
            services.tenant_create(name=name, plan=plan)
        assert list(refusal.value.error_dict) == [field]
    assert Tenant.objects.count() == 1


def test_plan_that_changes_is_told_to_the_gateways() -> None:
    acme = tenant("Acme", "free")
    services.plan_set(tenant=acme, plan="enterprise")
    acme.refresh_from_db()
    assert acme.plan.concurrency == 2_000
    assert notices() == [("tenant", acme.id, acme.id)]
    with pytest.raises(ValidationError):
        services.plan_set(tenant=acme, plan="gold")


def test_new_person_gets_a_password_that_opens_their_account() -> None:
    membership, password = services.member_add(tenant=tenant(), email=" Ann@X.org ", role="owner")
    assert password is not None
    assert membership.user.email == "ann@x.org"
    assert membership.user.check_password(password.reveal())
    assert not membership.user.is_superuser


def test_known_person_is_added_elsewhere_by_an_operator_only() -> None:
    _, first = services.member_add(tenant=tenant(), email="ann@x.org", role="viewer")
    globex = tenant("Globex")
    with pytest.raises(Conflict) as refusal:
        services.member_add(tenant=globex, email="ann@x.org", role="owner")
    assert refusal.value.code == "person_known_elsewhere"
    membership, password = services.member_add(
        tenant=globex, email="ANN@x.org", role="viewer", by_operator=True
    )
    assert membership.user == User.objects.get()
    assert first is not None
    assert password is not None
    assert membership.user.check_password(password.reveal())
    assert not membership.user.check_password(first.reveal())


def test_operator_keeps_the_password_when_made_a_member() -> None:
    User.objects.create_superuser("op@x.org", "a long enough password")
    membership, password = services.member_add(
        tenant=tenant(), email="op@x.org", role="owner", by_operator=True
    )
    assert password is None
    assert membership.user.check_password("a long enough password")


def test_member_cannot_be_added_twice_nor_with_a_strange_role_or_address() -> None:
    acme = tenant()
    services.member_add(tenant=acme, email="ann@x.org", role="viewer")
    for email, role, field in (
        ("ann@x.org", "viewer", "email"),
        ("bob@x.org", "god", "role"),
        ("nonsense", "viewer", "email"),
    ):
        with pytest.raises(ValidationError) as refusal:
            services.member_add(tenant=acme, email=email, role=role)
        assert list(refusal.value.error_dict) == [field]
    assert Membership.objects.count() == 1
    assert User.objects.count() == 1


def test_last_owner_can_neither_leave_nor_step_down() -> None:
    acme = tenant()
    first, _ = services.member_add(tenant=acme, email="ann@x.org", role="owner")
    services.member_add(tenant=acme, email="bob@x.org", role="admin")
    for leave in (
        lambda: services.member_remove(tenant=acme, membership=first),
        lambda: services.member_set_role(tenant=acme, membership=first, role="admin"),
    ):
        with pytest.raises(Conflict) as refusal:
            leave()
        assert refusal.value.code == "last_owner"
    services.member_set_role(tenant=acme, membership=first, role="owner")
    second, _ = services.member_add(tenant=acme, email="eve@x.org", role="owner")
    services.member_set_role(tenant=acme, membership=first, role="viewer")
    services.member_remove(tenant=acme, membership=first)
    with pytest.raises(Conflict):
        services.member_remove(tenant=acme, membership=second)


def test_new_key_is_stored_as_a_digest_and_shown_with_its_ends() -> None:
    acme = tenant()
    row, text = services.api_key_create(tenant=acme, name=" Vapi ", scopes=["voice", "llm", "llm"])
    shown = text.reveal()
    assert keys.looks_real(shown)
    row.refresh_from_db()
    assert row.digest == keys.digest(shown)
    assert (row.name, row.scopes) == ("Vapi", ["llm", "voice"])
    assert shown.startswith(row.prefix)
    assert shown.endswith(row.last4)
    assert len(row.prefix) + len(row.last4) < 20
    assert notices() == [("api_key", row.digest, acme.id)]


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"name": ""}, {"name": ["blank"]}),
        ({"name": "n" * 121}, {"name": ["max_length"]}),
        ({"scopes": []}, {"scopes": ["required"]}),
        ({"scopes": ["llm", "root"]}, {"scopes": ["invalid_choice"]}),
        ({"expires_at": timezone.now()}, {"expires_at": ["past"]}),
        ({"agent_id": "agt_nobodys"}, {"agent": ["does_not_exist"]}),
        ({"agent_id": "agt_nobodys", "scopes": ["manage"]}, {"scopes": ["invalid_choice"]}),
    ],
)
def test_key_with_a_wrong_field_is_refused(
    wrong: dict[str, Any], expected: dict[str, list[str]]
) -> None:
    with pytest.raises(ValidationError) as refusal:
        services.api_key_create(**{"tenant": tenant(), "name": "n", "scopes": ["llm"]} | wrong)
    assert errors_of(refusal) == expected


def test_key_is_restricted_to_an_agent_of_its_own_tenant_only() -> None:
    acme, globex = tenant("Acme"), tenant("Globex")
    mine, theirs = agent(acme), agent(globex)
    row, _ = services.api_key_create(tenant=acme, name="n", scopes=["llm"], agent_id=mine.id)
    assert row.agent_id == mine.id
    with pytest.raises(ValidationError) as refusal:
        services.api_key_create(tenant=acme, name="n", scopes=["llm"], agent_id=theirs.id)
    assert errors_of(refusal) == {"agent": ["does_not_exist"]}


def test_revoked_key_has_no_caller_and_keeps_its_first_moment() -> None:
    acme = tenant()
    row, _ = services.api_key_create(tenant=acme, name="n", scopes=["llm"])
    first = services.api_key_revoke(tenant=acme, key=row).revoked_at
    assert first is not None
    assert caller_by_digest(row.digest) is None
    assert services.api_key_revoke(tenant=acme, key=row).revoked_at == first
    assert notices()[-1] == ("api_key", row.digest, acme.id)


def test_use_is_noted_for_many_keys_in_one_update_and_to_the_minute() -> None:
    acme = tenant()
    rows = [services.api_key_create(tenant=acme, name="n", scopes=["llm"])[0] for _ in range(3)]
    services.api_keys_used(row.id for row in rows[:2])
    for row in rows:
        row.refresh_from_db()
    assert [row.last_used_at is not None for row in rows] == [True, True, False]
    noted = rows[0].last_used_at
    services.api_keys_used([rows[0].id])
    rows[0].refresh_from_db()
    assert rows[0].last_used_at == noted
    rows[0].last_used_at = timezone.now() - timedelta(seconds=61)
    rows[0].save()
    services.api_keys_used([rows[0].id])
    rows[0].refresh_from_db()
    assert rows[0].last_used_at != noted
