"""Messages streams read into canonical events."""

import json
from typing import Any

import pytest

from wire.anthropic.reader import MessagesReader
from wire.anthropic.shapes import Block, Message, UsageBody
from wire.events import Failure, Finish, LLMEvent, Reasoning, Text, ToolDelta, Unusable, Usage
from wire.llm.bounds import MOST_CALLS, TOO_MANY_CALLS
from wire.sse import EVENT_LIMIT

CUT_OFF = Unusable("The endpoint's stream ended before it was finished.", "upstream_truncated")


def event(kind: str, **members: Any) -> bytes:
    return b"data: " + json.dumps({"type": kind, **members}).encode() + b"\n\n"


def start(index: int = 0, **block: Any) -> bytes:
    return event("content_block_start", index=index, content_block=block)


def delta(index: int = 0, **members: Any) -> bytes:
    return event("content_block_delta", index=index, delta=members)


def ending(reason: str | None, **usage: Any) -> bytes:
    counted = {"usage": usage} if usage else {}
    return event("message_delta", delta={"stop_reason": reason}, **counted)


STOP = event("message_stop")
TOOL = start(type="tool_use", id="t", name="f", input={})


def read(*pieces: bytes) -> list[LLMEvent]:
    reader = MessagesReader()
    return [event for piece in pieces for event in reader.feed(piece)] + reader.close()


def test_text_comes_at_once_and_the_end_mark_is_seen() -> None:
    reader = MessagesReader()
    assert reader.feed(delta(text="Hi")) == [Text("Hi")]
    assert reader.feed(ending("end_turn")) == [Finish("stop")]
    assert not reader.done
    assert reader.feed(STOP) == []
    assert reader.done
    assert reader.close() == []


@pytest.mark.parametrize(
    "data",
    [
        b'{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Hi"}}',
        b'{"type":"content_block_delta","delta":{"text":"Hi","thinking":"Hm"}}',
        b'{"type":"content_block_delta","delta":{"text":"\\ud83d"}}',
        b'{"type":"content_block_delta","delta":{"text":"<think>Hm"}}',
        b'{"type":"content_block_delta","delta":{"text":""}}',
        b'{"type":"content_block_delta","delta":null}',
        b'{"type":"content_block_delta","delta":{"text":"Hi"},"error":{"message":"no"}}',
        b'{"type":"content_block_start","content_block":{"text":"Hi"},"delta":{"text":"Ho"}}',
        b'{"type":"content_block_delta"',
    ],
)
def test_event_means_the_same_with_its_name_and_without(data: bytes) -> None:
    payload = b"data: " + data + b"\n\n"
    assert read(b"event: content_block_delta\n" + payload, STOP) == read(payload, STOP)


