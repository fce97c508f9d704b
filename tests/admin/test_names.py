"""What bears the same name is told apart wherever it is offered or listed."""

from typing import Any

import pytest
from django.test import Client

from endpoints.admin_labels import MOST_OFFERED, labels
from endpoints.models import Agent, Endpoint
from endpoints.services import targets
from tenants.admin_names import Named, told_apart
from tenants.models import TenantProvider, User
from tests.admin.asking import PAGES, address, signed_in
from tests.admin.rows import PASSWORD, House
from usage.models import CallEvent

AGENTS, EVENTS = PAGES["endpoints.agent"], address(PAGES["usage.callevent"], "changelist")


@pytest.fixture
def owner(acme: House) -> Client:
    return signed_in(acme.users["owner"])


def endpoint(acme: House, name: str, url: str, **fields: Any) -> Endpoint:
    row = Endpoint.objects.create(
        tenant=acme.tenant, name=name, **{"channel": "llm", "wire_format": "openai-chat"} | fields
    )
    targets.new(row, url).save()
    return row


def same_host(acme: House) -> tuple[Endpoint, Endpoint]:
    """Beside one of that name on another host."""
    url = "https://a.example.com:8443/v1"
    first, second = (endpoint(acme, "House", f"{url}?sig=secret{n}") for n in "12")
    endpoint(acme, "house", "https://b.example.com/v1")
    return first, second


def offered(client: Client, path: str, name: str) -> dict[str, str]:
    return dict(client.get(path).context["adminform"].form.fields[name].choices)


def test_names_are_left_alone_where_they_tell_enough() -> None:
    rows = [Named("end_1aaaaaa", "House", "a"), Named("end_1bbbbbb", "Night", "a")]
    assert told_apart(rows) == {"end_1aaaaaa": "House", "end_1bbbbbb": "Night"}


def test_what_tells_a_name_apart_comes_before_an_id() -> None:
    rows = [
        Named("end_1aaaaaa", "House", "a"), Named("end_1bbbbbb", "house", "b"),
        Named("end_1cccccc", "House", "b"), Named("end_1dddddd", "House"),
        Named("end_1eeeeee", "Night"), Named("end_1ffffff", "Night"),
    ]  # fmt: skip
    assert list(told_apart(rows).values()) == [
        "House · a", "house · b · …bbbbbb", "House · b · …cccccc", "House · …dddddd",
        "Night · …eeeeee", "Night · …ffffff",
    ]  # fmt: skip


def test_slots_tell_endpoints_apart_by_host_and_then_by_id(acme: House, owner: Client) -> None:
    first, second = same_host(acme)
    found = list(offered(owner, AGENTS.page_of(acme.rows[Agent]), "llm").values())
    assert sorted(found) == sorted([
        "Empty", "ACMEOWN endpoint", "house · b.example.com",
        f"House · a.example.com:8443 · …{first.id[-6:]}",
        f"House · a.example.com:8443 · …{second.id[-6:]}",
    ])  # fmt: skip


def test_list_and_page_of_agents_tell_the_endpoints_in_their_slots_apart(acme: House) -> None:
    viewer, agent = signed_in(acme.users["viewer"]), acme.rows[Agent]
    first, _ = same_host(acme)
    Agent.objects.filter(id=agent.id).update(llm=first)
    told = f"House · a.example.com:8443 · …{first.id[-6:]}"
    assert told in viewer.get(address(AGENTS, "changelist"), {"o": "2"}).content.decode()
    assert told in viewer.get(AGENTS.page_of(agent)).content.decode()


def test_page_of_an_endpoint_tells_its_agents_apart(acme: House, owner: Client) -> None:
    other = Agent.objects.create(
        tenant=acme.tenant, name="ACMEOWN agent", voice=acme.rows[Endpoint]
    )
    body = owner.get(PAGES["endpoints.endpoint"].page_of(acme.rows[Endpoint])).content.decode()
    for agent in (acme.rows[Agent], other):
        assert f'{AGENTS.page_of(agent)}">ACMEOWN agent · …{agent.id[-6:]}</a>' in body


def test_filters_and_columns_of_events_tell_agents_and_endpoints_apart(
    acme: House, owner: Client
) -> None:
    first, _ = same_host(acme)
    other = Agent.objects.create(tenant=acme.tenant, name="ACMEOWN agent")
    CallEvent.objects.filter(tenant_id=acme.tenant.id).update(endpoint_id=first.id)
    body = owner.get(EVENTS).content.decode()
    agent = f"ACMEOWN agent · …{acme.rows[Agent].id[-6:]}"
    assert body.count(agent) >= 2  # offered, and in the row
    assert body.count(f"House · a.example.com:8443 · …{first.id[-6:]}") >= 2
    assert f"ACMEOWN agent · …{other.id[-6:]}" in body


def test_names_of_another_tenant_are_not_alike(acme: House, globex: House, owner: Client) -> None:
    Agent.objects.filter(tenant=globex.tenant).update(name="ACMEOWN agent")
    body = owner.get(EVENTS).content.decode()
    assert "ACMEOWN agent" in body
    assert "ACMEOWN agent ·" not in body
    operator = signed_in(User.objects.create_superuser("operator@example.com", PASSWORD))
    assert "ACMEOWN agent ·" in operator.get(EVENTS).content.decode()


def test_as_many_names_are_looked_at_as_a_filter_offers(
    acme: House, django_assert_num_queries: Any
) -> None:
    made = [Agent(tenant=acme.tenant, name="Same") for _ in range(MOST_OFFERED + 5)]
    Agent.objects.bulk_create(made)
    rows = Agent.objects.filter(tenant=acme.tenant)
    assert len(labels(rows)) == MOST_OFFERED
    with django_assert_num_queries(2) as queries:
        told = labels(rows, {made[-1].id})
    assert f"LIMIT {MOST_OFFERED}" in queries[1]["sql"]
    assert told == {made[-1].id: f"Same · …{made[-1].id[-6:]}"}


def test_credentials_are_told_apart_by_their_hosts(acme: House, owner: Client) -> None:
    for host in ("a", "b"):
        TenantProvider.objects.create(
            tenant=acme.tenant, provider="custom-llm", name="Gateway", hosts=[f"{host}.example.com"]
        )
    path = PAGES["endpoints.endpoint"].page_of(acme.rows[Endpoint])
    assert list(offered(owner, path, "auth_provider").values()) == [
        "Choose one", "ACMEOWN provider (Custom LLM)", "Gateway (Custom LLM) · a.example.com",
        "Gateway (Custom LLM) · b.example.com",
    ]  # fmt: skip
