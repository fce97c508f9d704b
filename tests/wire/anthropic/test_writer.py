"""Canonical events written as Messages."""

import json
from typing import Any

import pytest

from wire.anthropic.requests import read_request
from wire.anthropic.writer import MessagesWriter, write_answer
from wire.conversation import ToolCall
from wire.events import Failure, Finish, LLMEvent, Reasoning, Text, ToolDelta, Usage
from wire.llm.base import LLMAnswer, Stamp
from wire.llm.bounds import MOST_CALLS

STAMP = Stamp("1", 1790000000)
PLAIN = read_request(b'{"messages":[],"model":"m"}', always_stream=True)
THINKING = read_request(b'{"messages":[],"thinking":{"type":"adaptive"}}', always_stream=True)


def parsed(stream: bytes) -> list[dict[str, Any]]:
    found = []
    for event in stream.decode().removesuffix("\n\n").split("\n\n"):
        name, data = event.split("\n")
        found.append(json.loads(data.removeprefix("data: ")))
        assert name == f"event: {found[-1]['type']}"
    return found


def written(*events: LLMEvent, request: Any = PLAIN) -> list[dict[str, Any]]:
    writer = MessagesWriter(request, STAMP)
    return parsed(b"".join([*map(writer.write, events), writer.end()]))


def kinds(events: list[dict[str, Any]]) -> list[tuple[str, int | None]]:
    return [(event["type"].removeprefix("content_block_"), event.get("index")) for event in events]


def test_text_is_a_message_of_one_block() -> None:
    usage = Usage(9, 2, cached=4)
    start, *blocks, ending, stop = written(Text("Hi"), Text("!"), Finish("stop"), usage)
    assert start["message"] == {
        "id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [],
        "stop_reason": None, "stop_sequence": None,
        "usage": {"input_tokens": 0, "cache_creation_input_tokens": 0,
                  "cache_read_input_tokens": 0, "output_tokens": 0},
    }  # fmt: skip
    assert kinds(blocks) == [("start", 0), ("delta", 0), ("delta", 0), ("stop", 0)]
    assert ending["delta"] == {"stop_reason": "end_turn", "stop_sequence": None}
    assert (ending["usage"]["input_tokens"], ending["usage"]["output_tokens"]) == (5, 2)
    assert stop == {"type": "message_stop"}


@pytest.mark.parametrize(
    ("reason", "known"),
    [("stop", "end_turn"), ("length", "max_tokens"), ("tool_calls", "tool_use"),
     ("content_filter", "refusal")],
)  # fmt: skip
def test_reasons_to_stop_are_the_formats_own(reason: Any, known: str) -> None:
    assert written(Finish(reason))[1]["delta"]["stop_reason"] == known


def test_answer_without_a_reason_ends_as_its_content_does() -> None:
    assert written()[1]["delta"]["stop_reason"] == "end_turn"
    tool = ToolDelta(0, "t", "f", "{}")
    assert written(tool)[-2]["delta"]["stop_reason"] == "tool_use"


def test_tools_stay_open_so_that_their_pieces_may_interleave() -> None:
    found = written(
        Text("Hm"), ToolDelta(0, "t", "f", ""), ToolDelta(1, "u", "g", "{"),
        ToolDelta(0, None, None, "{}"), ToolDelta(1, None, None, "}"),
    )  # fmt: skip
    assert kinds(found[1:-2]) == [
        ("start", 0), ("delta", 0), ("stop", 0), ("start", 1), ("start", 2), ("delta", 2),
        ("delta", 1), ("delta", 2), ("stop", 2), ("stop", 1),
    ]  # fmt: skip
    assert found[4]["content_block"] == {"type": "tool_use", "id": "t", "name": "f", "input": {}}
    assert found[6]["delta"] == {"type": "input_json_delta", "partial_json": "{"}


def test_text_behind_a_tool_is_a_block_of_its_own() -> None:
    found = written(ToolDelta(0, "t", "f", "{}"), Text("Hm"))
    assert kinds(found[1:-2]) == [
        ("start", 0), ("delta", 0), ("stop", 0), ("start", 1), ("delta", 1), ("stop", 1),
    ]  # fmt: skip


