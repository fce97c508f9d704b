"""Whole answers, and answers that are not what was asked for."""

import json
from typing import Any

import pytest

from wire.events import Failure, Finish, LLMEvent, Reasoning, Text, ToolDelta, Unusable, Usage
from wire.openai.reader import ChatReader
from wire.openai.replies import read_answer, read_reply, reply_as_stream

BAD = Unusable("The endpoint's answer is not a JSON object.")


def completion(**message: Any) -> dict[str, Any]:
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 9, "completion_tokens": 1}
    return {
        "id": "c1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice],
        "usage": usage, "service_tier": "default",
    }  # fmt: skip


def chunks(stream: bytes) -> list[Any]:
    *events, done = stream.decode().removesuffix("\n\n").split("\n\n")
    assert done == "data: [DONE]"
    return [json.loads(event.removeprefix("data: ")) for event in events]


def meaning(stream: bytes) -> list[LLMEvent]:
    reader = ChatReader()
    return reader.feed(stream) + reader.close()


def test_reply_is_metered() -> None:
    body = json.dumps(completion(content="Hi é", reasoning_content="abc")).encode()
    tally = read_reply(b"\xef\xbb\xbf\n\n\r\n" + body)
    assert (tally.content_bytes, tally.reasoning_bytes, tally.usage) == (5, 3, Usage(9, 1))
    assert tally.has_content
    assert tally.finished
    assert tally.done
    assert tally.failure is None


@pytest.mark.parametrize(
    ("body", "failure"),
    [
        (b"", BAD),
        (b"<html>", BAD),
        (b'"text"', BAD),
        (b"[" * 100_000 + b"]" * 100_000, BAD),
        (b"{}", Unusable("The endpoint's answer has no `choices`.")),
        (
            b'{"choices":null}',
            Unusable("The endpoint's answer has no `choices`."),
        ),
        (b'{"choices":[]}', None),
        (b'{"error":"boom"}', Failure("boom")),
        (b'[{"error":{"code":400,"message":"bad","status":"X"}}]', Failure("bad", "400")),
    ],
)
def test_what_is_no_completion_is_a_failure(body: bytes, failure: Failure | None) -> None:
    assert read_reply(body).failure == failure


def test_completion_becomes_the_stream_that_was_asked_for() -> None:
    body = json.dumps({**completion(content="Grüße 👋", refusal=None), "timings": {}}).encode()
    frame = {
        "id": "c1", "created": 1, "model": "m", "service_tier": "default",
        "object": "chat.completion.chunk",
    }  # fmt: skip
    delta = {"role": "assistant", "content": "Grüße 👋"}
    assert chunks(reply_as_stream(body, asked_usage=True)) == [
        {**frame, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]},
        {**frame, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
        {**frame, "choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 1}},
    ]


def test_usage_comes_only_if_it_was_asked_for_and_is_there() -> None:
    body = completion(content="Hi")
    assert len(chunks(reply_as_stream(json.dumps(body).encode(), asked_usage=False))) == 2
    body["usage"] = None
    assert len(chunks(reply_as_stream(json.dumps(body).encode(), asked_usage=True))) == 2


def test_tool_calls_get_their_index() -> None:
    calls: list[dict[str, Any]] = [
        {"id": "a", "function": {"name": "f", "arguments": "{}"}},
        {"id": "b"},
    ]
    stream = reply_as_stream(
        json.dumps(completion(content=None, tool_calls=calls)).encode(), asked_usage=False
    )
    delta = chunks(stream)[0]["choices"][0]["delta"]
    assert delta == {
        "role": "assistant",
        "tool_calls": [{"index": 0, **calls[0]}, {"index": 1, **calls[1]}],
    }


def test_every_choice_has_its_own_chunks_with_logprobs() -> None:
    body = {
        "choices": [
            {"index": 0, "message": {"content": "a"}, "finish_reason": "length"},
            {"index": 1, "message": {"content": "b"}, "logprobs": {"content": []}},
            7,
        ]
    }
    found = chunks(reply_as_stream(json.dumps(body).encode(), asked_usage=True))
    assert [chunk["choices"][0] for chunk in found] == [
        {"index": 0, "delta": {"content": "a"}, "finish_reason": None},
        {"index": 0, "delta": {}, "finish_reason": "length"},
        {"index": 1, "delta": {"content": "b"}, "finish_reason": None, "logprobs": {"content": []}},
        {"index": 1, "delta": {}, "finish_reason": "stop"},
    ]


def test_array_around_a_completion_is_opened() -> None:
    body = json.dumps([completion(content="Hi")]).encode()
    assert chunks(reply_as_stream(body, asked_usage=False))[0]["id"] == "c1"


def test_half_an_emoji_survives() -> None:
    body = json.dumps(completion(content="\ud83d")).encode()
    assert b'"content":"\\ud83d"' in reply_as_stream(body, asked_usage=False)


@pytest.mark.parametrize(
    ("body", "event"),
    [
        (b'{"error":{"message":"m","extra":1}}', {"error": {"message": "m", "extra": 1}}),
        (b'[{"error":{"message":"m"}}]', {"error": {"message": "m"}}),
        (
            b'{"error":"boom"}',
            {"error": {"message": "boom", "type": "server_error", "param": None,
                       "code": "upstream_error"}},
        ),
        (
            b"<html>",
            {"error": {"message": BAD.message, "type": "server_error", "param": None,
                       "code": "upstream_bad_response"}},
        ),
    ],
)  # fmt: skip
def test_error_becomes_the_streams_one_event(body: bytes, event: dict[str, Any]) -> None:
    stream = reply_as_stream(body, asked_usage=False)
    assert stream.endswith(b"\n\n")
    assert json.loads(stream.removeprefix(b"data: ")) == event
    assert isinstance(meaning(stream)[0], Failure)


def test_reply_is_read_into_events() -> None:
    call = {"id": "t", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    body = json.dumps(completion(content="Hi <", reasoning="Hm", tool_calls=[call])).encode()
    assert read_answer(b"\n" + body) == [
        Reasoning("Hm"), Text("Hi <"), ToolDelta(0, "t", "f", "{}"), Finish("tool_calls"),
        Usage(9, 1),
    ]  # fmt: skip
    without_reason = b'{"choices":[{"message":{"content":"<think"}}]}'
    assert read_answer(without_reason) == [Text("<think")]


@pytest.mark.parametrize(
    ("body", "failure"),
    [
        (b"hello", BAD),
        (b"{}", Unusable("The endpoint's answer has no `choices`.")),
        (b'{"error":{"message":"m","code":"c"}}', Failure("m", "c")),
    ],
)
def test_what_is_no_reply_is_a_failure(body: bytes, failure: Failure) -> None:
    assert read_answer(body) == [failure]
