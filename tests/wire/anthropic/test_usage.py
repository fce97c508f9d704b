"""Tokens as Messages count them."""

from wire.anthropic.shapes import OutputDetails, UsageBody
from wire.anthropic.usage import Counts, usage_body
from wire.events import Usage


def test_counts_are_cumulative_and_a_later_one_replaces_an_earlier() -> None:
    counts = Counts()
    counts.add(UsageBody(5, 1, 7, 100))
    counts.add(None)
    counts.add(UsageBody(output_tokens=40, output_tokens_details=OutputDetails(30)))
    assert counts.usage() == Usage(112, 40, reasoning=30, cached=100, cache_written=7)
    counts.add(UsageBody(input_tokens=6))
    assert counts.usage() == Usage(113, 40, reasoning=30, cached=100, cache_written=7)


def test_without_output_there_is_no_usage() -> None:
    counts = Counts()
    counts.add(UsageBody(input_tokens=5))
    assert counts.usage() is None


def test_counts_cannot_be_absurd() -> None:
    counts = Counts()
    counts.add(UsageBody(10**12, -3))
    assert counts.usage() == Usage(10**9, 0)


def test_usage_is_written_apart_from_the_cache() -> None:
    assert usage_body(Usage(112, 40, reasoning=30, cached=100, cache_written=7)) == {
        "input_tokens": 5,
        "cache_creation_input_tokens": 7,
        "cache_read_input_tokens": 100,
        "output_tokens": 40,
        "output_tokens_details": {"thinking_tokens": 30},
    }


def test_unknown_usage_is_zeros() -> None:
    assert set(usage_body(None).values()) == {0}
