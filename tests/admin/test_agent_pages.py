import pytest
from django.test import Client

from endpoints.admin_fields import channels
from endpoints.models import Agent, Endpoint
from tests.admin.asking import PAGES, address, save, signed_in
from tests.admin.rows import House

PAGE = PAGES["endpoints.agent"]


@pytest.fixture
def owner(acme: House) -> Client:
    return signed_in(acme.users["owner"])


def test_new_agent_leads_to_its_page_with_the_hosted_urls(acme: House, owner: Client) -> None:
    endpoint = acme.rows[Endpoint]
    response = owner.post(address(PAGE, "add"), {"name": "Reception", "llm": endpoint.id})
    agent = Agent.objects.get(name="Reception")
    assert response.headers["location"] == PAGE.page_of(agent)
    assert agent.llm == endpoint
    body = owner.get(PAGE.page_of(agent)).content.decode()
    assert f"/a/{agent.id}/v1</code>" in body
    assert 'data-copy="url-llm-openai-chat"' in body
    assert 'data-copy="url-voice-rymi-tts"' in body
    assert body.count("slot is empty") == len(channels()) - 1


def test_empty_slot_is_pointed_out(acme: House, owner: Client) -> None:
    agent = acme.rows[Agent]
    save(owner, address(PAGE, "change", agent.id), {"name": "Quiet", "llm": ""})
    agent.refresh_from_db()
    assert (agent.name, agent.llm) == ("Quiet", None)
    assert "slot is empty" in owner.get(PAGE.page_of(agent)).content.decode()


def test_slots_offer_endpoints_of_their_channel_only(acme: House, owner: Client) -> None:
    voice = Endpoint.objects.create(
        tenant=acme.tenant, name="A voice", channel="voice", wire_format="rymi-tts"
    )
    elsewhere = Endpoint.objects.create(
        tenant=acme.tenant, name="Somebody's own", channel="llm", wire_format="openai-chat",
        owner_agent_id="agt_other",
    )  # fmt: skip
    form = owner.get(PAGE.page_of(acme.rows[Agent])).context["adminform"].form
    offered = {name: [key for key, _ in form.fields[name].choices] for name in ("llm", "voice")}
    assert offered == {"llm": ["", acme.rows[Endpoint].id], "voice": ["", voice.id]}
    response = owner.post(
        address(PAGE, "change", acme.rows[Agent].id), {"name": "x", "llm": elsewhere.id}
    )
    assert list(response.context["adminform"].form.errors) == ["llm"]


def test_last_dispatches_are_listed_with_the_way_to_all(acme: House, owner: Client) -> None:
    body = owner.get(PAGE.page_of(acme.rows[Agent])).content.decode()
    assert "upstream error" in body
    assert f"?agent={acme.rows[Agent].id}" in body


def test_viewer_sees_the_urls_and_no_form(acme: House) -> None:
    viewer, agent = signed_in(acme.users["viewer"]), acme.rows[Agent]
    body = viewer.get(PAGE.page_of(agent)).content.decode()
    assert f"/a/{agent.id}/v1</code>" in body
    assert 'name="llm"' not in body
    assert viewer.post(address(PAGE, "change", agent.id), {"name": "x"}).status_code == 403


def test_deleted_agent_is_gone_and_its_endpoint_stays(acme: House, owner: Client) -> None:
    owner.post(address(PAGE, "delete", acme.rows[Agent].id), {"post": "yes"})
    assert not Agent.objects.filter(id=acme.rows[Agent].id).exists()
    assert Endpoint.objects.filter(id=acme.rows[Endpoint].id).exists()


@pytest.mark.parametrize("start", ["agt_23", "agt_5F23", "agt_40", "agt_2F"])
def test_id_that_looks_quoted_is_found_typed_as_it_is(
    acme: House, owner: Client, start: str
) -> None:
    agent = Agent.objects.create(id=f"{start}0000000000", tenant=acme.tenant, name="Odd")
    for path in (f"/admin/endpoints/agent/{agent.id}/change/", PAGE.page_of(agent)):
        assert owner.get(path).status_code == 200


def test_the_llm_slot_of_a_list_is_headed_in_capitals(acme: House, owner: Client) -> None:
    assert 'data-label="LLM"' in owner.get(address(PAGE, "changelist")).content.decode()
