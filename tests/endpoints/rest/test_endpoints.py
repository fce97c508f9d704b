"""Endpoints by REST."""

from typing import Any

import pytest
from django.utils import timezone

from endpoints.models import CheckStatus, Endpoint, RunStatus, ValidationRun
from tenants.models import Tenant, TenantProvider
from tests.endpoints.rows import TOKEN, URL, agent, endpoint
from tests.tenants import rows
from tests.tenants.rest.client import Caller

PATH = "/api/v1/endpoints"
BODY = {"name": "House model", "channel": "llm", "wire_format": "openai-chat", "url": URL}
BEARER = {"type": "bearer", "token": TOKEN}


def made(caller: Caller, **fields: Any) -> Any:
    answer = caller.post(PATH, {**BODY, **fields})
    assert answer.status_code == 201, answer.content
    return answer.json()


def test_an_endpoint_is_made_and_shown_as_the_contract_says(caller: Caller) -> None:
    shown = made(caller, model="house-7b", auth=BEARER, timeouts={"first_byte": 10})
    assert shown["auth"] == {
        "type": "bearer",
        "last4": TOKEN[-4:],
        "updated_at": shown["auth"]["updated_at"],
    }
    run = ValidationRun.objects.get()
    assert shown["validation"] == {"run": run.id, "status": "queued"}
    assert (shown["url"], shown["urls"], shown["model"]) == (URL, [URL], "house-7b")
    assert shown["timeouts"] == {
        "connect": 3, "tls": 5, "first_byte": 10, "idle": 30, "total": 600,
    }  # fmt: skip
    assert (shown["version"], shown["agent"], shown["provider"]) == (1, None, None)
    assert shown["notices"] == []
    del shown["notices"]
    assert caller.get(f"{PATH}/{shown['id']}").json() == shown
    assert caller.get(PATH).json()["data"] == [shown]


def test_no_answer_ever_holds_the_token_or_a_signature(caller: Caller) -> None:
    signed = f"{URL}?sig=canary-signature"
    created = caller.post(PATH, {**BODY, "url": signed, "auth": BEARER})
    path = f"{PATH}/{created.json()['id']}"
    wrong = {"url": "http://x.example.com/?sig=canary-signature", "auth": BEARER}
    answers = [
        created,
        caller.get(path),
        caller.get(PATH),
        caller.patch(path, {"name": "Other", "auth": BEARER}),
        caller.patch(path, wrong),
        caller.post(f"{path}/validate"),
        caller.get("/api/v1/validation-runs"),
        caller.get("/api/v1/providers"),
    ]
    assert [answer.status_code for answer in answers] == [201, 200, 200, 200, 400, 202, 200, 200]
    for answer in answers:
        assert b"canary" not in answer.content
    assert created.json()["url"] == f"{URL}?…"


def test_nesting_that_no_answer_could_show_is_refused(caller: Caller) -> None:
    path = f"{PATH}/{made(caller)['id']}"
    deep = b'{"a":' * 300 + b"1" + b"}" * 300
    refused = caller.raw("PATCH", path, b'{"settings":{"add_fields":%b}}' % deep)
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["field"] == "settings.add_fields"


def test_a_url_sent_back_as_it_was_shown_is_kept(caller: Caller) -> None:
    shown = made(caller, url=f"{URL}?sig=1")
    again = caller.patch(f"{PATH}/{shown['id']}", {"url": shown["url"]}).json()
    assert (again["version"], Endpoint.objects.get().targets.get().full_url) == (1, f"{URL}?sig=1")


def test_several_urls_are_targets_in_order(caller: Caller) -> None:
    urls = ["https://two.example.com/", "https://one.example.com/"]
    answer = caller.post(PATH, {**BODY, "urls": urls} | {"url": None})
    assert answer.status_code == 400
    body = {name: value for name, value in BODY.items() if name != "url"}
    shown = caller.post(PATH, {**body, "urls": urls}).json()
    assert (shown["url"], shown["urls"]) == (urls[0], urls)


