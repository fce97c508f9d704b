import logging

import pytest

from tests.tenants.rest.client import Caller

NOTES = "/api/v1/notes"
pytestmark = pytest.mark.urls("tests.tenants.rest.sample")


def test_wrong_fields_are_named_one_by_one(caller: Caller) -> None:
    answer = caller.post(NOTES, {"part": {"colour": ""}})
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"] == "about:blank"
    assert problem["title"] == "Bad Request"
    assert problem["status"] == 400
    assert problem["code"] == "invalid_request"
    assert [(each["field"], each["code"]) for each in problem["errors"]] == [
        ("name", "required"),
        ("part.colour", "blank"),
    ]
    assert problem["detail"].startswith("name: ")


def test_refusal_of_a_service_keeps_its_code(caller: Caller) -> None:
    for name, status, code in (("plan", 403, "plan_required"), ("conflict", 409, "in_use")):
        answer = caller.post(NOTES, {"name": name})
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert "errors" not in answer.json()


def test_field_error_of_a_service_reads_like_one_of_a_serializer(caller: Caller) -> None:
    answer = caller.post(NOTES, {"name": "django"})
    assert answer.status_code == 400
    assert answer.json()["errors"] == [{"field": "name", "code": "plain", "detail": "Too plain."}]
    whole = caller.post(NOTES, {"name": "django-whole"}).json()
    assert whole["errors"] == [
        {"field": None, "code": "misfit", "detail": "They do not fit together."}
    ]
    assert whole["detail"] == "They do not fit together."


def test_own_fault_says_nothing_of_its_cause(
    caller: Caller, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.CRITICAL):
        answer = caller.post(NOTES, {"name": "broken"})
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "canary" not in answer.text


def test_missing_objects_and_missing_addresses_read_alike(caller: Caller) -> None:
    missing = caller.get(NOTES + "/key_nothing")
    nowhere = caller.get("/api/v1/nowhere")
    slashed = caller.get(NOTES + "/")
    assert missing.status_code == nowhere.status_code == slashed.status_code == 404
    assert missing.json() == nowhere.json() == slashed.json()
    assert nowhere.headers["Content-Type"] == "application/problem+json"


def test_page_outside_the_api_that_is_missing_is_no_problem_document(caller: Caller) -> None:
    assert caller.get("/nowhere").headers["Content-Type"].startswith("text/html")


def test_wrong_method_and_options_are_refused_with_the_allowed_ones(caller: Caller) -> None:
    for method in ("PUT", "OPTIONS"):
        answer = caller.raw(method, NOTES, b"{}")
        assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
        assert "POST" in answer.headers["Allow"]


def test_body_is_json_whatever_is_accepted(caller: Caller) -> None:
    assert caller.get(NOTES, Accept="text/html").headers["Content-Type"] == "application/json"
