"""Which credential an endpoint sends, and where it may go."""

import json
from typing import Any

import pytest

from endpoints.models import Endpoint
from endpoints.services.credentials import DROPPED
from endpoints.services.endpoints import endpoint_update
from tenants.models import Tenant, TenantProvider
from tests.endpoints.rows import TOKEN, endpoint
from tests.endpoints.services.test_endpoints import problems

OTHER_HOST = "https://evil.example.net/v1/chat/completions"
OTHER_PATH = "https://llm.example.com/v2/chat/completions"


def secrets(provider: TenantProvider | None) -> dict[str, str]:
    assert provider is not None
    provider = TenantProvider.objects.get(pk=provider.pk)
    opened: dict[str, str] = json.loads(provider.secrets.reveal())
    return opened


def with_token(tenant: Tenant) -> Endpoint:
    return endpoint(tenant, auth={"type": "bearer", "token": TOKEN})


def stored_provider(tenant: Tenant, **fields: Any) -> TenantProvider:
    known = {"provider": "custom-llm", "name": "House key", "auth_type": "bearer"}
    hosts = {"hosts": ["llm.example.com"], "secrets": json.dumps({"token": TOKEN})}
    return TenantProvider.objects.create(tenant=tenant, **{**known, **hosts, **fields})


def test_an_inline_token_makes_a_credential_for_this_endpoint_and_its_hosts(acme: Tenant) -> None:
    made = with_token(acme)
    provider = acme.providers.get()
    assert made.provider == provider
    assert (provider.owner_endpoint_id, provider.provider) == (made.id, "custom-llm")
    assert (provider.hosts, provider.last4) == (["llm.example.com"], TOKEN[-4:])
    assert provider.secrets_updated_at is not None
    assert secrets(provider) == {"token": TOKEN}


def test_a_new_token_replaces_the_old_in_the_same_row(acme: Tenant) -> None:
    made = with_token(acme)
    endpoint_update(
        tenant=acme, endpoint=made, auth={"type": "bearer", "token": "sk-second-0123456789"}
    )
    provider = acme.providers.get()
    assert secrets(provider) == {"token": "sk-second-0123456789"}
    assert (provider.last4, Endpoint.objects.get().version) == ("6789", 2)


@pytest.mark.parametrize("auth", [{}, {"auth": {"type": "bearer"}}])
def test_leaving_the_token_out_keeps_it(acme: Tenant, auth: dict[str, Any]) -> None:
    made = with_token(acme)
    since = acme.providers.get().secrets_updated_at
    saved = endpoint_update(tenant=acme, endpoint=made, urls=[OTHER_PATH], **auth)
    assert secrets(saved.endpoint.provider) == {"token": TOKEN}
    assert acme.providers.get().secrets_updated_at == since
    assert saved.notices == ()


def test_another_header_name_keeps_the_header_value(acme: Tenant) -> None:
    made = endpoint(acme, auth={"type": "header", "header": "x-api-key", "value": TOKEN})
    endpoint_update(tenant=acme, endpoint=made, auth={"type": "header", "header": "x-key"})
    provider = acme.providers.get()
    assert (provider.settings, secrets(provider)) == ({"header": "x-key"}, {"value": TOKEN})


def test_another_host_drops_the_credential_and_says_so(acme: Tenant) -> None:
    made = with_token(acme)
    saved = endpoint_update(tenant=acme, endpoint=made, urls=[OTHER_HOST])
    assert saved.notices == (DROPPED,)
    assert Endpoint.objects.get().provider is None
    assert not TenantProvider.objects.exists()


def test_one_more_host_drops_the_credential_too(acme: Tenant) -> None:
    made = with_token(acme)
    saved = endpoint_update(tenant=acme, endpoint=made, urls=[OTHER_PATH, OTHER_HOST])
    assert saved.endpoint.provider is None


def test_another_host_with_the_token_given_again_keeps_a_credential(acme: Tenant) -> None:
    made = with_token(acme)
    saved = endpoint_update(
        tenant=acme, endpoint=made, urls=[OTHER_HOST], auth={"type": "bearer", "token": TOKEN}
    )
    assert saved.notices == ()
    assert acme.providers.get().hosts == ["evil.example.net"]


def test_another_host_does_not_smuggle_the_old_token_along(acme: Tenant) -> None:
    made = with_token(acme)
    found = problems(
        lambda: endpoint_update(
            tenant=acme, endpoint=made, urls=[OTHER_HOST], auth={"type": "bearer"}
        )
    )
    assert list(found) == ["auth"]
    assert "Give the secret again" in found["auth"][0]
    assert acme.providers.get().hosts == ["llm.example.com"]


def test_none_sends_no_header_and_forgets_the_token(acme: Tenant) -> None:
    made = with_token(acme)
    endpoint_update(tenant=acme, endpoint=made, auth={"type": "none"})
    assert not TenantProvider.objects.exists()


def test_a_stored_credential_is_used_and_survives_its_users(acme: Tenant) -> None:
    stored = stored_provider(acme)
    made = endpoint(acme, auth={"provider": stored.id})
    assert made.provider == stored
    endpoint_update(tenant=acme, endpoint=made, urls=[OTHER_HOST])
    assert Endpoint.objects.get().provider is None
    assert TenantProvider.objects.get() == stored


def test_inline_auth_leaves_a_stored_credential_of_others_alone(acme: Tenant) -> None:
    stored = stored_provider(acme)
    made = endpoint(acme, auth={"provider": stored.id})
    endpoint_update(
        tenant=acme, endpoint=made, auth={"type": "bearer", "token": "sk-second-0123456789"}
    )
    assert secrets(stored) == {"token": TOKEN}
    assert Endpoint.objects.get().provider != stored


def test_a_stored_credential_goes_to_its_hosts_only(acme: Tenant) -> None:
    stored = stored_provider(acme, hosts=["llm.example.com"])
    found = problems(lambda: endpoint(acme, urls=[OTHER_HOST], auth={"provider": stored.id}))
    assert "may not be sent to evil.example.net" in found["auth.provider"][0]


def test_what_is_not_the_tenants_or_not_the_channels_does_not_exist(
    acme: Tenant, globex: Tenant
) -> None:
    own = with_token(acme).provider
    assert own is not None
    others = [
        stored_provider(globex).id,
        stored_provider(acme, provider="custom-voice").id,
        own.id,
        "prv_nothing",
    ]
    for provider_id in others:
        found = problems(lambda: endpoint(acme, auth={"provider": provider_id}))  # noqa: B023 - called at once
        assert "no such provider" in found["auth.provider"][0]


@pytest.mark.parametrize(
    ("auth", "field"),
    [
        ({"type": "bearer"}, "auth.token"),
        ({"type": "bearer", "token": ""}, "auth.token"),
        ({"type": "bearer", "token": "with space"}, "auth.token"),
        ({"token": TOKEN}, "auth.type"),
        ({"type": "bearer", "token": TOKEN, "header": "x"}, "auth.header"),
        ({"type": "magic"}, "auth.type"),
        ({"type": "none", "token": TOKEN}, "auth.token"),
        ({"provider": "prv_1", "token": TOKEN}, "auth.token"),
        ({"type": "header", "header": "host", "value": TOKEN}, "auth.header"),
    ],
)
def test_wrong_auth_is_refused_by_the_field_and_the_token_is_not_repeated(
    acme: Tenant, auth: dict[str, Any], field: str
) -> None:
    found = problems(lambda: endpoint(acme, auth=auth))
    assert list(found) == [field]
    assert TOKEN not in str(found)
