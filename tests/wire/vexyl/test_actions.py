"""What VEXYL can be made to do."""

import time

import pytest

from wire.vexyl.actions import Actions, of_tool, without_marks


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("transfer_call", Actions(escalate=True)),
        ("transferCall", Actions(escalate=True)),
        ("escalate-to-human", Actions(escalate=True)),
        ("transfer_to_number", Actions(escalate=True)),
        ("end_call", Actions(hangup=True)),
        ("endCall", Actions(hangup=True)),
        ("hang_up", Actions(hangup=True)),
        ("transfer_money", Actions()),
        ("weather", Actions()),
    ],
)
def test_tool_means_what_platforms_call_so_and_no_more(name: str, meant: Actions) -> None:
    assert of_tool(name) == meant


@pytest.mark.parametrize(
    ("text", "spoken", "meant"),
    [
        ("Bye. [HANGUP]", "Bye.", Actions(hangup=True)),
        ("[escalate] One moment.", "One moment.", Actions(escalate=True)),
        ("A [ESCALATE] b [HANGUP]", "A b", Actions(True, True)),
        ("Say [hello].", "Say [hello].", Actions()),
    ],
)
def test_marks_are_cut_out_and_understood(text: str, spoken: str, meant: Actions) -> None:
    assert without_marks(text) == (spoken, meant)


def test_much_white_space_holds_nobody_up() -> None:
    began = time.process_time()
    assert without_marks("a" + " " * 50_000 + "b")[1] == Actions()
    assert time.process_time() - began < 0.5


def test_actions_add_up() -> None:
    assert Actions(escalate=True) | Actions(hangup=True) == Actions(True, True)
    assert Actions(hangup=True)
    assert not Actions()
