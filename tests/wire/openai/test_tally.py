"""Metering of single events."""

import json
from typing import Any

import pytest

from wire.events import Failure, Usage
from wire.llm.base import LLMTally
from wire.llm.reading import FOREIGN
from wire.openai.tally import count_data, count_event
from wire.sse import SSEEvent


def tally_of(*chunks: dict[str, Any] | bytes) -> LLMTally:
    tally = LLMTally()
    for chunk in chunks:
        data = chunk if isinstance(chunk, bytes) else json.dumps(chunk).encode()
        count_data(tally, data)
    return tally


def delta(**members: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": members, "finish_reason": None}]}


@pytest.mark.parametrize(
    "chunk",
    [
        delta(role="assistant", content=""),
        delta(content=None),
        delta(),
        {"choices": [{"index": 0}]},
        {"choices": []},
        {"choices": None},
        {"id": "x"},
        delta(reasoning="hmm"),
        b"no json",
    ],
)
def test_roles_blanks_and_reasoning_are_no_content(chunk: dict[str, Any] | bytes) -> None:
    tally = tally_of(chunk)
    assert (tally.has_content, tally.content_bytes) == (False, 0)
    assert not tally.complete


@pytest.mark.parametrize(
    ("chunk", "size"),
    [
        (delta(content="Hi é"), 5),
        (delta(refusal="No."), 3),
        (delta(tool_calls=[{"index": 0, "id": "a", "function": {"name": "f"}}]), 1),
        (delta(tool_calls=[{"index": 0, "function": {"arguments": "{}"}}]), 2),
        (delta(tool_calls=[{"index": 0, "custom": {"name": "f", "input": "xy"}}]), 3),
        (delta(tool_calls=[{"index": 0, "custom": {}, "function": {}}]), 0),
        (delta(tool_calls=[{"index": 0}]), 0),
        (delta(function_call={"name": "f", "arguments": "{}"}), 3),
        (delta(content="a", refusal="b", tool_calls=[{"function": {"name": "c"}}]), 3),
        ({"function_call": {"name": "f", "arguments": "{}"}}, 3),
        ({"choices": [{"index": 0, "message": {"content": "Hi"}}]}, 2),
    ],
)
def test_text_refusals_and_calls_are_content(chunk: dict[str, Any], size: int) -> None:
    tally = tally_of(chunk)
    assert (tally.has_content, tally.content_bytes) == (True, size)


def test_all_choices_count() -> None:
    choices = [{"index": n, "delta": {"content": "ab"}} for n in range(3)]
    assert tally_of({"choices": choices}).content_bytes == 6


def test_reasoning_is_counted_apart() -> None:
    tally = tally_of(delta(content="Hi", reasoning="abc", reasoning_content="abc"))
    assert (tally.content_bytes, tally.reasoning_bytes) == (2, 3)


def test_last_usage_holds_and_null_does_not_undo_it() -> None:
    tally = tally_of(
        {"usage": {"prompt_tokens": 1, "completion_tokens": 1}},
        {"usage": {"prompt_tokens": 1, "completion_tokens": 2}},
        {"usage": None},
        {"usage": {}},
        {"x_groq": {"id": "r"}},
    )
    assert tally.usage == Usage(1, 2)


def test_groqs_corner_is_read() -> None:
    usage = {"prompt_tokens": 1, "completion_tokens": 2}
    assert tally_of({"x_groq": {"usage": usage}}).usage == Usage(1, 2)
    assert tally_of({"x_groq": {"error": "over"}}).failure == Failure("over")
    assert tally_of({"x_groq": {"id": "r"}}) == LLMTally()


def test_error_line_is_a_failure() -> None:
    tally = LLMTally()
    assert count_event(tally, SSEEvent(None, b"", b'"boom"')) is None
    assert tally.failure == Failure("boom")


def test_first_failure_holds() -> None:
    tally = tally_of({"error": "first"}, {"error": "second"}, {"x_groq": {"error": "third"}})
    assert tally.failure == Failure("first")
    assert tally.complete


def test_finish_and_done_complete_a_stream() -> None:
    finish = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    assert tally_of(finish).finished
    assert tally_of(finish).complete
    assert tally_of(b" [DONE] ").done
    assert tally_of(b"[DONE]").complete


@pytest.mark.parametrize(
    ("event", "failure"),
    [
        (b'{"choices":[{"delta":{"role":"assistant"}}]}', None),
        (b'{"choices":[]}', None),
        (b'{"function_call":{"name":"f"}}', None),
        (b'{"error":"boom"}', Failure("boom")),
        (b'{"choices":null}', FOREIGN),
        (b'{"type":"response.created"}', FOREIGN),
    ],
)
def test_answer_of_nothing_is_foreign_only_if_no_event_was_of_the_format(
    event: bytes, failure: Failure | None
) -> None:
    assert tally_of(event, b"[DONE]").failure == failure


def test_events_count_by_their_form() -> None:
    tally = LLMTally()
    assert count_event(tally, SSEEvent(None)) is None
    assert count_event(tally, SSEEvent(b"[DONE]")) is None
    assert tally.done
    assert tally.failure is FOREIGN
    tally = LLMTally()
    chunk = count_event(tally, SSEEvent(b'{"usage":{"prompt_tokens":1}}'))
    assert chunk is not None
    assert count_event(tally, SSEEvent(b"first", b"error")) is None
    assert count_event(tally, SSEEvent(None, b"", b'"second"')) is None
    assert tally.failure == Failure("first")
