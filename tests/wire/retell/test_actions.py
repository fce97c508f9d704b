"""What Retell can be made to do with a call."""

from typing import Any

import pytest

from wire.events import ToolDelta
from wire.llm.bounds import MOST_CALLS
from wire.retell.actions import Called


def called(*calls: tuple[str, str]) -> dict[str, Any]:
    found = Called()
    for index, (name, arguments) in enumerate(calls):
        found.add(ToolDelta(index, f"t{index}", name, ""))
        for piece in arguments:
            found.add(ToolDelta(index, None, None, piece))
    return found.actions()


@pytest.mark.parametrize(
    ("name", "arguments", "actions"),
    [
        ("end_call", "{}", {"end_call": True}),
        ("endCall", "", {"end_call": True}),
        ("transfer_call", '{"number":"+15550100"}', {"transfer_number": "+15550100"}),
        ("transferCall", '{"destination":"+15550100"}', {"transfer_number": "+15550100"}),
        ("transfer_to_number", '{"to":15550100}', {"transfer_number": "15550100"}),
        ("transfer_call", "{}", {}),
        ("transfer_call", '{"number":""}', {}),
        ("transfer_call", '["+15550100"]', {}),
        ("transfer_call", '{"number":', {}),
        ("press_digit", '{"digit":"1"}', {"digit_to_press": "1"}),
        ("play_keypad_touch_tone", '{"dtmf_tones":"12"}', {"digit_to_press": "12"}),
        ("weather", '{"number":"1"}', {}),
    ],
)
def test_tool_becomes_an_action(name: str, arguments: str, actions: dict[str, Any]) -> None:
    assert called((name, arguments)) == actions


def test_several_tools_are_several_actions() -> None:
    assert called(("press_digit", '{"digit":"1"}'), ("end_call", "{}")) == {
        "digit_to_press": "1", "end_call": True,
    }  # fmt: skip


def test_what_is_kept_of_an_answers_tools_is_bounded() -> None:
    found = called(*[("weather", "")] * MOST_CALLS, ("end_call", "{}"))
    assert found == {}
    assert called(("transfer_call", '{"number":"1","x":"' + "x" * 5000 + '"}')) == {}
