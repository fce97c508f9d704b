"""A stream of Gemini's, read into canonical events."""

import json
from typing import Any

import pytest

from wire.events import Failure, Finish, LLMEvent, Reasoning, Text, ToolDelta, Usage
from wire.gemini.reader import GeminiReader
from wire.gemini.shapes import read_answers
from wire.llm.bounds import MOST_CALLS, TOO_MANY_CALLS
from wire.llm.reading import FOREIGN
from wire.sse import EVENT_LIMIT


def event(*parts: Any, index: int = 0, **members: Any) -> bytes:
    reason = members.pop("reason", None)
    candidate = {"content": {"parts": parts}, "index": index, "finishReason": reason}
    return b"data: " + json.dumps({"candidates": [candidate], **members}).encode() + b"\n\n"


def read(*pieces: bytes) -> list[LLMEvent]:
    reader = GeminiReader()
    return [each for piece in pieces for each in reader.feed(piece)] + reader.close()


def call(**members: Any) -> dict[str, Any]:
    return {"functionCall": {"name": "f", **members}}


END = event(reason="STOP")


def test_text_and_thoughts_are_told_apart() -> None:
    found = read(event({"text": "Hm", "thought": True}, {"text": "Hi"}, {"text": ""}), END)
    assert found == [Reasoning("Hm"), Text("Hi"), Finish("stop")]


def test_reason_is_told_at_the_end_for_more_may_come_behind_it() -> None:
    reader = GeminiReader()
    reader.feed(event({"text": "Hi"}))
    assert not reader.done
    assert reader.feed(END) == []
    assert reader.done
    assert reader.feed(event({"text": " there"}, reason="MAX_TOKENS")) == [Text(" there")]
    assert reader.close() == [Finish("length")]


@pytest.mark.parametrize(
    ("reason", "told"),
    [("MAX_TOKENS", "length"), ("RECITATION", "content_filter"), ("SPII", "content_filter"),
     ("OTHER", "stop"), ("SOMETHING_NEW", "stop")],
)  # fmt: skip
def test_every_reason_has_a_canonical_one(reason: str, told: str) -> None:
    assert read(event(reason=reason)) == [Finish(told)]  # type: ignore[arg-type]


def test_reason_that_is_a_failure_is_told_as_one_and_is_the_end() -> None:
    bad = event({"text": "<"}, reason="MALFORMED_FUNCTION_CALL", usageMetadata={"x": 1})
    failure = Failure(
        "The endpoint finished with 'MALFORMED_FUNCTION_CALL'.", "MALFORMED_FUNCTION_CALL"
    )
    assert read(bad, END) == [Usage(0, 0), Text("<"), failure]


def test_call_is_whole_and_has_its_own_id_or_none() -> None:
    found = read(event(call(args={"a": [1]}), call(id="own", args=None), reason="STOP"))
    assert found == [
        ToolDelta(0, "", "f", '{"a":[1]}'),
        ToolDelta(1, "own", "f", "{}"),
        Finish("tool_calls"),
    ]


def test_call_without_a_name_is_told_still() -> None:
    (told, *_) = read(event({"functionCall": {}}), END)
    assert told == ToolDelta(0, "", "", "{}")


def test_too_many_calls_are_an_answer_that_cannot_be_used() -> None:
    most = [call() for _ in range(MOST_CALLS)]
    assert read(event(*most), END)[-1] == Finish("tool_calls")
    found = read(event(*most, call(), call()), event({"text": "more"}), END)
    assert found[-1] == TOO_MANY_CALLS
    assert len(found) == MOST_CALLS + 1


def test_other_candidates_and_parts_of_other_kinds_are_left_out() -> None:
    other = {"inlineData": {"data": "AA=="}}
    assert read(event({"text": "no"}, index=1), event(other), END) == [Finish("stop")]
    assert read(b'data: {"candidates":[{"content":{}}]}\n\n', END) == [Finish("stop")]


def test_prompt_that_is_blocked_says_why() -> None:
    blocked = {"blockReason": "JAILBREAK", "blockReasonMessage": "No."}
    data = b"data: " + json.dumps({"promptFeedback": blocked}).encode() + b"\n\n"
    assert read(data, END) == [Failure("No.", "content_filter")]
    rated = event({"text": "Hi"}, promptFeedback={"blockReason": "OTHER"}, reason="STOP")
    assert read(rated) == [Text("Hi"), Finish("stop")]
    assert read(event({"text": "Hi"}, promptFeedback={}), END)[0] == Text("Hi")


@pytest.mark.parametrize(
    "tail",
    [
        b'{"error":{"message":"m","status":"S"}}\n',
        b'[{\n "error": {"message":"m",\n"status":"S"}}\n]',
        b'data: {"error":{"message":"m","status":"S"}}\n\n',
        b'data: [{"error":{"message":"m","status":"S"}},{"candidates":[{"index":0}]}]\n\n',
    ],
)
def test_error_is_found_in_an_event_or_in_bare_lines(tail: bytes) -> None:
    assert read(event({"text": "Hi"}), tail) == [Text("Hi"), Failure("m", "S")]


def test_event_that_cannot_be_read_is_a_bad_response() -> None:
    for bad in (b"data: nonsense\n\n", b"data: 7\n\n", b"data: " + b"x" * 2 * EVENT_LIMIT):
        found = read(bad, END)
        assert isinstance(found[0], Failure)
        assert (found[0].code, len(found)) == ("upstream_bad_response", 1)


def test_comments_and_stray_lines_say_nothing_and_openais_mark_is_an_end() -> None:
    assert read(b": ping\n\n", b"retry: 5\n\n", b"data:\n\n", END) == [Finish("stop")]
    assert read(event({"text": "Hi"}), b"data: [DONE]\n\n") == [Text("Hi"), Finish("stop")]


def test_end_of_a_stream_that_is_all_of_another_format_is_a_failure() -> None:
    chunk = b'data: {"choices":[{"delta":{"content":"Hi"},"finish_reason":"stop"}]}\n\n'
    assert read(chunk, b"data: [DONE]\n\n") == [FOREIGN]


def test_stream_without_a_reason_was_cut_off_and_what_was_held_is_told() -> None:
    found = read(event({"text": "<thi"}))
    assert found[0] == Text("<thi")
    assert isinstance(found[1], Failure)
    assert found[1].code == "upstream_truncated"


def test_whole_answer_ends_whether_or_not_it_says_why() -> None:
    answers = read_answers(b'{"candidates":[{"content":{"parts":[{"text":"Hi"}]}}]}')
    assert GeminiReader().whole(answers) == [Text("Hi"), Finish("stop")]
    failed = read_answers(b'[{"error":"boom"},{"candidates":[]}]')
    assert GeminiReader().whole(failed) == [Failure("boom")]
