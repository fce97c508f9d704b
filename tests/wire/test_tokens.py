"""Token estimates."""

import pytest

from wire.tokens import bounded, tokens_in, utf8_size


@pytest.mark.parametrize(("size", "tokens"), [(0, 0), (1, 1), (4, 1), (5, 2), (4000, 1000)])
def test_four_bytes_are_a_token_rounded_up(size: int, tokens: int) -> None:
    assert tokens_in(size) == tokens


@pytest.mark.parametrize(
    ("text", "size"), [("", 0), ("abc", 3), ("é", 2), ("日本", 6), ("😀", 4), ("\ud83d", 3)]
)
def test_size_is_that_of_utf8_even_of_half_an_emoji(text: str, size: int) -> None:
    assert utf8_size(text) == size


def test_chinese_costs_about_a_token_a_letter_where_english_costs_a_quarter() -> None:
    assert tokens_in(utf8_size("你好世界你好世界")) == 6
    assert tokens_in(utf8_size("hello wo")) == 2


@pytest.mark.parametrize(("count", "kept"), [(None, 0), (-3, 0), (7, 7), (10**12, 10**9)])
def test_count_that_an_endpoint_reports_is_bounded(count: int | None, kept: int) -> None:
    assert bounded(count) == kept
