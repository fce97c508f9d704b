from typing import Any

from django.db import connection

from tenants.models import Tenant
from tests.tenants.rest.client import Caller

PROVIDERS = "/api/v1/providers"
TOKEN = "canary-token-0123456789"
BODY: dict[str, Any] = {
    "provider": "custom-llm",
    "name": "House model",
    "auth": {"type": "header", "header": "x-api-key", "value": TOKEN},
    "hosts": ["llm.example.com"],
}


def test_credential_is_shown_without_its_secret(caller: Caller) -> None:
    answer = caller.post(PROVIDERS, BODY)
    assert answer.status_code == 201
    made = answer.json()
    auth = made["auth"]
    assert auth.pop("updated_at") is not None
    assert auth == {"type": "header", "header": "x-api-key", "last4": "6789"}
    assert (made["hosts"], made["endpoint"]) == (["llm.example.com"], None)
    for shown in (answer, caller.get(PROVIDERS), caller.get(f"{PROVIDERS}/{made['id']}")):
        assert TOKEN not in shown.text


def test_change_keeps_what_is_left_out(caller: Caller) -> None:
    made = caller.post(PROVIDERS, BODY).json()
    changed = caller.patch(f"{PROVIDERS}/{made['id']}", {"name": "New"}).json()
    assert changed["name"] == "New"
    assert changed["auth"] == made["auth"]
    refused = caller.patch(f"{PROVIDERS}/{made['id']}", {"hosts": ["evil.example.com"]})
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["code"] == "secret_required"


def test_wrong_auth_is_refused_by_its_field_and_without_its_secret(caller: Caller) -> None:
    for auth, field in (
        ({"type": "header", "header": "x-api-key", "valeu": TOKEN}, "auth.valeu"),
        ({"type": "header", "header": "x-api-key", "value": TOKEN + "\n"}, "auth.value"),
        ({"type": "header", "header": "x-api-key", "value": [TOKEN]}, "auth.value"),
        ({"type": TOKEN}, "auth.type"),
        (TOKEN, "auth"),
        (None, "auth"),
    ):
        answer = caller.post(PROVIDERS, BODY | {"auth": auth})
        assert answer.status_code == 400, auth
        assert field in [each["field"] for each in answer.json()["errors"]], auth
        assert TOKEN not in answer.text


def test_stored_secret_that_does_not_open_answers_503(caller: Caller) -> None:
    first, second = (caller.post(PROVIDERS, BODY).json()["id"] for _ in range(2))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE tenant_providers SET secrets ="
            " (SELECT secrets FROM tenant_providers WHERE id = %s) WHERE id = %s",
            [first, second],
        )
    assert caller.get(f"{PROVIDERS}/{second}").json()["auth"]["last4"] == "6789"
    body = {"auth": {"type": "header", "header": "api-key"}}
    answer = caller.patch(f"{PROVIDERS}/{second}", body)
    assert (answer.status_code, answer.json()["code"]) == (503, "secret_unreadable")


def test_globex_gets_404_and_changes_nothing(caller: Caller, globex: Caller, acme: Tenant) -> None:
    address = f"{PROVIDERS}/{caller.post(PROVIDERS, BODY).json()['id']}"
    before = caller.get(address).json()
    for answer in (
        globex.get(address),
        globex.patch(address, {"name": "mine"}),
        globex.delete(address),
    ):
        assert answer.status_code == 404
    assert caller.get(address).json() == before
    assert caller.delete(address).status_code == 204
    assert caller.get(address).status_code == 404
