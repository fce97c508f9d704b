"""Dot paths."""

from typing import Any

import pytest

from wire.vexyl.paths import found, text_at

VALUE = {"data": {"output": [{"message": "Hi"}, {"message": 4.5}]}, "on": True, "no": None}


@pytest.mark.parametrize(
    ("path", "member"),
    [
        ("data.output.0.message", "Hi"),
        ("data.output.2.message", None),
        ("data.output.message", None),
        ("data.output.0.message.more", None),
        ("on", True),
        ("no.more", None),
        ("", None),
    ],
)
def test_path_leads_through_objects_and_lists(path: str, member: Any) -> None:
    assert found(VALUE, path) == member


def test_number_is_a_text_and_nothing_else_is() -> None:
    assert text_at(VALUE, "data.output.0.message") == "Hi"
    assert text_at(VALUE, "data.output.1.message") == "4.5"
    assert text_at(VALUE, "on") is None
    assert text_at(VALUE, "data") is None
