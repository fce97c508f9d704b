"""The size of prompts."""

from typing import Any

import pytest

from wire.llm.measuring import member_size, text_size


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ("né", 3),
        (["ab", {"text": "c"}], 3),
        ({"text": "ab", "content": [{"text": "c"}], "other": "no"}, 3),
        ({"input": {"a": 1}, "text": "ab"}, 9),
        (None, 0),
        (7, 0),
    ],
)
def test_texts_are_counted_wherever_they_are_and_some_members_as_json(
    value: Any, size: int
) -> None:
    assert text_size(value, ("text", "content"), ("input",)) == size


def test_member_counts_its_bytes() -> None:
    assert member_size(b'{"a":1}') == 7
