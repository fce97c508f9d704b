"""What a pair of formats loses follows from what each can carry."""

from dataclasses import asdict

from wire.capabilities import LLMCapabilities, lost

PLAIN = LLMCapabilities()


def test_nothing_is_lost_where_both_carry_the_same() -> None:
    assert lost(PLAIN, PLAIN) == {}


def test_what_only_the_callers_format_has_is_lost_from_requests() -> None:
    rich = LLMCapabilities(top_k=True, stop_sequence=True)
    assert lost(rich, PLAIN) == {"top_k": "`top_k`"}


def test_what_only_the_endpoints_format_has_is_lost_from_answers() -> None:
    rich = LLMCapabilities(top_k=True, stop_sequence=True)
    assert lost(PLAIN, rich) == {"stop_sequence": "which stop sequence was met"}


def test_what_most_can_carry_need_not_be_declared() -> None:
    carried = {name for name, value in asdict(PLAIN).items() if value}
    assert carried == {
        "streaming", "system", "sampling", "tools", "images", "usage", "reasoning", "stop",
        "ends", "errors",
    }  # fmt: skip
