"""When the arguments of a call are whole."""

import pytest

from wire.anthropic.toolblock import ToolBlock


@pytest.mark.parametrize(
    ("pieces", "whole"),
    [
        ([], False), (["{}"], True), (['{"a":', '"}"'], False), (['{"a":', '"}"', "}"], True),
        (["7"], False), (['"\ud83d'], False), (['{"a":"', "x" * 20_000, '"}'], False),
        (["{" * 9_000, "}" * 9_000, "{}"], False),
    ],
)  # fmt: skip
def test_arguments_are_whole_once_they_are_an_object(pieces: list[str], whole: bool) -> None:
    block = ToolBlock(3)
    for piece in pieces:
        block.add(piece)
    assert (block.index, block.open, block.whole) == (3, True, whole)
