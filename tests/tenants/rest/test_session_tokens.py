import time
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from tenants import session_tokens
from tenants.models import Tenant
from tests.tenants.rest.client import Caller
from tests.tenants.rows import agent, api_key, tenant

TOKENS = "/api/v1/session-tokens"


def test_token_says_its_agent_its_channels_its_issuer_and_its_end(acme: Tenant) -> None:
    row, text = api_key(acme)
    reception = agent(acme)
    body = {"agent": reception.id, "channels": ["llm", "voice"], "ttl": 60}
    before = time.time()
    answer = Caller(text).post(TOKENS, body)
    after = time.time()
    assert answer.status_code == 201
    said = answer.json()
    claims = session_tokens.verify(said["token"], [settings.SECRET_KEY], time.time())
    assert claims is not None
    assert (claims.tenant_id, claims.agent_id) == (acme.id, reception.id)
    assert claims.channels == {"llm", "voice"}
    assert claims.issuer == row.digest
    ends = parse_datetime(said["expires_at"])
    assert ends is not None
    assert claims.expires_at == ends.timestamp()
    assert before + 59 <= claims.expires_at <= after + 60


def test_token_never_outlives_the_key_that_issues_it(acme: Tenant) -> None:
    row, text = api_key(acme, expires_at=timezone.now() + timedelta(seconds=30))
    body = {"agent": agent(acme).id, "channels": ["llm"], "ttl": 3600}
    token = Caller(text).post(TOKENS, body).json()["token"]
    claims = session_tokens.verify(token, [settings.SECRET_KEY], time.time())
    assert claims is not None
    assert row.expires_at is not None
    assert claims.expires_at <= row.expires_at.timestamp()


def test_agent_of_another_tenant_is_refused_like_one_that_does_not_exist(
    caller: Caller, acme: Tenant
) -> None:
    theirs = agent(tenant("Globex")).id
    answers = [
        caller.post(TOKENS, {"agent": each, "channels": ["llm"]})
        for each in (theirs, "agt_" + "0" * 26)
    ]
    assert [answer.status_code for answer in answers] == [400, 400]
    assert answers[0].content == answers[1].content
    assert answers[0].json()["errors"][0]["code"] == "does_not_exist"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"channels": []}, "channels"),
        ({"channels": ["manage"]}, "channels.0"),
        ({"ttl": 3601}, "ttl"),
        ({"ttl": 9}, "ttl"),
        ({"scope": "llm"}, "scope"),
    ],
)
def test_wrong_field_is_refused_by_name(
    caller: Caller, acme: Tenant, wrong: dict[str, object], field: str
) -> None:
    answer = caller.post(TOKENS, {"agent": agent(acme).id, "channels": ["llm"]} | wrong)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == field


def test_session_token_never_opens_rest(caller: Caller, acme: Tenant) -> None:
    body = {"agent": agent(acme).id, "channels": ["llm"]}
    token = caller.post(TOKENS, body).json()["token"]
    assert Caller(token).get("/api/v1/me").status_code == 401
