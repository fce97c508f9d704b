from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from tenants.models import ApiKey, IdempotentReply, Tenant
from tenants.rest import idempotency
from tests.tenants.rest.client import Caller
from tests.tenants.rows import api_key

NOTES = "/api/v1/notes"
pytestmark = pytest.mark.urls("tests.tenants.rest.sample")


def send(caller: Caller, body: object, key: str = "k1") -> object:
    return caller.post(NOTES, body, Idempotency_Key=key)


def test_same_request_gets_the_same_answer_and_is_done_once(caller: Caller) -> None:
    first = caller.post(NOTES, {"name": "a", "part": {"colour": "b"}}, Idempotency_Key="k1")
    again = caller.raw(
        "POST", NOTES, b' {"part": {"colour": "b"}, "name": "a"}', Idempotency_Key="k1"
    )
    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert ApiKey.objects.filter(name="a").count() == 1


def test_other_body_under_the_same_key_is_refused(caller: Caller) -> None:
    caller.post(NOTES, {"name": "a"}, Idempotency_Key="k1")
    answer = caller.post(NOTES, {"name": "b"}, Idempotency_Key="k1")
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert not ApiKey.objects.filter(name="b").exists()


def test_same_key_of_another_tenant_is_another_key(caller: Caller, globex: Caller) -> None:
    caller.post(NOTES, {"name": "a"}, Idempotency_Key="k1")
    theirs = globex.post(NOTES, {"name": "b"}, Idempotency_Key="k1")
    assert theirs.status_code == 201
    assert "Idempotent-Replayed" not in theirs.headers
    for sender, name in ((caller, "a"), (globex, "b")):
        again = sender.post(NOTES, {"name": name}, Idempotency_Key="k1")
        assert (again.json()["name"], again.headers["Idempotent-Replayed"]) == (name, "true")


def test_answer_is_given_again_only_to_the_api_key_that_made_the_request(
    caller: Caller, acme: Tenant
) -> None:
    colleague = Caller(api_key(acme)[1])
    caller.post(NOTES, {"name": "a"}, Idempotency_Key="k1")
    answer = colleague.post(NOTES, {"name": "a"}, Idempotency_Key="k1")
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert "canary-shown-once" not in answer.text
    assert ApiKey.objects.filter(name="a").count() == 1


def test_request_that_is_still_worked_on_is_refused(caller: Caller) -> None:
    caller.post(NOTES, {"name": "a"}, Idempotency_Key="k1")
    IdempotentReply.objects.update(status=None)
    answer = caller.post(NOTES, {"name": "a"}, Idempotency_Key="k1")
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_in_progress")


def test_reservation_of_a_process_that_died_is_taken_over(caller: Caller) -> None:
    caller.post(NOTES, {"name": "a"}, Idempotency_Key="k1")
    long_ago = timezone.now() - idempotency.ABANDONED - timedelta(seconds=1)
    ApiKey.objects.filter(name="a").delete()
    IdempotentReply.objects.update(status=None, created_at=long_ago)
    assert caller.post(NOTES, {"name": "a"}, Idempotency_Key="k1").status_code == 201


def test_answer_is_kept_for_a_day(caller: Caller) -> None:
    caller.post(NOTES, {"name": "a"}, Idempotency_Key="k1")
    ApiKey.objects.filter(name="a").delete()
    IdempotentReply.objects.update(created_at=timezone.now() - timedelta(hours=23, minutes=59))
    assert idempotency.prune() == 0
    assert "Idempotent-Replayed" in caller.post(NOTES, {"name": "a"}, Idempotency_Key="k1").headers
    IdempotentReply.objects.update(created_at=timezone.now() - timedelta(hours=24, seconds=1))
    assert idempotency.prune() == 1
    answer = caller.post(NOTES, {"name": "a"}, Idempotency_Key="k1")
    assert "Idempotent-Replayed" not in answer.headers


@pytest.mark.parametrize("name", ["", "broken", "conflict", "plan"])
def test_failure_is_not_kept_and_leaves_nothing_behind(caller: Caller, name: str) -> None:
    failed = caller.post(NOTES, {"name": name}, Idempotency_Key="k1")
    assert failed.status_code >= 400
    assert not IdempotentReply.objects.exists()
    assert not ApiKey.objects.filter(name=name).exists()
    assert caller.post(NOTES, {"name": "fine"}, Idempotency_Key="k1").status_code == 201


def test_secret_in_a_kept_answer_is_not_stored_in_clear(caller: Caller) -> None:
    answer = caller.post(NOTES, {"name": "a"}, Idempotency_Key="k1")
    assert answer.json()["secret"] == "canary-shown-once"
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM tenants_idempotentreply")
        stored = repr(cursor.fetchall())
    assert "201" in stored
    assert "canary" not in stored


def test_key_is_visible_ascii_of_at_most_255_characters(caller: Caller) -> None:
    for wrong in ("two words", "é", "k" * 256, ""):
        answer = caller.post(NOTES, {"name": "a"}, Idempotency_Key=wrong)
        assert answer.status_code == 400, wrong
        assert answer.json()["errors"][0]["field"] == "Idempotency-Key"
    assert caller.post(NOTES, {"name": "a"}, Idempotency_Key="k" * 255).status_code == 201


def test_request_without_a_key_is_done_each_time(caller: Caller) -> None:
    assert caller.post(NOTES, {"name": "a"}).status_code == 201
    assert not IdempotentReply.objects.exists()


def test_a_body_that_is_nested_too_deeply_to_be_compared_is_refused(caller: Caller) -> None:
    deep = b'{"name": ' + b"[" * 600 + b"]" * 600 + b"}"
    answer = caller.raw("POST", NOTES, deep, Idempotency_Key="k1")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_json")
    assert not IdempotentReply.objects.exists()
