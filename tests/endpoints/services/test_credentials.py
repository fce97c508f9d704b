"""Which credential an endpoint sends, and where it may go."""

import json
from typing import Any

import pytest

from endpoints.models import Endpoint, ValidationRun
from endpoints.services import runs
from endpoints.services.credentials import DROPPED
from endpoints.services.endpoints import endpoint_update
from tenants.models import Tenant, TenantProvider
from tenants.services import provider_update
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


def statuses(made: Endpoint) -> list[tuple[int, str]]:
    runs = ValidationRun.objects.filter(endpoint=made).order_by("endpoint_version", "id")
    return [(run.endpoint_version, run.status) for run in runs]


def test_a_new_token_in_a_stored_credential_tests_every_endpoint_that_uses_it(
    acme: Tenant, globex: Tenant
) -> None:
    stored, others = stored_provider(acme), stored_provider(globex)
    users = [endpoint(acme, name=name, auth={"provider": stored.id}) for name in ("One", "Two")]
    bystanders = [with_token(acme), endpoint(globex, auth={"provider": others.id})]

    provider_update(
        tenant=acme, provider=stored, auth={"type": "bearer", "token": "sk-second-0123456789"}
    )

    for made in users:
        assert statuses(made) == [(1, "superseded"), (2, "queued")]
        assert Endpoint.objects.get(pk=made.pk).version == 2
    for made in bystanders:
        assert statuses(made) == [(1, "queued")]


def test_a_new_name_of_a_stored_credential_tests_nothing(acme: Tenant) -> None:
    stored = stored_provider(acme)
    made = endpoint(acme, auth={"provider": stored.id})
    provider_update(tenant=acme, provider=stored, name="Other name")
    assert statuses(made) == [(1, "queued")]


def test_the_endpoints_own_token_begins_one_run_whichever_way_it_is_changed(acme: Tenant) -> None:
    made = with_token(acme)
    again = {"type": "bearer", "token": "sk-second-0123456789"}
    endpoint_update(tenant=acme, endpoint=made, auth=again)
    assert statuses(made) == [(1, "superseded"), (2, "queued")]
    provider_update(tenant=acme, provider=acme.providers.get(), auth=again)
    assert statuses(made)[1:] == [(2, "superseded"), (3, "queued")]


def test_many_users_of_a_credential_cost_no_more_statements_and_wake_a_bounded_number(
    acme: Tenant, django_assert_num_queries: Any, django_capture_on_commit_callbacks: Any
) -> None:
    stored = stored_provider(acme)
    Endpoint.objects.bulk_create(
        Endpoint(tenant=acme, name=f"E{at}", channel="llm", wire_format="openai-chat",
                 provider=stored)
        for at in range(runs.ANNOUNCED + 5)
    )  # fmt: skip
    with django_assert_num_queries(4), django_capture_on_commit_callbacks() as woken:
        runs.begin_for_users(acme.id, stored.id)
    assert len(woken) == runs.ANNOUNCED
    assert ValidationRun.objects.filter(status="queued").count() == runs.ANNOUNCED + 5
