"""Streams read into canonical events."""

import json
from typing import Any

import pytest

from wire.events import Failure, Finish, LLMEvent, Reasoning, Text, ToolDelta, Unusable, Usage
from wire.llm.bounds import MOST_CALLS, MOST_CHOICES, TOO_MANY_CALLS, TOO_MANY_CHOICES
from wire.llm.reading import FOREIGN
from wire.openai.chunks import read_chunk
from wire.openai.reader import ChatReader
from wire.sse import EVENT_LIMIT

CUT_OFF = Unusable("The endpoint's stream ended before it was finished.", "upstream_truncated")
DONE = b"data: [DONE]\n\n"


def event(**members: Any) -> bytes:
    return b"data: " + json.dumps(members).encode() + b"\n\n"


def delta(finish: str | None = None, index: int = 0, **members: Any) -> bytes:
    return event(choices=[{"index": index, "delta": members, "finish_reason": finish}])


def read(*pieces: bytes) -> list[LLMEvent]:
    reader = ChatReader()
    return [event for piece in pieces for event in reader.feed(piece)] + reader.close()


def test_text_comes_at_once_and_a_finish_completes_it() -> None:
    reader = ChatReader()
    assert reader.feed(delta(content="Hi")) == [Text("Hi")]
    assert reader.feed(delta("stop")) == [Finish("stop")]
    assert reader.close() == []


def test_done_without_a_finish_is_an_end_too() -> None:
    assert read(delta(content="Hi"), DONE) == [Text("Hi")]


def test_usage_comes_where_it_is() -> None:
    usage = {"prompt_tokens": 9, "completion_tokens": 1}
    assert read(event(choices=[], usage=usage), DONE) == [Usage(9, 1)]


@pytest.mark.parametrize(
    ("reason", "known"),
    [
        ("stop", "stop"),
        ("end_turn", "stop"),
        ("eos", "stop"),
        ("never_heard_of", "stop"),
        ("length", "length"),
        ("max_tokens", "length"),
        ("content_filter", "content_filter"),
        ("function_call", "tool_calls"),
        ("tool_calls", "tool_calls"),
    ],
)
def test_finish_reasons_are_known_under_their_names(reason: str, known: str) -> None:
    assert read(delta(reason)) == [Finish(known)]  # type: ignore[arg-type]


def test_finish_reason_that_is_a_failure_is_told_by_its_name() -> None:
    (failure,) = read(delta("insufficient_system_resource"), DONE)
    assert failure == Failure(
        "The endpoint finished with 'insufficient_system_resource'.",
        "insufficient_system_resource",
    )


def test_stop_behind_tool_calls_is_tool_calls_for_that_choice_only() -> None:
    call = {"index": 0, "id": "a", "function": {"name": "f", "arguments": "{}"}}
    found = read(delta(tool_calls=[call]), delta("stop"), delta("stop", index=1))
    assert found == [ToolDelta(0, "a", "f", "{}"), Finish("tool_calls"), Finish("stop", 1)]


def test_finish_in_a_failed_chunk_is_not_told() -> None:
    chunk = {"index": 0, "delta": {"content": "x"}, "finish_reason": "error"}
    found = read(event(error={"message": "boom"}, choices=[chunk]))
    assert found == [Text("x"), Failure("boom")]


def test_nothing_follows_a_failure() -> None:
    assert read(event(error="boom"), delta(content="Hi"), DONE) == [Failure("boom")]
    assert read(event(error="boom") + delta(content="Hi")) == [Failure("boom")]


def test_stream_that_is_cut_off_ends_in_a_failure_behind_its_text() -> None:
    assert read(delta(content="Hi <")) == [Text("Hi <"), CUT_OFF]
    assert read(delta(content="<thi")) == [Text("<thi"), CUT_OFF]
    assert read() == [CUT_OFF]
    assert read(delta(content="Hi")[:-2]) == [Text("Hi"), CUT_OFF]


def test_event_that_is_no_json_is_a_failure() -> None:
    bad = Unusable("An event of the endpoint cannot be read.")
    assert read(b"data: hello\n\n") == [bad]
    assert read(delta(content="Hi")[:30]) == [bad]


def test_event_over_the_limit_is_a_failure() -> None:
    (failure,) = read(delta(content="x" * EVENT_LIMIT), DONE)
    assert failure == Unusable("An event of the endpoint is too large.")