def test_a_voice_endpoint_is_saved_and_patched_to_an_agent(caller: Caller) -> None:
    given = {"name": "House voice", "channel": "voice", "wire_format": "rymi-tts",
             "url": "https://tts.example.com/tts", "auth": {"type": "bearer", "token": "t" * 20},
             "timeouts": {"first_byte": 3}}  # fmt: skip
    made = caller.post(PATH, given).json()
    assert (made["channel"], made["wire_format"]) == ("voice", "rymi-tts")
    assert made["validation"]["status"] == "queued"
    agent = caller.post("/api/v1/agents", {"name": "Reception", "voice": made["id"]}).json()
    assert agent["voice"] == made["id"]
    assert agent["urls"]["voice"]["rymi-tts"].endswith(f"/a/{agent['id']}/tts")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"url": "http://llm.example.com/"}, "url"),
        ({"urls": [URL]}, "urls"),
        ({"colour": "red"}, "colour"),
        ({"version": 3}, "version"),
        ({"auth": "token"}, "auth"),
        ({"auth": {"type": "bearer", "token": 5}}, "auth.token"),
        ({"auth": {"type": "bearer"}}, "auth.token"),
        ({"timeouts": {"idle": "30"}}, "timeouts.idle"),
        ({"timeouts": [3]}, "timeouts"),
        ({"settings": {"colour": 1}}, "settings.colour"),
        ({"channel": "smell"}, "channel"),
        ({"channel": "voice"}, "wire_format"),
        ({"channel": "transcriber"}, "wire_format"),
        ({"wire_format": "morse"}, "wire_format"),
        ({"name": ""}, "name"),
    ],
)
def test_wrong_fields_are_named_and_nothing_is_stored(
    caller: Caller, fields: dict[str, Any], field: str
) -> None:
    answer = caller.post(PATH, {**BODY, **fields})
    assert answer.status_code == 400
    problem = answer.json()
    assert problem["code"] == "invalid_request"
    assert [error["field"] for error in problem["errors"]] == [field]
    assert not Endpoint.objects.exists()
    assert not TenantProvider.objects.exists()


def test_a_url_is_required(caller: Caller) -> None:
    body = {name: value for name, value in BODY.items() if name != "url"}
    answer = caller.post(PATH, body).json()
    assert answer["errors"] == [
        {"field": "url", "code": "required", "detail": "This field is required."}
    ]


def test_the_free_plan_is_refused_with_plan_required(db: None) -> None:
    small = Caller(rows.api_key(rows.tenant("Small", plan="free"))[1])
    answer = small.post(PATH, BODY)
    assert (answer.status_code, answer.json()["code"]) == (403, "plan_required")


def test_moving_to_another_host_drops_the_credential_and_says_so(caller: Caller) -> None:
    shown = made(caller, auth=BEARER)
    moved = caller.patch(f"{PATH}/{shown['id']}", {"url": "https://other.example.com/"}).json()
    assert moved["auth"] == {"type": "none"}
    assert "credential was dropped" in moved["notices"][0]


def test_a_stored_credential_is_shown_by_its_id(caller: Caller, acme: Tenant) -> None:
    stored = caller.post(
        "/api/v1/providers",
        {"provider": "custom-llm", "name": "Key", "auth": BEARER, "hosts": ["llm.example.com"]},
    ).json()
    shown = made(caller, auth={"provider": stored["id"]})
    assert (shown["provider"], shown["auth"]["last4"]) == (stored["id"], TOKEN[-4:])


def test_an_endpoint_in_use_is_not_deleted_and_the_answer_says_by_whom(
    caller: Caller, acme: Tenant
) -> None:
    used = endpoint(acme)
    holder = agent(acme, slots={"llm": used.id})
    answer = caller.delete(f"{PATH}/{used.id}")
    assert (answer.status_code, answer.json()["code"]) == (409, "endpoint_in_use")
    assert holder.id in answer.json()["detail"]
    free = endpoint(acme, name="Unused")
    assert caller.delete(f"{PATH}/{free.id}").status_code == 204
    assert caller.get(f"{PATH}/{free.id}").status_code == 404


