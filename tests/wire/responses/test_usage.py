"""Tokens of this format."""

import pytest

from wire.events import Usage
from wire.responses.shapes import InputDetails, OutputDetails, UsageBody
from wire.responses.usage import usage_body, usage_of


@pytest.mark.parametrize(
    ("body", "usage"),
    [
        (None, None),
        (UsageBody(), None),
        (UsageBody(9, 4), Usage(9, 4)),
        (UsageBody(9), Usage(9, 0)),
        (UsageBody(None, -4), Usage(0, 0)),
        (UsageBody(9, 4, InputDetails(5, 2), OutputDetails(3)), Usage(9, 4, 3, 5, 2)),
        (UsageBody(9, 4, InputDetails(), OutputDetails()), Usage(9, 4)),
    ],
)
def test_reported_tokens_are_understood(body: UsageBody | None, usage: Usage | None) -> None:
    assert usage_of(body) == usage


def test_tokens_are_written_with_their_sum() -> None:
    assert usage_body(Usage(9, 4, 3, 5, 2)) == {
        "input_tokens": 9, "input_tokens_details": {"cached_tokens": 5, "cache_write_tokens": 2},
        "output_tokens": 4, "output_tokens_details": {"reasoning_tokens": 3}, "total_tokens": 13,
    }  # fmt: skip
    assert usage_body(None) is None
