import pytest

from tenants.rest.strict import BODY_LIMIT
from tests.tenants.rest.client import Caller

NOTES = "/api/v1/notes"
pytestmark = pytest.mark.urls("tests.tenants.rest.sample")


def test_unknown_field_is_refused_by_name_with_the_one_meant(caller: Caller) -> None:
    answer = caller.post(NOTES, {"nmae": "a", "zzz": 1, "part": {"color": "red"}})
    said = {each["field"]: each for each in answer.json()["errors"]}
    assert answer.status_code == 400
    assert said["nmae"]["detail"] == "There is no such field. Did you mean `name`?"
    assert said["nmae"]["code"] == "unknown_field"
    assert said["zzz"]["detail"] == "There is no such field."
    assert said["part.color"]["detail"] == "There is no such field. Did you mean `colour`?"
    assert said["name"]["code"] == "required"


def test_field_of_the_server_is_refused(caller: Caller) -> None:
    answer = caller.post(NOTES, {"name": "a", "id": "key_mine"})
    assert answer.json()["errors"][0]["code"] == "read_only"


def test_unknown_parameter_is_refused_and_a_known_one_is_not(caller: Caller) -> None:
    assert caller.get(NOTES + "?name=a&limit=5").status_code == 200
    answer = caller.get(NOTES + "?nmae=a")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["detail"].endswith("Did you mean `name`?")
    assert caller.get(NOTES + "/key_x?limit=5").status_code == 400


def test_parameter_that_holds_a_nul_is_refused(caller: Caller) -> None:
    answer = caller.get(NOTES + "?name=a%00b")
    assert answer.status_code == 400
    assert answer.json()["errors"][0] == {
        "field": "name",
        "code": "invalid",
        "detail": "It holds a NUL character.",
    }


@pytest.mark.parametrize(
    "body",
    [
        b"{", b"[]", b'"text"', b"null", b"", b"\xff\xfe", b'{"name": NaN}',
        b'{"name": "\\ud800"}', b'{"name": "a\\u0000b"}', b'{"x\\u0000": 1}',
        b'{"name": "a", "extra": ["a", {"b": "\\u0000"}]}',
        b'{"name": "a", "extra": {"\\u0000": 1}}', b"[" * 200_000,
    ],
)  # fmt: skip
def test_body_that_is_no_clean_json_object_is_refused(caller: Caller, body: bytes) -> None:
    answer = caller.raw("POST", NOTES, body)
    assert answer.status_code == 400
    assert answer.json()["code"] in ("invalid_json", "invalid_request")


def test_body_of_another_kind_is_refused(caller: Caller) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""):
        answer = caller.raw("POST", NOTES, b'{"name": "a"}', kind)
        assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
    latin = caller.raw("POST", NOTES, b'{"name": "a"}', "application/json; charset=latin-1")
    assert latin.status_code == 415
    utf8 = caller.raw("POST", NOTES, b'{"name": "a"}', "application/json; charset=UTF-8")
    assert utf8.status_code == 201


def test_body_is_judged_also_where_none_is_needed(caller: Caller) -> None:
    assert caller.post(NOTES + "/ping").status_code == 200
    assert caller.raw("POST", NOTES + "/ping", b"").status_code == 200
    assert caller.raw("POST", NOTES + "/ping", b"{").status_code == 400
    assert caller.raw("POST", NOTES + "/ping", b"a=b", "text/plain").status_code == 415


def test_body_over_the_limit_is_refused_and_one_at_the_limit_is_read(caller: Caller) -> None:
    frame = len(b'{"name":""}')
    at_limit = b'{"name":"' + b"a" * (BODY_LIMIT - frame) + b'"}'
    assert len(at_limit) == BODY_LIMIT
    assert caller.raw("POST", NOTES, at_limit).status_code != 413
    over = caller.raw("POST", NOTES, at_limit + b" ")
    assert (over.status_code, over.json()["code"]) == (413, "request_too_large")
