import json
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from endpoints.models import Endpoint
from tenants import changes, services
from tenants.errors import Conflict, Gone
from tenants.hosts import normal_host
from tenants.models import Tenant, TenantProvider
from tests.tenants.rows import tenant
from vault.envelope import SecretUnreadable

pytestmark = pytest.mark.django_db
TOKEN = "canary-token-0123456789"
BEARER = {"type": "bearer", "token": TOKEN}
HEADER = {"type": "header", "header": "x-api-key", "value": TOKEN}


def make(owner: Tenant | None = None, **fields: Any) -> TenantProvider:
    given = {"provider": "custom-llm", "name": "House", "auth": BEARER, "hosts": ["llm.x.org"]}
    return services.provider_create(tenant=owner or tenant(), **given | fields)


def refused(**fields: Any) -> dict[str, str | None]:
    with pytest.raises(ValidationError) as refusal:
        make(**fields)
    return {name: each[0].code for name, each in refusal.value.error_dict.items()}


def stored(row: TenantProvider) -> dict[str, str]:
    fresh = TenantProvider.objects.get(pk=row.pk)
    return json.loads(fresh.secrets.reveal()) if fresh.secrets else {}


def test_secret_is_stored_sealed_and_shown_by_its_last_four() -> None:
    row = make()
    assert stored(row) == {"token": TOKEN}
    assert row.last4 == "6789"
    assert row.secrets_updated_at is not None
    assert row.settings == {}
    raw = repr(TenantProvider.objects.values().get())
    assert TOKEN not in raw
    assert [notice[1:] for notice in changes.recent()] == [("provider", row.id, row.tenant_id)]


def test_open_fields_stay_readable_beside_the_sealed_ones() -> None:
    row = make(auth=HEADER)
    assert row.settings == {"header": "x-api-key"}
    assert stored(row) == {"value": TOKEN}


@pytest.mark.parametrize(
    ("token", "shown"), [("abcd", ""), ("abcdefghijk", ""), ("abcdefghijkl", "ijkl")]
)
def test_secret_shows_its_last_four_from_twelve_characters_on(token: str, shown: str) -> None:
    assert make(auth={"type": "bearer", "token": token}).last4 == shown


def test_credential_without_a_secret_needs_no_host() -> None:
    row = make(auth={"type": "none"}, hosts=[])
    assert (stored(row), row.last4, row.secrets_updated_at) == ({}, "", None)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"auth": {"type": "magic"}}, {"auth.type": "invalid_choice"}),
        ({"auth": {}}, {"auth.type": "invalid_choice"}),
        ({"auth": {"type": "bearer"}}, {"auth.token": "required"}),
        ({"auth": BEARER | {"token": ""}}, {"auth.token": "required"}),
        ({"auth": BEARER | {"tokn": "x"}}, {"auth.tokn": "unknown_field"}),
        ({"auth": BEARER | {"token": "with\nnewline"}}, {"auth.token": "invalid"}),
        ({"auth": BEARER | {"token": "naïve"}}, {"auth.token": "invalid"}),
        ({"auth": HEADER | {"header": "Content-Length"}}, {"auth.header": "invalid"}),
        ({"hosts": []}, {"hosts": "required"}),
        ({"hosts": ["https://llm.x.org"]}, {"hosts": "invalid"}),
        ({"hosts": ["llm.x.org:443"]}, {"hosts": "invalid"}),
        ({"hosts": ["x"] * 21}, {"hosts": "max_length"}),
        ({"name": ""}, {"name": "blank"}),
        ({"provider": "custom-brain"}, {"provider": "invalid"}),
    ],
)
def test_wrong_field_is_refused_by_name_and_nothing_is_stored(
    fields: dict[str, Any], expected: dict[str, str]
) -> None:
    found = refused(**fields)
    assert found.keys() == expected.keys()
    if "provider" not in expected:
        assert found == expected
    assert not TenantProvider.objects.exists()


def test_refusal_never_repeats_the_secret() -> None:
    with pytest.raises(ValidationError) as refusal:
        make(auth={"type": "bearer", "token": TOKEN + "\n"})
    assert TOKEN not in repr(refusal.value)


def test_secret_that_is_left_out_stays() -> None:
    row = make(auth=HEADER)
    before = row.secrets_updated_at
    changed = services.provider_update(
        tenant=row.tenant, provider=row, name="New", auth={"type": "header", "header": "api-key"}
    )
    assert (changed.name, changed.settings) == ("New", {"header": "api-key"})
    assert stored(row) == {"value": TOKEN}
    assert changed.secrets_updated_at == before


