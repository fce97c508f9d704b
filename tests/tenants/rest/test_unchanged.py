"""`If-Match`: nothing is written over what the caller has not read."""

from typing import Any

import orjson
import pytest

from endpoints.models import Endpoint, RunStatus, ValidationRun
from endpoints.services.endpoints import endpoint_update
from tenants.models import Tenant
from tests.endpoints.rows import TOKEN, endpoint
from tests.tenants.rest.client import Caller
from tests.tenants.rows import agent

NEW: dict[str, dict[str, Any]] = {
    "agents": {"name": "Reception"},
    "endpoints": {
        "name": "House", "channel": "llm", "wire_format": "openai-chat",
        "url": "https://llm.example.com/v1/chat/completions",
    },
    "providers": {
        "name": "House", "provider": "custom-llm", "hosts": ["llm.example.com"],
        "auth": {"type": "bearer", "token": TOKEN},
    },
}  # fmt: skip
every_kind = pytest.mark.parametrize("kind", sorted(NEW))


def patch(caller: Caller, path: str, tag: str, **said: Any) -> Any:
    return caller.raw("PATCH", path, orjson.dumps(said), If_Match=tag)


@every_kind
def test_change_over_what_was_read_is_made_and_one_over_something_newer_is_not(
    caller: Caller, kind: str
) -> None:
    made = caller.post(f"/api/v1/{kind}", NEW[kind])
    path, tag = f"/api/v1/{kind}/{made.json()['id']}", made.headers["ETag"]
    assert caller.get(path).headers["ETag"] == tag
    first = patch(caller, path, tag, name="First")
    assert first.status_code == 200
    assert first.headers["ETag"] == caller.get(path).headers["ETag"] != tag
    for late in (
        patch(caller, path, tag, name="Late"),
        caller.raw("DELETE", path, b"", If_Match=tag),
    ):
        assert (late.status_code, late.json()["code"]) == (412, "changed_meanwhile")
        assert "ETag" not in late.headers
    assert caller.get(path).json()["name"] == "First"
    assert (
        patch(caller, path, f'"other", {first.headers["ETag"]}', name="Second").status_code == 200
    )
    assert patch(caller, path, "*", name="Third").status_code == 200
    assert patch(caller, path, f"W/{caller.get(path).headers['ETag']}", name="4").status_code == 200
    assert patch(caller, path, "nonsense", name="Fifth").status_code == 412
    assert caller.patch(path, {"name": "Sixth"}).status_code == 200
    tag = caller.get(path).headers["ETag"]
    assert caller.raw("DELETE", path, b"", If_Match=tag).status_code == 204
    assert patch(caller, path, "*", name="Gone").status_code == 404


def endpoint_read(caller: Caller, tenant: Tenant) -> tuple[str, str]:
    """The path and the tag of an endpoint with a secret."""
    path = f"/api/v1/endpoints/{endpoint(tenant, auth={'type': 'bearer', 'token': TOKEN}).id}"
    return path, caller.get(path).headers["ETag"]


def test_tag_stands_while_nothing_is_set_whatever_becomes_of_the_tests(
    caller: Caller, acme: Tenant
) -> None:
    path, tag = endpoint_read(caller, acme)
    ValidationRun.objects.update(status=RunStatus.FAILED)
    assert caller.patch(path, {"name": Endpoint.objects.get().name}).headers["ETag"] == tag
    assert patch(caller, path, tag, name="Other").status_code == 200


def test_tag_changes_with_a_secret_that_ends_like_the_one_before(
    caller: Caller, acme: Tenant
) -> None:
    path, tag = endpoint_read(caller, acme)
    auth = {"type": "bearer", "token": f"other-{TOKEN}"}
    endpoint_update(tenant=acme, endpoint=Endpoint.objects.get(), auth=auth)
    assert patch(caller, path, tag, name="Other").status_code == 412


def test_refused_change_is_refused_as_without_the_header(caller: Caller, acme: Tenant) -> None:
    path = f"/api/v1/agents/{agent(acme).id}"
    tag = caller.get(path).headers["ETag"]
    answer = patch(caller, path, tag, nmae="x")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "unknown_field")


def test_answer_that_is_given_again_has_its_tag(caller: Caller) -> None:
    answers = [
        caller.post("/api/v1/endpoints", NEW["endpoints"], Idempotency_Key="k") for _ in range(2)
    ]
    assert answers[1].headers["Idempotent-Replayed"] == "true"
    assert answers[0].headers["ETag"] == answers[1].headers["ETag"]


def test_lists_and_what_is_never_changed_have_no_tag(caller: Caller, acme: Tenant) -> None:
    agent(acme)
    key = caller.get("/api/v1/me").json()["api_key"]["id"]
    for path in ("/api/v1/agents", f"/api/v1/api-keys/{key}"):
        assert "ETag" not in caller.get(path).headers
