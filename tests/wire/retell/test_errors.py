"""Refusals of the upgrade."""

import json

from wire.retell.errors import write_error


def test_refusal_says_what_is_wrong() -> None:
    assert json.loads(write_error(status=401, code="c", message="m", param="p")) == {
        "error": {"code": "c", "message": "m", "param": "p"}
    }