def test_reasoning_is_thinking_for_who_asked_and_nothing_for_others() -> None:
    found = written(Reasoning("Hm"), Text("Hi"), request=THINKING)
    assert found[1]["content_block"] == {"type": "thinking", "thinking": "", "signature": ""}
    assert found[2]["delta"] == {"type": "thinking_delta", "thinking": "Hm"}
    assert kinds(found[3:5]) == [("stop", 0), ("start", 1)]
    assert kinds(written(Reasoning("Hm"), Text("Hi")))[1:3] == [("start", 0), ("delta", 0)]


def test_other_choices_than_the_first_are_lost() -> None:
    assert kinds(written(Text("no", 1), Finish("length", 1)))[1:] == kinds(written())[1:]


def test_failure_is_the_last_event() -> None:
    writer = MessagesWriter(PLAIN, STAMP)
    (event,) = parsed(writer.write(Failure("Overloaded", "overloaded_error")))
    assert event["error"]["message"] == "Overloaded"
    assert event["error"]["details"] == {"error_code": "overloaded_error"}
    (event,) = parsed(writer.write(Failure("Boom")))
    assert event["error"]["details"] == {"error_code": "upstream_error"}


def test_whole_message_has_every_block() -> None:
    answer = LLMAnswer(
        "Hi", "Hm", (ToolCall("t", "f", '{"a":1}'),), Usage(9, 2), "tool_calls"
    )  # fmt: skip
    message = json.loads(write_answer(answer, THINKING, STAMP))
    assert message["content"] == [
        {"type": "thinking", "thinking": "Hm", "signature": ""},
        {"type": "text", "text": "Hi"},
        {"type": "tool_use", "id": "t", "name": "f", "input": {"a": 1}},
    ]
    assert (message["stop_reason"], message["usage"]["output_tokens"]) == ("tool_use", 2)
    assert message["model"] == "default"
    assert json.loads(write_answer(LLMAnswer(reasoning="Hm"), PLAIN, STAMP))["content"] == []


def test_calls_beyond_the_most_are_lost() -> None:
    found = written(*[ToolDelta(at, "t", "f", "{}") for at in range(MOST_CALLS + 1)])
    assert sum(event["type"] == "content_block_start" for event in found) == MOST_CALLS


def test_tool_is_stopped_when_another_begins_and_takes_no_more() -> None:
    found = written(
        ToolDelta(0, "t", "f", "{"), ToolDelta(0, None, None, "}"), ToolDelta(1, "u", "g", "{}"),
        ToolDelta(0, None, None, " "),
    )  # fmt: skip
    assert kinds(found[1:-2]) == [
        ("start", 0), ("delta", 0), ("delta", 0), ("stop", 0), ("start", 1), ("delta", 1),
        ("stop", 1),
    ]  # fmt: skip


def test_white_space_begins_a_text_or_is_all_of_it_but_is_nothing_beside_a_tool() -> None:
    tool = ToolDelta(0, "t", "f", "{}")
    alone = [("start", 0), ("delta", 0), ("stop", 0)]
    assert kinds(written(Text("\n\n"), tool)[1:-2]) == alone
    assert kinds(written(tool, Text("\n"), Text("\n"))[1:-2]) == alone
    found = written(Text("\n"), Text("Hi"), Text(" "))
    assert [event["delta"]["text"] for event in found[2:4]] == ["\nHi", " "]
    assert written(Text(" "), Text(" "))[2]["delta"]["text"] == "  "
    assert written(Text(" " * 5000), tool)[2]["delta"]["text"] == " " * 5000
    whole = json.loads(write_answer(LLMAnswer("\n", calls=(ToolCall("t", "f", ""),)), PLAIN, STAMP))
    assert [block["type"] for block in whole["content"]] == ["tool_use"]
    assert json.loads(write_answer(LLMAnswer("\n"), PLAIN, STAMP))["content"][0]["text"] == "\n"
