"""Chunks typed otherwise than they should be."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from wire.openai.loose import loose_chunk
from wire.openai.shapes import (
    Chunk,
    Custom,
    Delta,
    Extra,
    Function,
    Google,
    ReasoningDetail,
    ToolCall,
)


def loose(value: Any) -> Chunk:
    found = loose_chunk(json.dumps(value).encode())
    assert found is not None
    return found


def delta(**members: Any) -> Delta:
    found = loose({"choices": [{"delta": members}]})
    assert found.choices
    assert found.choices[0].delta is not None
    return found.choices[0].delta


def test_array_around_an_error_is_opened() -> None:
    found = loose([7, {"error": {"code": 400}}])
    assert found.error == {"code": 400}
    assert found.choices is UNSET


@pytest.mark.parametrize("value", [7, None, "text", [], [7]])
def test_no_object_is_no_chunk(value: Any) -> None:
    assert loose_chunk(json.dumps(value).encode()) is None


def test_broken_json_is_no_chunk() -> None:
    assert loose_chunk(b'{"choices":[{"delta"') is None


def test_choices_that_are_no_list_are_null() -> None:
    assert loose({"choices": 7}).choices is None


def test_odd_members_of_choices_are_left_out() -> None:
    found = loose({"choices": [7, {"index": "2", "delta": 7, "message": {"content": "Hi"}}]})
    assert found.choices
    (choice,) = found.choices
    assert (choice.index, choice.delta, choice.finish_reason) == (2, None, None)
    assert choice.message
    assert choice.message.content == "Hi"


def test_parts_become_text_and_thinking() -> None:
    parts = [
        {"type": "thinking", "thinking": [{"type": "text", "text": "Well"}]},
        {"type": "text", "text": "H"},
        {"type": "image_url"},
        7,
        {"type": "text", "text": "i"},
    ]
    found = delta(content=parts)
    assert (found.content, found.thinking) == ("Hi", "Well")


def test_tool_calls_with_objects_for_text_are_read() -> None:
    found = delta(
        tool_calls=[
            {
                "index": "0",
                "id": 5,
                "function": {"name": "f", "arguments": {"x": 1}},
                "extra_content": {"google": {"thought_signature": "QUJD"}},
            },
            {"index": None, "id": "b", "function": 7, "custom": {"name": "g", "input": "i"}},
            {"function": {"name": "l", "arguments": [1]}},
        ],
        function_call={"name": "h", "arguments": "[1]"},
        reasoning_details=[{"text": "t"}, {"summary": "s"}, 7],
    )
    assert found.tool_calls == [
        ToolCall(0, None, Function("f", '{"x": 1}'), Custom(), Extra(Google("QUJD"))),
        ToolCall(None, "b", None, Custom("g", "i"), Extra(Google())),
        ToolCall(None, None, Function("l", "[1]"), Custom(), Extra(Google())),
    ]
    assert found.function_call == Function("h", "[1]")
    assert found.reasoning_details == [ReasoningDetail("t"), ReasoningDetail(None, "s")]


def test_usage_in_text_and_decimals_is_read() -> None:
    found = loose(
        {
            "usage": {
                "prompt_tokens": "9",
                "completion_tokens": 3.0,
                "prompt_tokens_details": {"cached_tokens": "x"},
                "completion_tokens_details": 7,
            },
            "x_groq": {"usage": 7, "error": "over"},
        }
    )
    assert found.usage
    assert (found.usage.prompt_tokens, found.usage.completion_tokens) == (9, 3)
    assert found.usage.prompt_tokens_details
    assert found.usage.prompt_tokens_details.cached_tokens is None
    assert found.x_groq
    assert (found.x_groq.usage, found.x_groq.error) == (None, "over")


def test_infinite_counts_are_no_counts() -> None:
    found = loose_chunk(b'{"usage":{"prompt_tokens":1e999,"completion_tokens":NaN}}')
    assert found
    assert found.usage
    assert (found.usage.prompt_tokens, found.usage.completion_tokens) == (None, None)


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["choices", "delta", "content", "tool_calls", "function", "usage", "error", "x_groq",
             "text", "thinking", "index", "arguments", "prompt_tokens", "message"]
        ),
        inner,
        max_size=4,
    ),
    max_leaves=20,
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(["choices", "usage", "error", "x_groq"]), ANY))
def test_no_object_whatever_breaks_the_reading(value: dict[str, Any]) -> None:
    assert isinstance(loose(value), Chunk)


@pytest.mark.parametrize("depth", range(300, 520, 10))
def test_a_chunk_that_is_nested_as_deeply_as_can_be_read_is_read(depth: int) -> None:
    parts = b'[{"text":' * depth + b'"Hi"' + b"}]" * depth
    found = loose_chunk(b'{"choices":[{"delta":{"content":' + parts + b"}}]}")
    assert found is None or (found.choices and found.choices[0].delta)
