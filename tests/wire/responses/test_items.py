"""Items read into canonical events."""

from typing import Any

import pytest

from wire.events import Reasoning, Text, ToolDelta
from wire.responses.items import Items
from wire.responses.shapes import Event, Item, Piece

HI = Item("message", content=[Piece("Hi"), Piece(refusal="no")])


def event(kind: str, **members: Any) -> Event:
    return Event(f"response.{kind}", **members)


@pytest.mark.parametrize("kind", ["output_text", "refusal"])
def test_text_in_pieces_is_told_once(kind: str) -> None:
    items = Items()
    assert items.read(event(f"{kind}.delta", delta="Hi")) == [Text("Hi")]
    assert items.read(event(f"{kind}.delta", delta="")) == []
    assert items.read(event(f"{kind}.done", text="Hi")) == []
    assert items.read(event("output_item.done", item=HI)) == [Text("no")]
    assert items.whole([HI]) == []


def test_text_without_pieces_is_told_where_it_first_is_whole() -> None:
    items = Items()
    assert items.read(event("refusal.done", refusal="Hi")) == [Text("Hi")]
    assert items.read(event("output_text.done", content_index=1)) == []
    assert items.read(event("output_item.done", item=HI)) == [Text("no")]


def test_reasoning_is_told_in_paragraphs_and_not_again() -> None:
    items = Items()
    for kind in ("reasoning_text.delta", "reasoning_summary_text.delta"):
        assert items.read(event(kind, delta="Hm")) == [Reasoning("Hm")]
        assert items.read(event(kind)) == []
    part = "reasoning_summary_part.added"
    assert items.read(event(part)) == []
    assert items.read(event(part, summary_index=1)) == [Reasoning("\n\n")]
    thought = Item("reasoning", summary=[Piece("Hm")])
    assert items.whole([thought, Item("message", content=[Piece("Hi")])]) == [Text("Hi")]


def test_calls_are_told_in_pieces_or_whole() -> None:
    items = Items()
    call = Item("function_call", "t", name="f")
    assert items.read(event("output_item.added", item=call)) == [ToolDelta(0, "t", "f", "")]
    pieces = event("function_call_arguments.delta", delta="{")
    assert items.read(pieces) == [ToolDelta(0, None, None, "{")]
    assert items.read(event("function_call_arguments.done", arguments="{}")) == []
    custom = event("custom_tool_call_input.done", output_index=1, input="ls")
    assert items.read(custom) == []
    whole = Item("function_call", "u", name="g", arguments="{}")
    assert len(items.read(event("output_item.done", output_index=1, item=whole))) == 2
    assert items.whole([whole]) == []


def test_whole_items_are_told_in_their_order() -> None:
    call = Item("function_call", "t", name="f", arguments="{}")
    output = [
        Item("reasoning", summary=[Piece("I"), Piece(), Piece("see")]),
        Item("reasoning", content=[Piece("Hm")]), Item("reasoning"), HI, call,
        Item("web_search_call"), Item("message"),
    ]  # fmt: skip
    items = Items()
    assert items.whole(output) == [
        Reasoning("I\n\nsee"), Reasoning("Hm"), Text("Hi"), Text("no"),
        ToolDelta(0, "t", "f", ""), ToolDelta(0, None, None, "{}"),
    ]  # fmt: skip
    assert items.calls


def test_other_events_and_items_are_nothing() -> None:
    items = Items()
    assert items.read(event("created")) == items.read(Event()) == []
    for kind in ("output_item.added", "output_item.done"):
        assert items.read(event(kind)) == []
        assert items.read(event(kind, item=Item("mcp_call"))) == []


def test_what_could_begin_a_tag_is_told_at_the_end() -> None:
    items = Items()
    assert items.read(event("output_text.delta", delta="<th")) == []
    assert items.words() == [Text("<th")]
    items.read(event("output_item.added", item=Item("function_call", "t", name="f")))
    assert items.rest() == [ToolDelta(0, None, None, "{}")]


def test_memory_for_what_was_told_is_bounded() -> None:
    items = Items()
    for index in range(1100):
        delta = event("output_text.delta", delta="x", content_index=index)
        assert items.read(delta) == [Text("x")]
    assert items.read(event("output_text.done", text="x", content_index=1099)) == []


def test_each_message_may_begin_with_a_thought() -> None:
    items = Items()
    delta = "output_text.delta"
    assert items.read(event(delta, delta="Wait.")) == [Text("Wait.")]
    assert items.read(event(delta, output_index=1, delta="<think>a")) == [Reasoning("a")]
    assert items.read(event(delta, output_index=1, delta="</think>b")) == [Text("b")]
    first, second = (Item("message", content=[Piece(text)]) for text in ("c<", "<think>d</think>e"))
    assert Items().whole([first, second]) == [Text("c<"), Reasoning("d"), Text("e")]
