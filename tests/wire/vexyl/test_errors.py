"""Errors as VEXYL can bear them."""

import json

from wire.vexyl.errors import APOLOGY, write_error, write_stream_error


def test_error_is_an_apology_to_hear_and_a_reason_to_log() -> None:
    assert json.loads(write_error(status=502, code="c", message="m", param="message")) == {
        "response": APOLOGY, "error": {"code": "c", "message": "m", "param": "message"},
    }  # fmt: skip
    assert json.loads(write_stream_error(code="c", message="m"))["response"] == APOLOGY
