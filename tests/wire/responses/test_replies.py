"""Whole responses."""

import json
from typing import Any

import pytest

from tests.wire.responses.parsing import parsed
from wire.events import Failure, Finish, Reasoning, Text, Unusable, Usage
from wire.responses.reader import ResponsesReader
from wire.responses.replies import read_answer, read_reply, reply_as_stream

BAD = Unusable("The endpoint's answer is not a response.")
TEXT = {"type": "output_text", "text": "Hi", "annotations": [{"type": "url_citation"}]}
MESSAGE = {"type": "message", "id": "msg_1", "content": [TEXT]}
CALL = {"type": "function_call", "id": "fc_1", "call_id": "t", "name": "f", "arguments": '{"a":1}'}
THOUGHT = {
    "type": "reasoning", "id": "rs_1", "encrypted_content": "gAAA",
    "summary": [{"type": "summary_text", "text": "Hm"}],
}  # fmt: skip
USAGE = {"input_tokens": 9, "output_tokens": 1}


def response(*output: Any, **members: Any) -> bytes:
    return json.dumps({"id": "resp_1", "output": [*output], **members}).encode()


def test_response_is_read_with_its_usage() -> None:
    body = response(THOUGHT, MESSAGE, status="completed", usage=USAGE)
    assert read_answer(b"\n\n" + body) == [
        Reasoning("Hm"), Text("Hi"), Finish("stop"), Usage(9, 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "failure"),
    [
        (b"", BAD),
        (b'{"id":"resp_1"}', BAD),
        (b'{"error":{"code":"c","message":"m"}}', Failure("m", "c")),
        (response(status="failed", error={"code": "c", "message": "m"}), Failure("m", "c")),
        (response(status="in_progress"),
         Unusable("The endpoint's answer is not finished yet.")),
    ],
)  # fmt: skip
def test_what_is_no_finished_response_is_a_failure(body: bytes, failure: Failure) -> None:
    assert read_answer(body) == [failure]


def test_response_that_is_worked_on_in_the_background_may_pass() -> None:
    tally = read_reply(response(status="queued"))
    assert (tally.failure, tally.done, tally.has_content) == (None, True, False)
    assert read_reply(b"{}").failure == BAD
    assert read_reply(response(MESSAGE, usage=USAGE)).usage == Usage(9, 1)


def test_stream_made_of_a_response_says_the_same_and_keeps_every_item() -> None:
    refusal = {"type": "refusal", "refusal": "no"}
    said = {**MESSAGE, "content": [TEXT, refusal, 7, {"type": "output_audio"}]}
    items = [THOUGHT, said, CALL, {"type": "web_search_call", "id": "ws_1"}]
    body = response(*items, 7, status="completed", usage=USAGE)
    stream = reply_as_stream(body)
    found = parsed(stream)
    assert [each["sequence_number"] for each in found] == list(range(len(found)))
    done = [each["item"] for each in found if each["type"] == "response.output_item.done"]
    assert done == items
    added = [each["item"] for each in found if each["type"] == "response.output_item.added"]
    assert (added[0]["summary"], added[1]["content"], added[2]["arguments"]) == ([], [], "")
    kinds = [each["type"] for each in found]
    assert kinds[0] == "response.created"
    assert found[0]["response"]["output"] == []
    assert found[-1]["response"] == json.loads(body)
    assert {"response.refusal.delta", "response.reasoning_summary_text.done"} < set(kinds)
    told = [each for each in ResponsesReader().feed(stream) if isinstance(each, Text)]
    assert told == [Text("Hi"), Text("no")]


def test_reasoning_of_open_models_is_streamed_as_its_text() -> None:
    thought = {"type": "reasoning", "summary": [],
               "content": [{"type": "reasoning_text", "text": "Hm"}]}  # fmt: skip
    stream = reply_as_stream(response(thought, {"type": "message"}))
    assert ResponsesReader().feed(stream) == [Reasoning("Hm"), Finish("stop")]
    kinds = [each["type"].removeprefix("response.") for each in parsed(stream)[2:6]]
    assert kinds == [
        "content_part.added", "reasoning_text.delta", "reasoning_text.done", "content_part.done",
    ]  # fmt: skip
    assert {each["item_id"] for each in parsed(stream)[2:6]} == {"item_0"}


def test_each_piece_has_its_place_and_its_end_repeats_it() -> None:
    created, _, part, delta, done, part_done, *rest = parsed(
        reply_as_stream(response(MESSAGE, CALL, usage=USAGE))
    )
    assert (created["response"]["usage"], created["response"]["status"]) == (None, "in_progress")
    place = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    assert all(each.items() >= place.items() for each in (part, delta, done, part_done))
    assert (part["part"], part_done["part"]) == ({**TEXT, "text": ""}, TEXT)
    assert (delta["delta"], done["text"]) == ("Hi", "Hi")
    assert delta["logprobs"] == done["logprobs"] == []
    kinds = [each["type"].removeprefix("response.") for each in (part, delta, done, part_done)]
    assert kinds == [
        "content_part.added", "output_text.delta", "output_text.done", "content_part.done",
    ]  # fmt: skip
    _, _, piece, whole, _, _ = rest
    assert piece["type"] == "response.function_call_arguments.delta"
    assert piece["delta"] == whole["arguments"] == '{"a":1}'
    assert (whole["item_id"], whole["output_index"], whole["name"]) == ("fc_1", 1, "f")


@pytest.mark.parametrize(
    ("status", "kind"),
    [("completed", "completed"), (None, "completed"), ("incomplete", "incomplete"),
     ("failed", "failed"), ("never heard of", "completed")],
)  # fmt: skip
def test_stream_ends_as_the_response_did(status: Any, kind: str) -> None:
    assert parsed(reply_as_stream(response(status=status)))[-1]["type"] == f"response.{kind}"


def test_error_object_becomes_the_one_event() -> None:
    stream = reply_as_stream(b'{"error":{"code":"c","message":"m","type":"t"}}')
    assert ResponsesReader().feed(stream) == [Failure("m", "c")]
    assert parsed(stream)[0]["error"] == {"code": "c", "message": "m", "type": "t"}
