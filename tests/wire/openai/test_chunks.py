"""What chunks say: reasoning under its names, usage within bounds, errors of every shape."""

import json
from typing import Any

import pytest

from wire.events import Failure, Usage
from wire.openai.chunks import describe, failure_of, read_chunk, reasoning_of, usage_of
from wire.openai.shapes import Chunk, Delta, ReasoningDetail


def chunk(**members: Any) -> Chunk:
    found = read_chunk(json.dumps(members).encode())
    assert found is not None
    return found


def test_well_formed_chunk_is_read() -> None:
    found = chunk(choices=[{"index": 1, "delta": {"content": "Hi"}, "finish_reason": "stop"}])
    assert found.choices
    (choice,) = found.choices
    assert (choice.index, choice.finish_reason) == (1, "stop")
    assert choice.delta == Delta(content="Hi")


def test_oddly_typed_chunk_is_read_too() -> None:
    found = chunk(choices=[{"index": "1", "delta": {"content": [{"text": "Hi"}]}}])
    assert found.choices
    assert found.choices[0].delta
    assert found.choices[0].delta.content == "Hi"


@pytest.mark.parametrize(
    "data", [b"", b"[DONE]", b"Hi", b"7", b"[7]", b"[" * 100_000 + b"]" * 100_000]
)
def test_what_is_no_object_is_no_chunk(data: bytes) -> None:
    assert read_chunk(data) is None


@pytest.mark.parametrize(
    ("delta", "text"),
    [
        (Delta(reasoning="a", reasoning_content="a"), "a"),
        (Delta(reasoning="", reasoning_content="b"), "b"),
        (Delta(thinking="c"), "c"),
        (Delta(reasoning_details=[ReasoningDetail("d"), ReasoningDetail(summary="e")]), "de"),
        (Delta(reasoning_details=[ReasoningDetail()]), None),
        (Delta(content="x"), None),
    ],
)
def test_reasoning_is_read_once_under_any_name(delta: Delta, text: str | None) -> None:
    assert reasoning_of(delta) == text


@pytest.mark.parametrize(
    ("members", "usage"),
    [
        ({}, None),
        ({"usage": None}, None),
        ({"usage": {}}, None),
        ({"usage": {"total_tokens": 3}}, None),
        ({"usage": {"prompt_tokens": 9}}, Usage(9, 0)),
        ({"usage": {"prompt_tokens": 9, "completion_tokens": 3}}, Usage(9, 3)),
        (
            {
                "usage": {
                    "prompt_tokens": 9,
                    "completion_tokens": 3,
                    "prompt_tokens_details": {"cached_tokens": 4},
                    "completion_tokens_details": {"reasoning_tokens": 2},
                }
            },
            Usage(9, 3, 2, 4),
        ),
        ({"usage": {"prompt_tokens": 9, "prompt_cache_hit_tokens": 5}}, Usage(9, 0, cached=5)),
        ({"usage": {"prompt_tokens": -1, "completion_tokens": 10**15}}, Usage(0, 10**9)),
        ({"usage": {"prompt_tokens": 10**40, "completion_tokens": "7"}}, Usage(10**9, 7)),
        ({"x_groq": {"id": "r"}}, None),
        ({"x_groq": {"usage": {"prompt_tokens": 1, "completion_tokens": 2}}}, Usage(1, 2)),
        (
            {"usage": {"prompt_tokens": 5}, "x_groq": {"usage": {"prompt_tokens": 1}}},
            Usage(5, 0),
        ),
    ],
)
def test_usage_is_read_where_it_is_and_kept_within_bounds(
    members: dict[str, Any], usage: Usage | None
) -> None:
    assert usage_of(chunk(**members)) == usage


@pytest.mark.parametrize(
    ("members", "failure"),
    [
        ({}, None),
        ({"error": None}, None),
        ({"error": ""}, None),
        ({"error": {}}, None),
        ({"error": "boom"}, Failure("boom")),
        ({"error": {"message": "boom", "code": 502}}, Failure("boom", "502")),
        ({"x_groq": {"id": "r"}}, None),
        ({"x_groq": {"error": "over capacity"}}, Failure("over capacity")),
    ],
)
def test_error_is_read_where_it_is(members: dict[str, Any], failure: Failure | None) -> None:
    assert failure_of(chunk(**members)) == failure


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        ({"message": "a", "type": "t", "code": None}, Failure("a", "t")),
        ({"detail": "b"}, Failure("b")),
        ({"type": "t"}, Failure("The endpoint reports an error.", "t")),
        ({"message": {"odd": 1}}, Failure("{'odd': 1}")),
        (True, Failure("True")),
        ("x" * 5000, Failure("x" * 1000)),
        ({"message": "x" * 5000, "code": "y" * 500}, Failure("x" * 1000, "y" * 100)),
    ],
)
def test_error_of_any_shape_is_described_briefly(error: Any, failure: Failure) -> None:
    assert describe(error) == failure


def test_an_error_that_is_nested_too_deeply_to_be_shown_is_described_still() -> None:
    error: Any = "Hi"
    for _ in range(20_000):
        error = [error]
    unnamed = "The endpoint reports an error."
    assert describe(error) == Failure(unnamed)
    assert describe({"message": error, "code": error}) == Failure(unnamed, unnamed)
