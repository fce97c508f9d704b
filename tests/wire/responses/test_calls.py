"""Tool calls by the index of their items."""

import pytest

from wire.events import ToolDelta
from wire.llm.bounds import MOST_CALLS
from wire.responses.calls import Calls, TooManyCalls, arguments_of
from wire.responses.shapes import Item


def item(call_id: str | None = "t", arguments: object = "", **members: object) -> Item:
    return Item("function_call", call_id, "fc", "f", arguments, **members)  # type: ignore[arg-type]


BEGUN = ToolDelta(0, "t", "f", "")


def piece(text: str, number: int = 0) -> ToolDelta:
    return ToolDelta(number, None, None, text)


def test_call_is_told_in_pieces_and_not_again_when_it_is_whole() -> None:
    calls = Calls()
    assert not calls
    assert calls.begin(3, item()) == [BEGUN]
    assert calls
    assert calls.piece(3, '{"a"') == [piece('{"a"')]
    assert calls.piece(3, ":1}") == [piece(":1}")]
    assert calls.whole(3, '{"a":1}') == calls.item(3, item(arguments='{"a":1}')) == []
    assert calls.rest() == []


def test_arguments_that_came_in_no_pieces_are_told_when_they_are_whole() -> None:
    calls = Calls()
    calls.begin(0, item())
    assert calls.whole(0, "") == []
    assert calls.item(0, item(arguments="{}")) == [piece("{}")]
    assert calls.rest() == []


def test_arguments_of_the_first_event_hold_until_better_ones_come() -> None:
    calls = Calls()
    calls.begin(0, item(arguments="{}"))
    calls.begin(1, item("u", arguments={"b": 2}))
    calls.begin(2, item("v", arguments="{}"))
    assert calls.whole(0, '{"a":1}') == [piece('{"a":1}')]
    assert calls.piece(2, '{"c":3}') == [piece('{"c":3}', 2)]
    assert calls.rest() == [piece('{"b":2}', 1)]


def test_call_without_arguments_has_an_empty_object() -> None:
    calls = Calls()
    calls.begin(0, item())
    assert calls.rest() == [piece("{}")]
    assert calls.rest() == []


def test_another_call_at_the_same_index_is_one_of_its_own() -> None:
    calls = Calls()
    assert calls.item(0, item(arguments="{}")) == [BEGUN, piece("{}")]
    assert calls.item(0, item("u", arguments="[]")) == [
        ToolDelta(1, "u", "f", ""), piece("[]", 1),
    ]  # fmt: skip
    assert calls.begin(0, item("v"))[0] == ToolDelta(2, "v", "f", "")
    assert calls.begin(0, item("w")) == [piece("{}", 2), ToolDelta(3, "w", "f", "")]


def test_call_has_the_id_of_its_item_or_none() -> None:
    calls = Calls()
    assert calls.begin(0, item(None)) == [ToolDelta(0, "fc", "f", "")]
    assert calls.begin(1, Item("custom_tool_call", input="ls")) == [ToolDelta(1, "", "", "")]
    assert calls.item(1, Item("custom_tool_call", input="ls -l")) == [piece("ls -l", 1)]


def test_pieces_of_no_call_and_empty_ones_are_nothing() -> None:
    calls = Calls()
    assert calls.piece(0, "{}") == calls.whole(0, "{}") == []
    calls.begin(0, item())
    assert calls.piece(0, None) == calls.piece(0, "") == []


def test_too_many_calls_are_refused() -> None:
    calls = Calls()
    for index in range(MOST_CALLS):
        calls.begin(index, item(str(index)))
    with pytest.raises(TooManyCalls):
        calls.begin(MOST_CALLS, item())


def test_arguments_are_json_text() -> None:
    assert [arguments_of(each) for each in (None, "{}", {"a": 1})] == ["", "{}", '{"a":1}']
