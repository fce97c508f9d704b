"""What the data plane is given."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from egress.http import Clocks
from endpoints.models import Agent, Endpoint, Target
from endpoints.services import targets
from endpoints.snapshots import Credential, agent_snapshot, endpoint_snapshot
from tenants.models import Tenant, TenantProvider
from vault.envelope import SecretUnreadable
from vault.secret import Secret

pytestmark = pytest.mark.django_db


def _endpoint(tenant: Tenant, provider: TenantProvider | None = None) -> Endpoint:
    endpoint = Endpoint.objects.create(
        tenant=tenant,
        name="House model",
        channel="llm",
        wire_format="openai-chat",
        model="house-7b",
        provider=provider,
        timeouts={"idle": 12},
        settings={"strip": ["call"]},
    )
    targets.new(endpoint, "https://two.test/v1", 1).save()
    targets.new(endpoint, "https://one.test/v1", 0).save()
    return endpoint


@pytest.fixture
def tenant() -> Tenant:
    return Tenant.objects.create(name="Acme", plan_name="pro")


def test_an_endpoint_becomes_a_snapshot_with_its_targets_in_order(tenant: Tenant) -> None:
    snapshot = endpoint_snapshot(_endpoint(tenant))
    assert snapshot.urls == ("https://one.test/v1", "https://two.test/v1")
    assert snapshot.clocks == Clocks(3, 5, 15, 12, 600)
    assert (snapshot.model, snapshot.version, snapshot.provider) == ("house-7b", 1, "custom-llm")
    assert (snapshot.auth_type, dict(snapshot.auth_secrets)) == ("none", {})


def test_a_signed_url_is_stored_sealed_and_snapshot_in_full(tenant: Tenant) -> None:
    endpoint = _endpoint(tenant)
    targets.new(endpoint, "https://three.test/v1?sig=canary&a=?", 2).save()
    assert "canary" not in repr(list(Target.objects.values()))
    assert endpoint_snapshot(endpoint).urls[2] == "https://three.test/v1?sig=canary&a=?"


def test_an_endpoint_whose_signature_does_not_open_has_no_urls_and_no_credential(
    tenant: Tenant,
) -> None:
    endpoint = _endpoint(tenant)
    signed = targets.new(endpoint, "https://three.test/v1?sig=canary", 2)
    signed.save()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE endpoints_target SET query = replace(query, ':', ':A')")
    snapshot = endpoint_snapshot(endpoint)
    assert snapshot.urls == ()
    for look in (len, list, lambda held: held["token"]):
        with pytest.raises(SecretUnreadable):
            look(snapshot.auth_secrets)


def test_an_agents_snapshot_holds_its_filled_slots_only(tenant: Tenant) -> None:
    endpoint = _endpoint(tenant)
    agent = Agent.objects.create(tenant=tenant, name="Reception", llm=endpoint)
    snapshot = agent_snapshot(agent.id)
    assert snapshot is not None
    assert (snapshot.tenant_id, snapshot.plan.name) == (tenant.id, "pro")
    assert list(snapshot.slots) == ["llm"]
    assert snapshot.slots["llm"] == endpoint_snapshot(endpoint)


def test_an_agents_snapshot_takes_two_queries_however_many_slots_are_filled(
    tenant: Tenant,
) -> None:
    voice = _endpoint(tenant)
    agent = Agent.objects.create(tenant=tenant, name="n", llm=_endpoint(tenant), voice=voice)
    with CaptureQueriesContext(connection) as queries:
        agent_snapshot(agent.id)
    assert len(queries) == 2


def test_an_unknown_agent_has_no_snapshot() -> None:
    assert agent_snapshot("agt_nobody") is None


def test_a_credential_is_opened_by_field_and_never_shown() -> None:
    held = TenantProvider(auth_type="bearer", secrets=Secret('{"token": "sk-canary-0123456789"}'))
    credential = Credential(held)
    assert "canary" not in repr(credential)
    assert credential["token"].reveal() == "sk-canary-0123456789"
    assert (len(credential), list(credential)) == (1, ["token"])
