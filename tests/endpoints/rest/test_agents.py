"""Agents and wire formats by REST."""

from typing import Any

import pytest
from django.test import override_settings

from endpoints.models import Agent, Endpoint
from tenants.models import Tenant
from tests.endpoints.rows import URL, agent, endpoint
from tests.tenants import rows
from tests.tenants.rest.client import Caller
from wire.registry import CHANNELS, formats_of

PATH = "/api/v1/agents"


def test_an_agent_is_made_and_shown_with_its_hosted_urls(caller: Caller, acme: Tenant) -> None:
    patched = endpoint(acme)
    with override_settings(PUBLIC_URL="https://patchbay.example.com"):
        answer = caller.post(PATH, {"name": "Reception", "llm": patched.id, "voice": None})
    shown = answer.json()
    assert answer.status_code == 201
    base = f"https://patchbay.example.com/a/{shown['id']}"
    assert shown["urls"]["llm"] == {
        "anthropic-messages": base, "openai-chat": f"{base}/v1", "openai-responses": f"{base}/v1",
        "vexyl-chat": f"{base}/chat",
        "retell-llm": f"wss{base.removeprefix('https')}/llm-websocket",
    }  # fmt: skip
    assert shown["urls"]["voice"] == {
        "jambonz-tts": f"{base}/jambonz/tts",
        "jambonz-tts-stream": f"ws{base.removeprefix('http')}/jambonz/tts",
        "openai-speech": f"{base}/v1",
        "rymi-tts": f"{base}/tts",
        "vapi-voice": f"{base}/vapi/voice",
    }
    assert shown["urls"]["transcriber"]["rymi-stt"] == f"wss{base.removeprefix('https')}/stt"
    assert (shown["llm"], shown["voice"], shown["transcriber"]) == (patched.id, None, None)
    assert shown["custom_llm_url"] is None
    assert [each["id"] for each in caller.get(PATH).json()["data"]] == [shown["id"]]


def test_agents_are_searched_by_name_page_by_page(caller: Caller, acme: Tenant) -> None:
    for name in ("Reception", "Night desk", "reception 2"):
        caller.post(PATH, {"name": name})
    first = caller.get(f"{PATH}?search=recep&limit=1").json()
    path = f"{PATH}?search=recep&limit=1&cursor={first['next_cursor']}"
    pages = [first, caller.get(path).json()]
    assert [page["data"][0]["name"] for page in pages] == ["reception 2", "Reception"]
    assert not pages[1]["has_more"]


def test_search_for_more_than_a_name_holds_finds_nothing(caller: Caller) -> None:
    name = "r" * 120
    caller.post(PATH, {"name": name})
    found = [caller.get(f"{PATH}?search={name}{more}").json()["data"] for more in ("", "r" * 60000)]
    assert [len(each) for each in found] == [1, 0]


def test_the_shorthand_is_shown_moved_and_cleared(caller: Caller) -> None:
    shown = caller.post(PATH, {"name": "Reception", "custom_llm_url": f"{URL}?sig=canary"}).json()
    own = Endpoint.objects.get()
    assert (shown["llm"], shown["custom_llm_url"]) == (own.id, f"{URL}?…")
    assert caller.get(f"/api/v1/endpoints/{own.id}").json()["agent"] == shown["id"]
    path = f"{PATH}/{shown['id']}"
    same = caller.patch(path, {"custom_llm_url": shown["custom_llm_url"]}).json()
    assert same == shown | {"updated_at": same["updated_at"]}
    moved = caller.patch(path, {"custom_llm_url": "https://other.example.com/"}).json()
    assert moved["custom_llm_url"] == "https://other.example.com/"
    cleared = caller.patch(path, {"custom_llm_url": None}).json()
    assert (cleared["llm"], Endpoint.objects.count()) == (None, 0)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": ""}, "name"),
        ({"llm": "end_nothing"}, "llm"),
        ({"custom_llm_url": "http://llm.example.com/"}, "custom_llm_url"),
        ({"custom_voice_url": "wss://tts.example.com/"}, "custom_voice_url"),
        ({"custom_transcriber_url": "ws://stt.example.com/"}, "custom_transcriber_url"),
        ({"urls": {}}, "urls"),
        ({"custom_lm_url": URL}, "custom_lm_url"),
    ],
)
def test_wrong_fields_are_named_and_nothing_is_stored(
    caller: Caller, fields: dict[str, Any], field: str
) -> None:
    answer = caller.post(PATH, {"name": "Reception", **fields})
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert not Agent.objects.exists()


def test_the_free_plan_patches_nothing(db: None) -> None:
    small = Caller(rows.api_key(rows.tenant("Small", plan="free"))[1])
    answer = small.post(PATH, {"name": "Reception", "custom_llm_url": URL})
    assert (answer.status_code, answer.json()["code"]) == (403, "plan_required")
    assert small.post(PATH, {"name": "Reception"}).status_code == 201


def test_an_agent_is_deleted_with_its_own_endpoint(caller: Caller) -> None:
    shown = caller.post(PATH, {"name": "Reception", "custom_llm_url": URL}).json()
    assert caller.delete(f"{PATH}/{shown['id']}").status_code == 204
    assert not Endpoint.objects.exists()


def test_anothers_agents_do_not_exist(caller: Caller, globex: Tenant) -> None:
    theirs = agent(globex)
    for answer, ghost in [
        (caller.get(f"{PATH}/{theirs.id}"), caller.get(f"{PATH}/agt_nothing")),
        (caller.patch(f"{PATH}/{theirs.id}", {}), caller.patch(f"{PATH}/agt_nothing", {})),
        (caller.delete(f"{PATH}/{theirs.id}"), caller.delete(f"{PATH}/agt_nothing")),
    ]:
        assert (answer.status_code, answer.content) == (404, ghost.content)


def test_a_list_of_agents_takes_few_queries(
    caller: Caller, acme: Tenant, django_assert_max_num_queries: Any
) -> None:
    for number in range(10):
        agent(acme, name=f"Agent {number}", custom_urls={"llm": URL})
    with django_assert_max_num_queries(5):
        assert len(caller.get(PATH).json()["data"]) == 10


def test_wire_formats_are_what_the_registry_holds(caller: Caller) -> None:
    shown = caller.get("/api/v1/wire-formats").json()
    known = [name for channel in CHANNELS for name in formats_of(channel)]
    assert [each["name"] for each in shown["data"]] == known
    chat = next(each for each in shown["data"] if each["name"] == "openai-chat")
    assert (chat["channel"], chat["scheme"]) == ("llm", "https")
    assert chat["capabilities"]["tools"] is True
    assert "include_usage" in [setting["name"] for setting in chat["settings"]]
    assert chat["timeouts"]["first_byte"] == {"default": 15, "least": 0.5, "most": 120}
    voices = caller.get("/api/v1/wire-formats?channel=voice").json()["data"]
    voice = next(each for each in voices if each["name"] == "rymi-tts")
    assert (voice["name"], voice["scheme"], voice["settings"]) == ("rymi-tts", "https", [])
    assert voice["timeouts"]["total"] == {"default": 120, "least": 1, "most": 900}
