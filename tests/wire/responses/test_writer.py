"""Canonical events written as Responses."""

import json
from typing import Any

import pytest

from tests.wire.responses.parsing import parsed
from wire.conversation import ToolCall
from wire.events import Failure, Finish, LLMEvent, Reasoning, Text, ToolDelta, Usage
from wire.llm.base import LLMAnswer, Stamp
from wire.llm.bounds import MOST_CALLS
from wire.responses.requests import read_request
from wire.responses.writer import ResponsesWriter, write_answer

STAMP = Stamp("1", 1790000000)
PLAIN = read_request(b'{"input":"Hi","model":"m"}', always_stream=True)
CURIOUS = read_request(b'{"input":"Hi","reasoning":{"summary":"auto"}}', always_stream=True)
CALL = ToolDelta(0, "t", "f", "")


def written(*events: LLMEvent, request: Any = PLAIN) -> list[dict[str, Any]]:
    writer = ResponsesWriter(request, STAMP)
    found = parsed(b"".join([*map(writer.write, events), writer.end()]))
    assert [each["sequence_number"] for each in found] == list(range(len(found)))
    return found


def kinds(events: list[dict[str, Any]]) -> list[tuple[str, int]]:
    """The items' beginnings, pieces and ends, each with its place."""
    short = {"output_item.added": "begin", "output_item.done": "end", "output_text.delta": "text",
             "reasoning_summary_text.delta": "thought", "function_call_arguments.delta": "piece",
             }  # fmt: skip
    named = [(each["type"].removeprefix("response."), each.get("output_index")) for each in events]
    return [(short[name], at) for name, at in named if name in short]


