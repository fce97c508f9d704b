"""Errors in Anthropic's shape."""

import json

import pytest

from wire.anthropic.errors import describe, read_error, write_error, write_stream_error
from wire.events import Failure


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, "authentication_error"),
        (403, "permission_error"),
        (404, "not_found_error"),
        (409, "invalid_request_error"),
        (413, "request_too_large"),
        (422, "invalid_request_error"),
        (429, "rate_limit_error"),
        (502, "api_error"),
        (504, "timeout_error"),
        (529, "overloaded_error"),
    ],
)
def test_status_gives_the_type_that_sdks_know(status: int, kind: str) -> None:
    body = json.loads(write_error(status=status, code="c", message="m"))
    assert body == {
        "type": "error",
        "error": {"type": kind, "message": "m", "details": {"error_code": "c"}},
    }


def test_error_says_which_member_is_wrong() -> None:
    body = json.loads(write_error(status=422, code="c", message="m", param="messages"))
    assert body["error"]["details"] == {"error_code": "c", "param": "messages"}


def test_error_in_a_stream_is_its_last_event() -> None:
    event = write_stream_error(code="c", message="Grüße")
    name, data = event.decode().removesuffix("\n\n").split("\n")
    assert name == "event: error"
    assert json.loads(data.removeprefix("data: "))["error"]["message"] == "Grüße"


@pytest.mark.parametrize(
    ("body", "failure"),
    [
        (b'{"type":"error","error":{"type":"t","message":"m"}}', Failure("m", "t")),
        (b'{"error":{"code":7,"detail":"d"}}', Failure("d", "7")),
        (b'{"error":"boom"}', Failure("boom")),
        (b'{"detail":"Not Found"}', Failure("Not Found")),
        (b"<h1>Bad Gateway</h1>", Failure("<h1>Bad Gateway</h1>")),
        (b"", Failure("The endpoint gives no reason.")),
        (b"[1]", Failure("1")),
    ],
)
def test_endpoints_error_is_understood_whatever_its_shape(body: bytes, failure: Failure) -> None:
    assert read_error(body) == failure


def test_long_errors_are_cut() -> None:
    failure = describe({"message": "m" * 5000, "type": "t" * 500})
    assert (len(failure.message), len(failure.code or "")) == (1000, 100)
    assert len(describe("x" * 5000).message) == 1000
