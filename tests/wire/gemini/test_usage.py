"""Tokens as Gemini counts them."""

from wire.events import Usage
from wire.gemini.shapes import UsageBody
from wire.gemini.usage import usage_of


def test_thoughts_are_part_of_the_completion_and_tools_of_the_prompt() -> None:
    body = UsageBody(9, 4, 20, 5, 3)
    assert usage_of(body, final=False) == Usage(12, 24, reasoning=20, cached=5)


def test_counts_of_the_prompt_alone_are_no_usage_before_the_end() -> None:
    assert usage_of(UsageBody(9), final=False) is None
    assert usage_of(UsageBody(9), final=True) == Usage(9, 0)
    assert usage_of(UsageBody(9, thoughtsTokenCount=2), final=False) == Usage(9, 2, reasoning=2)
    assert usage_of(None, final=True) is None


def test_counts_are_bounded() -> None:
    usage = usage_of(UsageBody(10**18, 10**18, -7, 10**18), final=True)
    assert usage == Usage(10**9, 10**9, cached=10**9)
