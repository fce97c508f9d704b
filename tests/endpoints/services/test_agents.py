"""Agents, their slots, and the shorthand."""

from typing import Any

import pytest

from endpoints.models import Agent, Endpoint
from endpoints.services import agents as services
from tenants.errors import Gone, PlanRequired
from tenants.models import Change, Tenant
from tests.endpoints.rows import TOKEN, URL, agent, endpoint
from tests.endpoints.services.test_endpoints import problems
from tests.tenants import rows

OTHER = "https://other.example.com/v1/chat/completions"


def test_an_agent_is_patched_to_an_endpoint_and_unpatched_by_null(acme: Tenant) -> None:
    patched = endpoint(acme)
    made = agent(acme, slots={"llm": patched.id, "voice": None})
    assert Agent.objects.get().llm == patched
    services.agent_update(tenant=acme, agent=made, slots={"llm": None})
    assert Agent.objects.get().llm is None
    assert Endpoint.objects.get() == patched
    assert Change.objects.filter(kind="agent", object_id=made.id).count() == 2


def test_a_slot_takes_its_own_channel_and_tenant_only(acme: Tenant, globex: Tenant) -> None:
    llm = endpoint(acme)
    found = problems(lambda: agent(acme, slots={"voice": llm.id}))
    assert "slot takes voice" in found["voice"][0]
    for stranger in (endpoint(globex).id, "end_nothing"):
        found = problems(lambda: agent(acme, slots={"llm": stranger}))  # noqa: B023 - called at once
        assert found == {"llm": ["There is no such endpoint."]}
    assert not Agent.objects.exists()


def test_a_free_tenant_has_agents_but_patches_nothing(db: None) -> None:
    small = rows.tenant("Small", plan="free")
    made = agent(small, slots={"llm": None}, custom_urls={"llm": None})
    for given in ({"slots": {"llm": "end_1"}}, {"custom_urls": {"llm": URL}}):
        with pytest.raises(PlanRequired):
            services.agent_update(tenant=small, agent=made, **given)


def test_the_shorthand_makes_the_agents_own_endpoint_in_native_format(acme: Tenant) -> None:
    made = agent(acme, custom_urls={"llm": URL})
    own = Endpoint.objects.get()
    assert made.llm == own
    assert (own.owner_agent_id, own.wire_format, own.name) == (
        made.id,
        "openai-chat",
        "Reception's llm",
    )
    assert own.validation_runs.count() == 1


def test_the_shorthand_given_again_moves_the_same_endpoint(acme: Tenant) -> None:
    made = agent(acme, custom_urls={"llm": URL})
    services.agent_update(tenant=acme, agent=made, custom_urls={"llm": OTHER})
    own = Endpoint.objects.get()
    assert services.endpoint_update(tenant=acme, endpoint=own).endpoint.version == 2
    assert own.targets.get().url == OTHER


def test_the_shorthand_leaves_the_credential_alone_on_the_same_host(acme: Tenant) -> None:
    made = agent(acme, custom_urls={"llm": URL})
    own = Endpoint.objects.get()
    services.endpoint_update(tenant=acme, endpoint=own, auth={"type": "bearer", "token": TOKEN})
    services.agent_update(tenant=acme, agent=made, custom_urls={"llm": URL + "/"})
    assert Endpoint.objects.get().provider is not None


@pytest.mark.parametrize("how", ["null", "another endpoint", "agent deleted"])
def test_an_own_endpoint_goes_when_nothing_holds_it(acme: Tenant, how: str) -> None:
    shared = endpoint(acme, name="Shared")
    made = agent(acme, custom_urls={"llm": URL})
    if how == "null":
        services.agent_update(tenant=acme, agent=made, custom_urls={"llm": None})
    elif how == "another endpoint":
        services.agent_update(tenant=acme, agent=made, slots={"llm": shared.id})
    else:
        services.agent_delete(tenant=acme, agent=made)
    assert list(Endpoint.objects.all()) == [shared]


def test_no_agent_takes_another_agents_own_endpoint(acme: Tenant) -> None:
    first = agent(acme, custom_urls={"llm": URL})
    own = Endpoint.objects.get()
    found = problems(lambda: agent(acme, name="Two", slots={"llm": own.id}))
    assert f"`custom_llm_url` of {first.id}" in found["llm"][0]


def test_the_shorthand_makes_an_own_voice_endpoint_in_its_native_format(acme: Tenant) -> None:
    made = agent(acme, custom_urls={"voice": "https://tts.example.com/tts"})
    own = Endpoint.objects.get()
    assert made.voice == own
    assert (own.channel, own.wire_format) == ("voice", "rymi-tts")
    assert own.owner_agent_id == made.id


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": " "}, "name"),
        ({"custom_urls": {"llm": "http://llm.example.com"}}, "custom_llm_url"),
        ({"slots": {"llm": "end_1"}, "custom_urls": {"llm": URL}}, "custom_llm_url"),
    ],
)
def test_wrong_fields_are_refused_by_name_and_leave_nothing(
    acme: Tenant, given: dict[str, Any], field: str
) -> None:
    assert list(problems(lambda: agent(acme, **given))) == [field]
    assert not Agent.objects.exists()


def test_another_tenants_agent_cannot_be_written(acme: Tenant, globex: Tenant) -> None:
    theirs = agent(globex)
    with pytest.raises(Gone):
        services.agent_update(tenant=acme, agent=theirs, name="Mine")
    with pytest.raises(Gone):
        services.agent_delete(tenant=acme, agent=theirs)