def test_open_field_that_is_left_out_stays() -> None:
    row = make(auth=HEADER)
    auth = {"type": "header", "value": "another-secret-value"}
    changed = services.provider_update(tenant=row.tenant, provider=row, auth=auth)
    assert changed.settings == {"header": "x-api-key"}
    assert stored(row) == {"value": "another-secret-value"}
    assert changed.last4 == "alue"


def test_other_type_needs_its_own_secret_and_forgets_the_old_one() -> None:
    row = make()
    with pytest.raises(ValidationError) as refusal:
        services.provider_update(
            tenant=row.tenant, provider=row, auth={"type": "header", "header": "x-api-key"}
        )
    assert list(refusal.value.error_dict) == ["auth.value"]
    assert stored(row) == {"token": TOKEN}
    changed = services.provider_update(tenant=row.tenant, provider=row, auth={"type": "none"})
    assert (stored(row), changed.last4, changed.secrets_updated_at) == ({}, "", None)


def test_stored_secret_never_goes_to_a_host_that_it_was_not_given_for() -> None:
    row = make(hosts=["llm.x.org", "b.x.org"])
    for auth in (None, {"type": "bearer"}):
        with pytest.raises(ValidationError) as refusal:
            services.provider_update(
                tenant=row.tenant, provider=row, auth=auth, hosts=["llm.x.org", "evil.org"]
            )
        assert refusal.value.error_dict["auth"][0].code == "secret_required"
    fewer = services.provider_update(tenant=row.tenant, provider=row, hosts=["B.x.org."])
    assert fewer.hosts == ["b.x.org"]
    again = services.provider_update(tenant=row.tenant, provider=row, auth=BEARER, hosts=["c.org"])
    assert again.hosts == ["c.org"]


def test_secret_that_cannot_be_opened_is_an_error_unless_it_is_given_anew() -> None:
    row = make(auth=HEADER)
    other = make(row.tenant, auth=HEADER)
    TenantProvider.objects.filter(pk=row.pk).update(secrets="")
    with pytest.raises(ValidationError):
        services.provider_update(
            tenant=row.tenant, provider=row, auth={"type": "header", "header": "api-key"}
        )
    move_ciphertext(other, row)
    with pytest.raises(SecretUnreadable):
        services.provider_update(
            tenant=row.tenant, provider=row, auth={"type": "header", "header": "api-key"}
        )
    services.provider_update(tenant=row.tenant, provider=row, auth=HEADER)
    assert stored(row) == {"value": TOKEN}


def move_ciphertext(source: TenantProvider, target: TenantProvider) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE tenant_providers SET secrets ="
            " (SELECT secrets FROM tenant_providers WHERE id = %s) WHERE id = %s",
            [source.pk, target.pk],
        )


def test_credential_in_use_is_not_deleted_and_an_unused_one_is() -> None:
    row = make()
    endpoint = Endpoint.objects.create(
        tenant=row.tenant, name="e", channel="llm", wire_format="openai-chat", provider=row
    )
    with pytest.raises(Conflict) as refusal:
        services.provider_delete(tenant=row.tenant, provider=row)
    assert refusal.value.code == "in_use"
    endpoint.delete()
    services.provider_delete(tenant=row.tenant, provider=row)
    assert not TenantProvider.objects.exists()
    assert changes.recent()[-1][1:] == ("provider", row.id, row.tenant_id)


def test_service_given_another_tenants_row_finds_nothing() -> None:
    row, other = make(), tenant("Globex")
    with pytest.raises(Gone):
        services.provider_update(tenant=other, provider=row, name="mine")
    with pytest.raises(Gone):
        services.provider_delete(tenant=other, provider=row)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("LLM.Example.com.", "llm.example.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("localhost", "localhost"),
        ("10.0.0.7", "10.0.0.7"),
        ("2001:DB8::1", "2001:db8::1"),
        ("", None),
        ("a b", None),
        ("a..b", None),
        ("-a.org", None),
        ("a" * 64 + ".org", None),
        (".".join(["a" * 60] * 5), None),
        ("user@x.org", None),
        ("x.org/path", None),
        ("*.x.org", None),
        ("☃☃.", None),
    ],
)
def test_host_has_one_spelling(given: str, expected: str | None) -> None:
    assert normal_host(given) == expected