def test_validation_is_queued_once_and_followed_by_its_run(caller: Caller, acme: Tenant) -> None:
    tested = endpoint(acme)
    answer = caller.post(f"{PATH}/{tested.id}/validate")
    run = ValidationRun.objects.get()
    assert (answer.status_code, answer.json()) == (202, {"id": run.id, "status": "queued"})
    run.checks.create(
        position=1,
        name="address",
        label="Address",
        status=CheckStatus.PASSED,
        summary="Reached.",
        evidence={"curl": "curl …"},
    )
    ValidationRun.objects.update(status=RunStatus.PASSED, finished_at=timezone.now())
    shown = caller.get(f"/api/v1/validation-runs/{run.id}").json()
    assert (shown["status"], shown["endpoint"], shown["version"]) == ("passed", tested.id, 1)
    assert shown["checks"] == [
        {
            "name": "address",
            "label": "Address",
            "status": "passed",
            "summary": "Reached.",
            "hint": "",
            "duration_ms": 0,
            "evidence": {"curl": "curl …"},
        }
    ]
    again = caller.post(f"{PATH}/{tested.id}/validate").json()
    assert again["id"] != run.id
    listed = caller.get(f"/api/v1/validation-runs?endpoint={tested.id}&status=passed").json()
    assert [each["id"] for each in listed["data"]] == [run.id]
    assert "checks" not in listed["data"][0]


def test_a_verdict_on_an_older_version_is_not_the_endpoints(caller: Caller, acme: Tenant) -> None:
    tested = endpoint(acme)
    ValidationRun.objects.update(status=RunStatus.FAILED)
    path = f"{PATH}/{tested.id}"
    assert caller.get(path).json()["validation"]["status"] == "failed"
    assert caller.patch(path, {"model": "other"}).json()["validation"]["status"] == "queued"
    ValidationRun.objects.filter(endpoint_version=2).delete()
    assert caller.get(path).json()["validation"] is None


def test_lists_are_filtered_by_channel_and_refuse_an_unknown_one(
    caller: Caller, acme: Tenant
) -> None:
    endpoint(acme)
    assert len(caller.get(f"{PATH}?channel=llm").json()["data"]) == 1
    assert caller.get(f"{PATH}?channel=voice").json()["data"] == []
    assert caller.get(f"{PATH}?channel=smell").status_code == 400


def test_a_list_is_searched_by_name_beside_its_other_filters(caller: Caller, acme: Tenant) -> None:
    for name in ("House model", "The 100% HOUSE", "Night"):
        endpoint(acme, name=name)

    def found(query: str) -> list[str]:
        return [each["name"] for each in caller.get(f"{PATH}?{query}").json()["data"]]

    assert found("search=house") == ["The 100% HOUSE", "House model"]
    assert found("search=house&channel=voice") == []
    assert found("search=0%25%20h") == ["The 100% HOUSE"]
    assert found("search=_") == []
    assert len(found("search=")) == 3


def test_a_list_takes_the_same_number_of_queries_for_one_row_and_for_ten(
    caller: Caller, acme: Tenant, django_assert_max_num_queries: Any
) -> None:
    for number in range(10):
        endpoint(acme, name=f"Model {number}", auth=BEARER)
    with django_assert_max_num_queries(6):
        assert len(caller.get(PATH).json()["data"]) == 10


def test_anothers_endpoints_do_not_exist(caller: Caller, globex: Tenant) -> None:
    theirs = endpoint(globex)
    run = theirs.validation_runs.get()
    for answer, ghost in [
        (caller.get(f"{PATH}/{theirs.id}"), caller.get(f"{PATH}/end_nothing")),
        (caller.patch(f"{PATH}/{theirs.id}", {}), caller.patch(f"{PATH}/end_nothing", {})),
        (caller.delete(f"{PATH}/{theirs.id}"), caller.delete(f"{PATH}/end_nothing")),
        (
            caller.post(f"{PATH}/{theirs.id}/validate"),
            caller.post(f"{PATH}/end_nothing/validate"),
        ),
        (
            caller.get(f"/api/v1/validation-runs/{run.id}"),
            caller.get("/api/v1/validation-runs/val_nothing"),
        ),
    ]:
        assert (answer.status_code, answer.content) == (404, ghost.content)
    assert caller.get(f"/api/v1/validation-runs?endpoint={theirs.id}").json()["data"] == []


def test_every_faulty_field_of_a_save_is_reported_at_once(caller: Caller) -> None:
    faulty = {
        "name": "n" * 121, "channel": "llm", "wire_format": "openai-chat",
        "url": "http://llm.example.com/", "auth": {"type": "bearer"},
        "timeouts": {"idle": 0, "total": 0}, "settings": {"no_such": 1},
    }  # fmt: skip
    problem = caller.post("/api/v1/endpoints", faulty).json()
    assert {error["field"] for error in problem["errors"]} == {
        "name", "url", "auth.token", "timeouts.idle", "timeouts.total", "settings.no_such",
    }  # fmt: skip
    assert caller.get("/api/v1/endpoints").json()["data"] == []
