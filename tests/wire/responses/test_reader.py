"""Responses streams read into canonical events."""

from typing import Any

import pytest

from tests.wire.responses.parsing import event
from wire.events import Failure, Finish, LLMEvent, Text, ToolDelta, Unusable, Usage
from wire.llm.bounds import MOST_CALLS, TOO_MANY_CALLS
from wire.responses.long import LONGEST_EVENT
from wire.responses.reader import ResponsesReader
from wire.responses.shapes import Incomplete, Item, Piece, Response, UsageBody

CUT_OFF = Unusable("The endpoint's stream ended before it was finished.", "upstream_truncated")
DONE = event("completed")
CALL = {"type": "function_call", "call_id": "t", "name": "f"}


def text(words: str) -> bytes:
    return event("output_text.delta", delta=words)


def read(*pieces: bytes) -> list[LLMEvent]:
    reader = ResponsesReader()
    return [event for piece in pieces for event in reader.feed(piece)] + reader.close()


def long(kind: str) -> bytes:
    return f"event: response.{kind}\n".encode() + event(kind, more="x" * LONGEST_EVENT)


def test_text_comes_at_once_and_the_end_is_seen() -> None:
    reader = ResponsesReader()
    assert reader.feed(text("Hi")) == [Text("Hi")]
    assert not reader.done
    usage = {"input_tokens": 9, "output_tokens": 1}
    assert reader.feed(event("completed", response={"usage": usage})) == [
        Finish("stop"), Usage(9, 1),
    ]  # fmt: skip
    assert reader.done
    assert reader.feed(text("more") + b"data: [DONE]\n\n") == reader.close() == []


@pytest.mark.parametrize(
    ("kind", "response", "reason"),
    [
        ("completed", {}, "stop"),
        ("completed", {"status": "incomplete"}, "length"),
        ("incomplete", {}, "length"),
        ("incomplete", {"incomplete_details": {"reason": "max_output_tokens"}}, "length"),
        ("incomplete", {"incomplete_details": {"reason": "never heard of"}}, "length"),
        ("incomplete", {"incomplete_details": {"reason": "content_filter"}}, "content_filter"),
    ],
)
def test_reason_to_end_is_in_the_last_event(kind: str, response: Any, reason: Any) -> None:
    assert read(event(kind, response=response)) == [Finish(reason)]


def test_end_behind_a_call_is_tool_calls_and_length_stays_length() -> None:
    call = event("output_item.added", item=CALL)
    assert read(call, DONE)[-1] == Finish("tool_calls")
    assert read(call, event("incomplete"))[-1] == Finish("length")


@pytest.mark.parametrize(
    ("ending", "failure"),
    [
        (event("failed", response={"error": {"code": "c", "message": "m"}}), Failure("m", "c")),
        (event("failed"), Failure("The response is failed.")),
        (event("completed", response={"status": "cancelled"}),
         Failure("The response is cancelled.")),
    ],
)  # fmt: skip
def test_failed_response_is_a_failure_and_the_end(ending: bytes, failure: Failure) -> None:
    reader = ResponsesReader()
    assert reader.feed(text("Hi") + ending) == [Text("Hi"), failure]
    assert reader.done
    assert reader.close() == []


def test_nothing_follows_an_error() -> None:
    error = b'data: {"type":"error","code":"c","message":"m"}\n\n'
    assert read(error, text("Hi"), DONE) == [Failure("m", "c")]


def test_end_mark_of_another_format_is_one() -> None:
    reader = ResponsesReader()
    assert reader.feed(text("<th") + b"data: [DONE]\n\n") == [Text("<th")]
    assert reader.done


def test_end_of_a_stream_that_is_all_of_another_format_is_a_failure() -> None:
    chunk = b'data: {"object":"chat.completion.chunk","choices":[{"delta":{"content":"Hi"}}]}\n\n'
    end = b"data: [DONE]\n\n"
    foreign = Unusable("None of the endpoint's events is of its wire format.")
    assert read(chunk, end) == read(end) == [foreign]
    assert read(chunk, event("created"), end) == read(long("created"), end) == []


def test_stream_that_is_cut_off_says_so_behind_what_was_held() -> None:
    assert read(text("<th")) == [Text("<th"), CUT_OFF]
    assert read() == [CUT_OFF]


def test_event_that_cannot_be_read_is_a_failure_and_an_empty_one_is_nothing() -> None:
    bad = Unusable("An event of the endpoint cannot be read.")
    assert read(b"data: hello\n\n") == [bad]
    assert read(b": ping\n\n", b"data:\n\n", b"event: x\n\n", DONE) == [Finish("stop")]


def test_name_of_an_event_stands_for_a_type_that_is_missing() -> None:
    assert read(b"event: response.completed\ndata: {}\n\n") == [Finish("stop")]
    assert read(b'event: error\ndata: {"message":"m","code":"c"}\n\n') == [Failure("m", "c")]
    assert read(b'error: {"message":"m","code":500}\n\n') == [Failure("m", "500")]


def test_number_is_the_last_events() -> None:
    reader = ResponsesReader()
    reader.feed(event("created", sequence_number=4) + event("in_progress"))
    assert reader.number == 4


def test_last_event_that_is_too_long_is_the_end_all_the_same() -> None:
    assert read(text("Hi"), long("created"), long("completed")) == [Text("Hi"), Finish("stop")]
    assert read(long("incomplete")) == [Finish("length")]


def test_other_event_that_is_too_long_is_a_failure() -> None:
    failure = Unusable("An event of the endpoint is too large.")
    assert read(long("output_text.delta"), DONE) == [failure]
    assert read(long("output_text.done"), DONE) == [Finish("stop")]
    assert read(DONE, long("output_text.delta"), text("Ho")) == [Finish("stop")]


def test_too_many_calls_are_a_failure() -> None:
    calls = [event("output_item.added", output_index=at, item=CALL) for at in range(MOST_CALLS + 1)]
    assert read(*calls, DONE)[MOST_CALLS:] == [TOO_MANY_CALLS]
    items = [Item("function_call", str(at)) for at in range(MOST_CALLS + 1)]
    assert ResponsesReader().whole(Response(items)) == [TOO_MANY_CALLS]


def test_whole_response_is_read_as_its_stream_would_be() -> None:
    items = [Item("message", content=[Piece("Hi")]), Item("function_call", "t", name="f")]
    whole = ResponsesReader().whole(Response(items, "completed", usage=UsageBody(9, 1)))
    assert whole == [
        Text("Hi"), ToolDelta(0, "t", "f", ""), ToolDelta(0, None, None, "{}"),
        Finish("tool_calls"), Usage(9, 1),
    ]  # fmt: skip
    cut = Response([], "incomplete", incomplete_details=Incomplete("content_filter"))
    assert ResponsesReader().whole(cut) == [Finish("content_filter")]
    assert ResponsesReader().whole(Response([], "failed", "boom")) == [Failure("boom")]
