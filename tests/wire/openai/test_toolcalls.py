"""Pieces of tool calls find their call, whatever numbers the endpoint gives them."""

import time

from wire.events import ToolDelta
from wire.openai.shapes import Custom, Extra, Function, Google, ToolCall
from wire.openai.toolcalls import ToolCalls


def read(*calls: ToolCall, choice: int = 0) -> list[ToolDelta]:
    state = ToolCalls(choice)
    assert not state
    deltas = [state.read(call) for call in calls]
    assert bool(state) is bool(calls)
    return deltas


def test_pieces_of_parallel_calls_follow_their_index() -> None:
    found = read(
        ToolCall(0, "a", Function("f", "")),
        ToolCall(1, "b", Function("g", "")),
        ToolCall(0, None, Function(None, "x")),
        ToolCall(1, None, Function(None, "y")),
    )
    assert found == [
        ToolDelta(0, "a", "f", ""),
        ToolDelta(1, "b", "g", ""),
        ToolDelta(0, None, None, "x"),
        ToolDelta(1, None, None, "y"),
    ]


def test_id_and_name_come_once_though_the_endpoint_repeats_them() -> None:
    found = read(ToolCall(0, "a", Function("f", "x")), ToolCall(0, "a", Function("f", "y")))
    assert found[1] == ToolDelta(0, None, None, "y")


def test_another_id_under_the_same_index_is_another_call() -> None:
    found = read(
        ToolCall(0, "a", Function("f", "{}")),
        ToolCall(0, "b", Function("g", "")),
        ToolCall(0, None, Function(None, "{}")),
        ToolCall(0, "a", Function(None, " ")),
    )
    assert [delta.index for delta in found] == [0, 1, 1, 0]


def test_id_that_comes_late_does_not_make_a_new_call() -> None:
    found = read(ToolCall(0, None, Function("f", "")), ToolCall(0, "a", Function(None, "{}")))
    assert found == [ToolDelta(0, "", "f", ""), ToolDelta(0, None, None, "{}")]


def test_without_index_the_id_tells() -> None:
    found = read(
        ToolCall(None, "a", Function("f", "")),
        ToolCall(None, "b", Function("g", "")),
        ToolCall(None, "a", Function(None, "x")),
    )
    assert [delta.index for delta in found] == [0, 1, 0]


def test_without_index_and_id_a_name_begins_a_call_and_the_rest_goes_to_the_last() -> None:
    found = read(
        ToolCall(None, "", Function(None, "")),
        ToolCall(None, "", Function("g", "")),
        ToolCall(None, None, Function(None, "{}")),
        choice=2,
    )
    assert found == [
        ToolDelta(0, "", "", "", 2),
        ToolDelta(1, "", "g", "", 2),
        ToolDelta(1, None, None, "{}", 2),
    ]


def test_custom_tools_and_empty_calls_are_read() -> None:
    found = read(ToolCall(0, "a", None, Custom("grep", "needle")), ToolCall(1, "b"))
    assert found == [ToolDelta(0, "a", "grep", "needle"), ToolDelta(1, "b", "", "")]


def test_the_first_call_of_an_id_keeps_it_and_thousands_are_found_at_once() -> None:
    calls = [ToolCall(None, f"t{at}", Function("f", "")) for at in range(20_000)]
    began = time.process_time()
    found = read(*calls, *reversed(calls))
    assert time.process_time() - began < 2
    assert [delta.index for delta in found[20_000:]] == list(reversed(range(20_000)))


def test_signature_of_a_call_travels_in_its_id() -> None:
    extra = Extra(Google("QUI+/w=="))
    (signed,) = read(ToolCall(0, "a", Function("f", "{}"), extra_content=extra))
    assert signed.id == "a__thought__QUI-_w"
    (nameless,) = read(ToolCall(0, None, Function("f"), extra_content=extra), choice=2)
    assert nameless.id == "__thought__QUI-_w"
    (bare,) = read(ToolCall(0, "a", Function("f"), extra_content=Extra()))
    assert bare.id == "a"
