from datetime import timedelta

from django.utils import timezone

from tenants.models import ApiKey, Tenant
from tests.tenants.rest.client import Caller
from tests.tenants.rows import agent, api_key, tenant

KEYS, ME = "/api/v1/api-keys", "/api/v1/me"


def test_key_made_by_rest_works_and_its_text_is_shown_once(caller: Caller) -> None:
    ends = (timezone.now() + timedelta(hours=1)).isoformat()
    answer = caller.post(KEYS, {"name": "CI", "scopes": ["read"], "expires_at": ends})
    assert answer.status_code == 201
    made = answer.json()
    assert Caller(made["key"]).get(ME).json()["api_key"]["id"] == made["id"]
    shown = caller.get(f"{KEYS}/{made['id']}")
    assert made["key"] not in shown.text
    assert made["key"] not in caller.get(KEYS).text
    assert shown.json().keys() == made.keys() - {"key"}
    assert (made["scopes"], made["agent"]) == (["read"], None)
    assert made["prefix"] == made["key"][:12]


def test_retried_request_shows_the_same_key_and_makes_one(caller: Caller) -> None:
    body = {"name": "CI", "scopes": ["read"]}
    answers = [caller.post(KEYS, body, Idempotency_Key="k").json() for _ in range(2)]
    assert answers[0] == answers[1]
    assert ApiKey.objects.filter(name="CI").count() == 1


def test_revoked_key_is_refused_at_once_and_stays_in_the_list(caller: Caller, acme: Tenant) -> None:
    row, text = api_key(acme)
    assert Caller(text).get(ME).status_code == 200
    assert caller.delete(f"{KEYS}/{row.id}").status_code == 204
    assert Caller(text).get(ME).status_code == 401
    assert caller.get(f"{KEYS}/{row.id}").json()["revoked_at"]
    assert caller.delete(f"{KEYS}/{row.id}").status_code == 204


def test_globex_gets_404_for_a_key_and_does_not_revoke_it(globex: Caller, acme: Tenant) -> None:
    row, text = api_key(acme)
    for answer in (globex.get(f"{KEYS}/{row.id}"), globex.delete(f"{KEYS}/{row.id}")):
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert Caller(text).get(ME).status_code == 200


def test_key_of_one_agent_takes_an_agent_of_the_tenant_only(caller: Caller, acme: Tenant) -> None:
    mine, theirs = agent(acme), agent(tenant("Globex"))
    body = {"name": "Retell", "scopes": ["llm"]}
    made = caller.post(KEYS, body | {"agent": mine.id})
    assert (made.status_code, made.json()["agent"]) == (201, mine.id)
    refused = [caller.post(KEYS, body | {"agent": each}) for each in (theirs.id, "agt_nobodys")]
    assert [answer.status_code for answer in refused] == [400, 400]
    assert refused[0].json() == refused[1].json()
    assert refused[0].json()["errors"][0]["field"] == "agent"


def test_wrong_fields_are_refused_by_name(caller: Caller) -> None:
    for body, field in (
        ({"scopes": ["llm"]}, "name"),
        ({"name": "a"}, "scopes"),
        ({"name": "a", "scopes": []}, "scopes"),
        ({"name": "a", "scopes": ["root"]}, "scopes.0"),
        ({"name": "a", "scopes": ["llm"], "expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        ({"name": "a", "scopes": ["llm"], "digest": "0"}, "digest"),
    ):
        answer = caller.post(KEYS, body)
        assert answer.status_code == 400, body
        assert answer.json()["errors"][0]["field"] == field
