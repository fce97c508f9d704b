"""Bounds and defaults of an endpoint's clocks."""

import pytest

from egress.http import Clocks
from endpoints.clocks import CLOCKS, clocks, problems


def test_a_clock_left_out_has_the_channels_default() -> None:
    assert clocks("llm", {"idle": 12}) == Clocks(3, 5, 15, 12, 600)
    assert clocks("voice", {}).first_byte == 5


def test_an_old_row_out_of_bounds_is_brought_to_the_nearest_bound() -> None:
    assert clocks("llm", {"connect": 0.0, "total": 99_999}) == Clocks(0.2, 5, 15, 30, 3600)


def test_values_at_the_bounds_are_accepted_and_just_outside_refused() -> None:
    for channel, bounds in CLOCKS.items():
        for name, bound in bounds.items():
            assert not problems(channel, {name: bound.least})
            assert not problems(channel, {name: bound.most})
            assert problems(channel, {name: bound.least - 0.01})
            assert problems(channel, {name: bound.most + 0.01})


@pytest.mark.parametrize("value", ["15", None, True, [], float("nan")])
def test_what_is_not_a_number_of_seconds_is_refused(value: object) -> None:
    assert set(problems("llm", {"idle": value})) == {"idle"}


def test_an_unknown_clock_is_refused_by_name() -> None:
    assert "no clock 'read'" in problems("llm", {"read": 5})["read"]
