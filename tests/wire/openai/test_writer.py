"""Canonical events written as Chat Completions."""

import json
from typing import Any

import pytest

from wire.conversation import ToolCall
from wire.events import Failure, Finish, LLMEvent, Reasoning, Text, ToolDelta, Usage
from wire.llm.base import LLMAnswer, Stamp
from wire.llm.bounds import MOST_CHOICES
from wire.openai.requests import read_request
from wire.openai.writer import ChatWriter, write_answer

STAMP = Stamp("1", 1790000000)
FRAME = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1790000000, "model": "m"}
PLAIN = read_request(b'{"messages":[],"model":"m","stream":true}', always_stream=False)
ASKED = read_request(
    b'{"messages":[],"stream":true,"stream_options":{"include_usage":true}}', always_stream=False
)
TOLD = {
    "prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11,
    "prompt_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 3},
    "completion_tokens_details": {"reasoning_tokens": 1},
}  # fmt: skip
USAGE = Usage(9, 2, reasoning=1, cached=4, cache_written=3)


def written(*events: LLMEvent, request: Any = PLAIN) -> list[dict[str, Any]]:
    writer = ChatWriter(request, STAMP)
    stream = b"".join([*map(writer.write, events), writer.end()]).decode()
    *found, done = stream.removesuffix("\n\n").split("\n\n")
    assert done == "data: [DONE]"
    return [json.loads(event.removeprefix("data: ")) for event in found]


def choices(*events: LLMEvent) -> list[tuple[int, Any, Any]]:
    return [
        (choice["index"], choice["delta"], choice["finish_reason"])
        for chunk in written(*events)
        for choice in chunk["choices"]
    ]


def test_text_comes_in_chunks_of_which_the_first_has_the_role() -> None:
    first, *_ = written(Text("Hi"))
    delta = {"role": "assistant", "content": "Hi"}
    assert first == {**FRAME, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
    assert choices(Text("Hi"), Text("!"), Finish("length")) == [
        (0, delta, None), (0, {"content": "!"}, None), (0, {}, "length"),
    ]  # fmt: skip


def test_reasoning_is_beside_the_text_and_never_in_it() -> None:
    assert choices(Reasoning("Hm"), Text("Hi"))[:2] == [
        (0, {"role": "assistant", "content": "", "reasoning": "Hm"}, None),
        (0, {"content": "Hi"}, None),
    ]


def test_calls_come_in_pieces() -> None:
    pieces = [ToolDelta(0, "t", "f", ""), ToolDelta(0, None, None, "{}")]
    function = {"name": "f", "arguments": ""}
    call = {"index": 0, "id": "t", "type": "function", "function": function}
    assert [delta.get("tool_calls") for _, delta, _ in choices(*pieces, Finish("tool_calls"))] == [
        [call], [{"index": 0, "function": {"arguments": "{}"}}], None,
    ]  # fmt: skip


def test_usage_is_told_at_the_end_to_who_asked() -> None:
    *chunks, last = written(USAGE, Text("Hi"), Finish("stop"), request=ASKED)
    assert (last["choices"], last["usage"], last["model"]) == ([], TOLD, "default")
    assert all(chunk["usage"] is None for chunk in chunks)
    assert not any("usage" in chunk for chunk in written(Text("Hi"), USAGE, Finish("stop")))
    assert all(chunk["choices"] for chunk in written(Text("Hi"), request=ASKED))


def test_each_choice_begins_and_finishes_once() -> None:
    ends = [Finish("stop", 1), Finish("stop"), Finish("length")]
    assert choices(Text("a"), Text("b", 1), *ends) == [
        (0, {"role": "assistant", "content": "a"}, None),
        (1, {"role": "assistant", "content": "b"}, None),
        (1, {}, "stop"),
        (0, {}, "stop"),
    ]  # fmt: skip


def test_answer_of_nothing_is_still_an_answer() -> None:
    assert choices() == [(0, {"role": "assistant", "content": ""}, None), (0, {}, "stop")]


def test_failure_is_the_last_event() -> None:
    writer = ChatWriter(PLAIN, STAMP)
    event = writer.write(Failure("Overloaded", "overloaded_error"))
    error = json.loads(event.removeprefix(b"data: "))["error"]
    assert (error["message"], error["code"]) == ("Overloaded", "overloaded_error")
    assert b'"code":"upstream_error"' in writer.write(Failure("Boom"))


def test_half_an_emoji_is_written_as_its_escape() -> None:
    writer = ChatWriter(PLAIN, STAMP)
    assert b'"arguments":"\\ud83d"' in writer.write(ToolDelta(0, None, None, "\ud83d"))


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (LLMAnswer("Hi"), {"content": "Hi"}),
        (LLMAnswer(), {"content": ""}),
        (LLMAnswer("Hi", "Hm"), {"content": "Hi", "reasoning": "Hm"}),
        (
            LLMAnswer(calls=(ToolCall("t", "f", "{}"),)),
            {
                "content": None,
                "tool_calls": [
                    {"id": "t", "type": "function", "function": {"name": "f", "arguments": "{}"}}
                ],
            },
        ),
    ],
)
def test_whole_completion_has_all_in_one_message(answer: LLMAnswer, message: Any) -> None:
    (choice,) = json.loads(write_answer(answer, PLAIN, STAMP))["choices"]
    assert choice["message"] == {"role": "assistant", "refusal": None, **message}


def test_whole_completion_has_its_frame_its_reason_and_its_usage() -> None:
    found = json.loads(write_answer(LLMAnswer("Hi", usage=USAGE, reason="length"), PLAIN, STAMP))
    assert {name: found[name] for name in FRAME} == {**FRAME, "object": "chat.completion"}
    assert (found["usage"], found["choices"][0]["finish_reason"]) == (TOLD, "length")
    assert "usage" not in json.loads(write_answer(LLMAnswer("Hi"), PLAIN, STAMP))


def test_choices_beyond_the_most_are_lost() -> None:
    texts = [Text("x", at) for at in range(MOST_CHOICES)]
    late = [Text("x", MOST_CHOICES), Finish("stop", MOST_CHOICES)]
    assert choices(*texts, *late) == choices(*texts)
