"""Errors as OpenAI's SDKs understand them."""

import json

import pytest

from wire.events import Failure
from wire.openai.errors import event_failure, read_error, write_error, write_stream_error
from wire.sse import SSEEvent


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, "authentication_error"),
        (403, "permission_error"),
        (404, "not_found_error"),
        (409, "invalid_request_error"),
        (422, "invalid_request_error"),
        (429, "rate_limit_error"),
        (502, "server_error"),
    ],
)
def test_error_body_has_the_type_of_its_status(status: int, kind: str) -> None:
    body = json.loads(write_error(status=status, code="c", message="Grüße", param="p"))
    assert body == {"error": {"message": "Grüße", "type": kind, "param": "p", "code": "c"}}


def test_stream_error_is_one_event_without_done() -> None:
    event = write_stream_error(code="upstream_truncated", message="Cut\noff.")
    assert event.startswith(b"data: {")
    assert event.endswith(b"}\n\n")
    assert event.count(b"\n") == 2
    assert json.loads(event[6:])["error"] == {
        "message": "Cut\noff.", "type": "server_error", "param": None, "code": "upstream_truncated",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("event", "failure"),
    [
        (SSEEvent(b"{}"), None),
        (SSEEvent(b'{"error":"x"}', b"message"), None),
        (SSEEvent(None, b"", b'{"code":500,"message":"m"}'), Failure("m", "500")),
        (SSEEvent(b'{"error":{"message":"m"}}', b"error"), Failure("m")),
        (SSEEvent(b'{"message":"m","type":"t"}', b"error"), Failure("m", "t")),
        (SSEEvent(b" out of memory\xff ", b"error"), Failure("out of memory\ufffd")),
        (SSEEvent(b"{}", b"error"), Failure("The endpoint reports an error.")),
        (SSEEvent(None, b"error"), Failure("The endpoint reports an error.")),
    ],
)
def test_error_lines_and_error_events_are_failures(
    event: SSEEvent, failure: Failure | None
) -> None:
    assert event_failure(event) == failure


@pytest.mark.parametrize(
    ("body", "failure"),
    [
        (b'{"error":{"message":"m","code":"c"}}', Failure("m", "c")),
        (b'[{"error":{"message":"m","code":400}}]', Failure("m", "400")),
        (b'{"error":"boom"}', Failure("boom")),
        (b'{"detail":"Not Found"}', Failure("Not Found")),
        (b"upstream request timeout", Failure("upstream request timeout")),
        (b"", Failure("The endpoint gives no reason.")),
    ],
)
def test_body_of_an_endpoints_error_is_understood_whatever_its_shape(
    body: bytes, failure: Failure
) -> None:
    assert read_error(body) == failure
