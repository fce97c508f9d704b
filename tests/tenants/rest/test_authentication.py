from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tenants import keys
from tenants.models import ApiKey, Tenant
from tests.tenants.rest.client import Caller
from tests.tenants.rows import api_key, tenant

ME = "/api/v1/me"


def status_of(authorization: str) -> int:
    return Client().get(ME, headers={"Authorization": authorization}).status_code


def test_key_opens_its_own_tenant_and_is_shown_without_its_text(acme: Tenant) -> None:
    row, text = api_key(acme, "read")
    answer = Caller(text).get(ME)
    assert answer.status_code == 200
    said = answer.json()
    assert said["tenant"]["id"] == acme.id
    assert said["tenant"]["plan"]["name"] == "pro"
    assert said["api_key"]["id"] == row.id
    assert text not in answer.text
    assert row.digest not in answer.text


def test_scheme_is_read_without_regard_to_case(acme: Tenant) -> None:
    _, text = api_key(acme)
    assert status_of(f"bearer {text}") == 200


@pytest.mark.parametrize(
    "form", ["{}", "Token {}", "Bearer  {}", " Bearer {}x", "Bearer {},Bearer {}", "Bearer {} "]
)
def test_any_other_form_of_the_header_is_refused(acme: Tenant, form: str) -> None:
    _, text = api_key(acme)
    assert status_of(form.format(text, text)) == 401


def test_missing_unknown_revoked_and_expired_keys_are_refused_alike(acme: Tenant) -> None:
    past = timezone.now() - timedelta(seconds=1)
    texts = (
        keys.new_key().reveal(),
        api_key(acme, revoked_at=past)[1],
        api_key(acme, expires_at=past)[1],
        "pb_live_" + "0" * 36,
    )
    answers = [Caller(text).get(ME) for text in texts]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1
    assert answers[0].headers["WWW-Authenticate"] == 'Bearer realm="Patchbay"'
    assert answers[0].json()["code"] == "invalid_api_key"
    missing = Caller().get(ME)
    assert (missing.status_code, missing.json()["code"]) == (401, "invalid_api_key")


def test_garbage_costs_no_query(django_assert_num_queries: object, db: None) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator] # pytest-django's own type is private
        assert status_of("Bearer pb_live_" + "x" * 36) == 401


def test_reading_key_may_look_and_not_write(acme: Tenant) -> None:
    reader = Caller(api_key(acme, "read")[1])
    assert reader.get(ME).status_code == 200
    refused = reader.post(ME)
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")


def test_hosted_keys_and_keys_of_one_agent_never_reach_rest(acme: Tenant) -> None:
    hosted = Caller(api_key(acme, "llm", "voice")[1])
    bound = Caller(api_key(acme, "manage", "read", agent_id="agt_1")[1])
    for each in (hosted, bound):
        assert each.get(ME).status_code == 403


def test_use_is_noted_once_a_minute_and_touches_no_other_column(acme: Tenant) -> None:
    row, text = api_key(acme)
    stale = timezone.now() - timedelta(seconds=61)
    for before in (None, stale):
        ApiKey.objects.filter(pk=row.pk).update(last_used_at=before)
        Caller(text).get(ME)
        row.refresh_from_db()
        assert row.last_used_at is not None
        assert row.last_used_at > stale
    noted = row.last_used_at
    Caller(text).get(ME)
    row.refresh_from_db()
    assert row.last_used_at == noted


def test_key_of_another_tenant_shows_that_tenant(acme: Tenant) -> None:
    other = tenant("Globex", "free")
    said = Caller(api_key(other)[1]).get(ME).json()
    assert (said["tenant"]["id"], said["tenant"]["plan"]["name"]) == (other.id, "free")
