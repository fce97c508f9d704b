"""Errors inside streams."""

import json
from typing import Any

import pytest

from wire.events import Failure
from wire.responses.errors import failure_in, failure_of, write_stream_error
from wire.responses.shapes import Event, Response


def test_error_event_says_it_for_readers_of_the_reference_and_for_sdks() -> None:
    event = write_stream_error(code="c", message="m", number=7)
    assert event.startswith(b"event: error\ndata: {")
    told = json.loads(event.split(b"data: ")[1])
    assert told == {
        "type": "error", "sequence_number": 7, "code": "c", "message": "m", "param": None,
        "error": {"type": "server_error", "code": "c", "message": "m", "param": None},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("event", "failure"),
    [
        (Event("error", code="c", message="m"), Failure("m", "c")),
        (Event("error", error={"code": "c", "message": "m"}), Failure("m", "c")),
        (Event(error="boom"), Failure("boom")),
        (Event("error"), Failure("The endpoint reports an error.")),
        (Event("response.created"), None),
    ],
)
def test_failure_of_an_event_is_understood(event: Event, failure: Failure | None) -> None:
    assert failure_in(event) == failure


@pytest.mark.parametrize(
    ("members", "failure"),
    [
        ({"status": "completed"}, None),
        ({}, None),
        ({"error": {"code": "c", "message": "m"}}, Failure("m", "c")),
        ({"status": "failed"}, Failure("The response is failed.")),
        ({"status": "cancelled"}, Failure("The response is cancelled.")),
    ],
)
def test_failure_of_a_response_is_understood(members: Any, failure: Failure | None) -> None:
    assert failure_of(Response(**members)) == failure