@pytest.mark.parametrize(
    ("reason", "known"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("pause_turn", "stop"),
        ("never_heard_of", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("tool_use", "tool_calls"),
        ("refusal", "content_filter"),
    ],
)
def test_reasons_to_stop_have_their_canonical_names(reason: str, known: str) -> None:
    assert read(ending(reason)) == [Finish(known)]  # type: ignore[arg-type]


def test_stop_behind_a_tool_is_tool_calls_and_length_stays_length() -> None:
    assert read(TOOL, ending("end_turn"))[-1] == Finish("tool_calls")
    assert read(TOOL, ending("max_tokens"))[-1] == Finish("length")


def test_usage_needs_to_be_said_and_may_come_without_a_reason() -> None:
    first = event("message_start", message={"usage": {"input_tokens": 9, "output_tokens": 1}})
    assert read(first, ending(None), STOP) == []
    assert read(first, ending(None, output_tokens=4), STOP) == [Usage(9, 4)]
    assert read(ending(None, input_tokens=4), STOP) == []


def test_tools_are_counted_apart_from_blocks() -> None:
    second = start(4, type="tool_use", name="g", input={"a": 1})
    stops = event("content_block_stop", index=4)
    found = read(delta(0, text="Hi"), start(2, type="tool_use", id="t", name="f"), second, stops)
    assert found == [
        Text("Hi"), ToolDelta(0, "t", "f", ""), ToolDelta(1, "", "g", ""),
        ToolDelta(1, None, None, '{"a":1}'), CUT_OFF,
    ]  # fmt: skip


def test_input_is_told_in_pieces_or_else_at_the_end_of_its_block() -> None:
    stop = event("content_block_stop", index=0)
    first, pieces = ToolDelta(0, "t", "f", ""), delta(partial_json='{"a":1}')
    assert read(TOOL, pieces, stop, STOP) == [first, ToolDelta(0, None, None, '{"a":1}')]
    assert read(TOOL, stop, stop, STOP) == [first, ToolDelta(0, None, None, "{}")]


def test_nameless_tool_and_pieces_of_no_tool_break_nothing() -> None:
    assert read(start(type="tool_use"), STOP) == [
        ToolDelta(0, "", "", ""), ToolDelta(0, None, None, "{}"),
    ]  # fmt: skip
    assert read(delta(3, partial_json="{}"), STOP) == []


def test_thinking_is_reasoning_in_a_block_or_a_delta() -> None:
    assert read(start(type="thinking", thinking="We"), delta(thinking="ll"), STOP) == [
        Reasoning("We"), Reasoning("ll"),
    ]  # fmt: skip


def test_what_could_begin_a_tag_is_told_before_the_finish_and_at_every_end() -> None:
    assert read(delta(text="<th"), ending("end_turn")) == [Text("<th"), Finish("stop")]
    assert read(delta(text="<th"), STOP) == [Text("<th")]
    assert read(delta(text="<th")) == [Text("<th"), CUT_OFF]


def test_events_of_the_wrong_form_are_nothing() -> None:
    lame = [event(kind) for kind in ("content_block_delta", "content_block_start", "message_start")]
    assert (
        read(*lame, event("fortune"), event("message_delta"), b"data:\n\n", b": ping\n\n", STOP)
        == []
    )


def test_nothing_follows_a_failure() -> None:
    error = event("error", error={"type": "overloaded_error", "message": "m"})
    assert read(error, delta(text="Hi"), STOP) == [Failure("m", "overloaded_error")]
    assert read(error + delta(text="Hi")) == [Failure("m", "overloaded_error")]


def test_event_that_cannot_be_read_is_a_failure() -> None:
    bad = Unusable("An event of the endpoint cannot be read.")
    assert read(b"data: hello\n\n") == [bad]
    assert read(delta(text="Hi")[:20]) == [bad]


def test_event_over_the_limit_is_a_failure() -> None:
    (failure,) = read(delta(text="x" * EVENT_LIMIT), STOP)
    assert failure == Unusable("An event of the endpoint is too large.")


def test_whole_message_is_read_as_its_stream_would_be() -> None:
    blocks = [
        Block("thinking", thinking="Hm"), Block("text", text="Hi"),
        Block("tool_use", id="t", name="f", input={"a": 1}),
    ]  # fmt: skip
    whole = MessagesReader().whole(Message(blocks, "tool_use", UsageBody(9, 4)))
    assert whole == [
        Reasoning("Hm"), Text("Hi"), ToolDelta(0, "t", "f", ""),
        ToolDelta(0, None, None, '{"a":1}'), Finish("tool_calls"), Usage(9, 4),
    ]  # fmt: skip
    assert MessagesReader().whole(Message()) == [Finish("stop")]


def test_answer_with_too_many_calls_fails() -> None:
    tools = [start(at, type="tool_use", id=f"t{at}", name="f") for at in range(MOST_CALLS + 1)]
    assert read(*tools, STOP)[MOST_CALLS:] == [TOO_MANY_CALLS]
    blocks = [Block("tool_use", id="t", name="f")] * (MOST_CALLS + 2)
    assert MessagesReader().whole(Message(blocks))[2 * MOST_CALLS :] == [TOO_MANY_CALLS]


@pytest.mark.parametrize("end", [[ending("tool_use"), STOP], [STOP], [ending("end_turn")]])
def test_input_of_a_block_that_is_never_stopped_is_told_once_at_the_end(end: list[bytes]) -> None:
    tool = start(type="tool_use", id="t", name="f", input={"a": 1})
    found = [event for event in read(tool, *end) if isinstance(event, ToolDelta)]
    assert found == [ToolDelta(0, "t", "f", ""), ToolDelta(0, None, None, '{"a":1}')]


def test_calls_that_share_an_index_are_calls_of_their_own() -> None:
    second = start(type="tool_use", id="u", name="g", input={})
    found = read(start(type="tool_use", id="t", name="f", input={"a": 1}), second, STOP)
    assert found == [
        ToolDelta(0, "t", "f", ""), ToolDelta(0, None, None, '{"a":1}'),
        ToolDelta(1, "u", "g", ""), ToolDelta(1, None, None, "{}"),
    ]  # fmt: skip
    assert read(*[second] * (MOST_CALLS + 1))[-1] == TOO_MANY_CALLS