def output(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = events[-1]["response"]["output"]
    return found


def test_text_is_a_message_and_the_last_event_has_it_all() -> None:
    created, going, *inner, completed = written(
        Text("Hi"), Text("!"), Finish("stop"), Usage(9, 2, cached=4)
    )
    assert (created["type"], going["type"]) == ("response.created", "response.in_progress")
    assert created["response"] == going["response"]
    assert (created["response"]["id"], created["response"]["model"]) == ("resp_1", "m")
    assert kinds(inner) == [("begin", 0), ("text", 0), ("text", 0), ("end", 0)]
    assert completed["type"] == "response.completed"
    response = completed["response"]
    assert response["usage"]["input_tokens_details"]["cached_tokens"] == 4
    assert response["output"] == [inner[-1]["item"]]
    assert response["output"][0]["content"][0]["text"] == "Hi!"
    assert response["output"][0]["status"] == response["status"] == "completed"


@pytest.mark.parametrize(
    ("reason", "kind", "details"),
    [
        ("stop", "completed", None),
        ("tool_calls", "completed", None),
        ("length", "incomplete", {"reason": "max_output_tokens"}),
        ("content_filter", "incomplete", {"reason": "content_filter"}),
    ],
)
def test_reason_to_end_is_the_status(reason: Any, kind: str, details: Any) -> None:
    found = written(Text("Hi"), Finish(reason))
    response = found[-1]["response"]
    assert (found[-1]["type"], response["status"]) == (f"response.{kind}", kind)
    assert response["incomplete_details"] == details
    assert response["output"][0]["status"] == kind


def test_answer_of_nothing_is_one() -> None:
    assert [each["type"] for each in written()] == [
        "response.created", "response.in_progress", "response.completed",
    ]  # fmt: skip


def test_calls_stay_open_so_that_their_pieces_may_interleave() -> None:
    found = written(
        Text("Hm"), CALL, ToolDelta(1, "u", "g", "{"), ToolDelta(0, None, None, "{}"), Text("Ho"),
        ToolDelta(1, None, None, "}"),
    )  # fmt: skip
    assert kinds(found) == [
        ("begin", 0), ("text", 0), ("end", 0), ("begin", 1), ("begin", 2), ("piece", 2),
        ("piece", 1), ("begin", 3), ("text", 3), ("piece", 2), ("end", 1), ("end", 2), ("end", 3),
    ]  # fmt: skip
    calls = [(each["call_id"], each["arguments"]) for each in output(found)[1:3]]
    assert calls == [("t", "{}"), ("u", "{}")]
    ids = [each["id"] for each in output(found)]
    assert ids == ["msg_1_0", "fc_1_1", "fc_1_2", "msg_1_3"]


def test_reasoning_is_a_summary_for_who_asked_and_nothing_for_others() -> None:
    events = Reasoning("Hm"), Reasoning("."), Text("Hi"), Reasoning("Ho")
    found = written(*events, request=CURIOUS)
    assert kinds(found) == [
        ("begin", 0), ("thought", 0), ("thought", 0), ("end", 0), ("begin", 1), ("text", 1),
        ("end", 1), ("begin", 2), ("thought", 2), ("end", 2),
    ]  # fmt: skip
    assert output(found)[0]["id"] == "rs_1_0"
    assert output(found)[0]["summary"] == [{"type": "summary_text", "text": "Hm."}]
    assert kinds(written(*events)) == [("begin", 0), ("text", 0), ("end", 0)]


def test_other_choices_than_the_first_are_lost() -> None:
    assert written(Text("no", 1), Finish("length", 1)) == written()


def test_failure_is_the_error_and_the_end_of_what_had_begun() -> None:
    writer = ResponsesWriter(PLAIN, STAMP)
    begun = writer.write(CALL) + writer.write(Text("Hi")) + writer.write(ToolDelta(1, "u", "g", ""))
    *_, error, failed = parsed(begun + writer.write(Failure("Busy", "oom")))
    assert error["error"]["code"] == error["code"] == "oom"
    assert failed["sequence_number"] == error["sequence_number"] + 1
    assert failed["type"] == "response.failed"
    response = failed["response"]
    assert (response["status"], response["error"]["message"]) == ("failed", "Busy")
    statuses = [each["status"] for each in response["output"]]
    assert statuses == ["incomplete", "completed", "incomplete"]


def test_failure_before_anything_else_is_the_one_event() -> None:
    (error,) = parsed(ResponsesWriter(PLAIN, STAMP).write(Failure("Boom")))
    assert (error["type"], error["code"]) == ("error", "upstream_error")
    (error,) = parsed(ResponsesWriter(PLAIN, STAMP).fail(code="c", message="m"))
    assert (error["code"], error["message"], error["sequence_number"]) == ("c", "m", 0)


def test_calls_beyond_the_most_are_lost() -> None:
    found = written(*[ToolDelta(at, "t", "f", "{}") for at in range(MOST_CALLS + 1)])
    assert len(output(found)) == MOST_CALLS


def test_thoughts_that_come_and_go_are_bounded() -> None:
    found = written(*[Reasoning("a"), Text("b")] * 200, request=CURIOUS)
    texts = [item for item in output(found) if item["type"] == "message"]
    assert len(output(found)) == 256
    assert sum(len(each["content"][0]["text"]) for each in texts) == 200


def test_whole_response_has_every_item() -> None:
    answer = LLMAnswer("Hi", "Hm", (ToolCall("t", "f", '{"a":1}'),), Usage(9, 2), "tool_calls")
    found = json.loads(write_answer(answer, CURIOUS, STAMP))
    assert [item["type"] for item in found["output"]] == ["reasoning", "message", "function_call"]
    assert [item["id"] for item in found["output"]] == ["rs_1", "msg_1", "fc_1_0"]
    assert found["output"][0]["summary"][0]["text"] == "Hm"
    assert found["output"][1]["content"][0]["text"] == "Hi"
    assert found["output"][2]["arguments"] == '{"a":1}'
    assert (found["status"], found["usage"]["total_tokens"]) == ("completed", 11)
    assert (found["object"], found["model"]) == ("response", "default")


def test_whole_response_without_words_has_its_calls_alone_or_an_empty_message() -> None:
    calls = json.loads(write_answer(LLMAnswer(calls=(ToolCall("t", "f", ""),)), PLAIN, STAMP))
    assert [item["type"] for item in calls["output"]] == ["function_call"]
    cut = json.loads(write_answer(LLMAnswer(reasoning="Hm", reason="length"), PLAIN, STAMP))
    assert [item["status"] for item in cut["output"]] == ["incomplete"]
    assert cut["incomplete_details"] == {"reason": "max_output_tokens"}