def test_comments_blank_data_and_names_are_nothing() -> None:
    nothing = (b": ping\n\n", b"data:\n\n", b"event: message\n\n", b"id: 1\n\n")
    assert read(*nothing, event(choices=[]), DONE) == []
    assert read(*nothing, DONE) == [FOREIGN]


def test_end_of_a_stream_that_is_all_of_another_format_is_a_failure() -> None:
    assert read(event(type="response.output_text.delta", delta="Hi"), DONE) == [FOREIGN]


def test_error_lines_are_failures() -> None:
    assert read(b'error: {"message":"m","code":500}\n\n') == [Failure("m", "500")]


def test_held_text_comes_before_the_finish() -> None:
    half = delta(content="X").replace(b"X", b"\\ud83d")
    assert read(half, delta("stop")) == [Text("\ufffd"), Finish("stop")]
    assert read(delta(content="<think>We</"), delta("stop")) == [
        Reasoning("We"), Reasoning("</"), Finish("stop"),
    ]  # fmt: skip


def test_whole_messages_and_both_legacy_calls_are_read() -> None:
    message = {"content": "Hi", "function_call": {"name": "f", "arguments": "{}"}}
    assert read(event(choices=[{"index": 0, "message": message}]), DONE) == [
        Text("Hi"), ToolDelta(0, "", "f", "{}"),
    ]  # fmt: skip
    assert read(event(function_call={"name": "f", "arguments": "{}"}), DONE) == [
        ToolDelta(0, "", "f", "{}")
    ]


def test_text_refusal_and_reasoning_of_one_delta_are_all_told() -> None:
    assert read(delta(reasoning="We", content="Hi", refusal="No"), DONE) == [
        Reasoning("We"), Text("Hi"), Text("No"),
    ]  # fmt: skip


def test_whole_completion_is_read_at_once_and_held_text_with_it() -> None:
    completion = read_chunk(b'{"choices":[{"message":{"content":"<thi"}}]}')
    assert completion is not None
    assert ChatReader().whole(completion) == [Text("<thi")]
    failed = read_chunk(b'{"choices":[{"message":{"content":"<thi"}}],"error":"boom"}')
    assert failed is not None
    assert ChatReader().whole(failed) == [Failure("boom")]


def test_end_mark_is_seen() -> None:
    reader = ChatReader()
    reader.feed(delta("stop"))
    assert not reader.done
    reader.feed(DONE)
    assert reader.done


def calls_of(count: int) -> list[dict[str, Any]]:
    return [{"index": at, "id": f"t{at}", "function": {"name": "f"}} for at in range(count)]


def test_answer_with_too_many_calls_fails_however_they_come() -> None:
    (*told, failure) = read(delta("tool_calls", tool_calls=calls_of(MOST_CALLS + 2)), DONE)
    assert failure == TOO_MANY_CALLS
    assert len(told) == MOST_CALLS
    by_choice = [delta(index=at, tool_calls=calls_of(32)) for at in range(5)]
    assert read(*by_choice, DONE)[MOST_CALLS:] == [TOO_MANY_CALLS]
    assert TOO_MANY_CALLS not in read(delta(tool_calls=calls_of(MOST_CALLS)), DONE)


def test_answer_with_too_many_choices_fails_and_empty_ones_are_not_remembered() -> None:
    bare = [event(choices=[{"index": at}]) for at in range(1000)]
    texts = [delta(index=at, content="x") for at in range(MOST_CHOICES)]
    assert len(read(*bare, *texts, DONE)) == MOST_CHOICES
    late = delta("stop", index=-1)
    assert read(*texts, late, DONE)[MOST_CHOICES:] == [TOO_MANY_CHOICES]
    only = event(choices=[{"index": -1, "finish_reason": "stop"}])
    assert read(*texts, only, DONE)[MOST_CHOICES:] == [TOO_MANY_CHOICES]


def test_failure_stands_behind_the_usage_of_its_chunk() -> None:
    bad = {"index": 0, "delta": {"content": "x"}, "finish_reason": "error"}
    more = {"index": 1, "delta": {}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 9, "completion_tokens": 1}
    found = read(event(choices=[bad, more], usage=usage))
    assert found == [
        Text("x"),
        Usage(9, 1),
        Failure("The endpoint finished with 'error'.", "error"),
    ]
