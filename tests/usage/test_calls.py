"""The ids of calls."""

import pytest

from usage.calls import EXTERNAL_ID_WIDTH, call_id, clean_external_id


def test_the_same_call_has_the_same_id_in_every_process() -> None:
    assert call_id("ten_a", "agt_a", "CA1") == "call_hcvb8cimnuql49p61dlbaethv0"


@pytest.mark.parametrize(
    "other", [("ten_b", "agt_a", "CA1"), ("ten_a", "agt_b", "CA1"), ("ten_a", "agt_a", "CA2")]
)
def test_another_tenant_agent_or_external_id_is_another_call(other: tuple[str, str, str]) -> None:
    assert call_id(*other) != call_id("ten_a", "agt_a", "CA1")


def test_an_external_id_is_kept_short_and_printable() -> None:
    assert clean_external_id(" CA\0 1\n\ud800é ") == "CA 1é"
    assert clean_external_id("x" * 999) == "x" * EXTERNAL_ID_WIDTH
