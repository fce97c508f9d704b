"""Objects typed otherwise than they should be."""

from typing import Any

import pytest
from msgspec.json import Decoder

from wire.anthropic.shapes import Block, Delta, Event, Message, OutputDetails, UsageBody
from wire.loose import loosely, read_kindly


@pytest.mark.parametrize(
    ("count", "read"), [(3, 3), (3.0, 3), ("3", 3), ("many", None), ([], None), (1e999, None)]
)
def test_count_is_read_for_what_it_means(count: Any, read: int | None) -> None:
    assert loosely({"output_tokens": count, "input_tokens": 9}, UsageBody) == UsageBody(9, read)


def test_text_stays_as_it_is_and_what_is_none_is_left_out() -> None:
    assert loosely({"text": "null", "thinking": 7}, Delta) == Delta(text="null")
    assert loosely({"type": 7, "text": None, "new": 1}, Block) == Block()
    assert loosely({"text": {"a": 1}}, Delta) == Delta()


def test_one_bad_member_costs_none_of_its_neighbours() -> None:
    usage = {"output_tokens": 4, "output_tokens_details": {"thinking_tokens": "x"}}
    found = loosely({"type": "message_delta", "index": "2", "delta": 7, "usage": usage}, Event)
    counts = UsageBody(None, 4, output_tokens_details=OutputDetails())
    assert found == Event("message_delta", 2, usage=counts)


def test_blocks_that_are_objects_are_kept() -> None:
    content = [{"type": "text", "text": "Hi"}, 7, {"type": "tool_use", "id": 5, "input": [1]}]
    assert loosely({"content": content}, Message) == Message(
        [Block("text", "Hi"), Block("tool_use", input=[1])]
    )
    assert loosely({"content": "Hi", "error": 7}, Message) == Message(error=7)


@pytest.mark.parametrize(
    ("data", "read"),
    [
        (b'{"text":"Hi"}', Delta(text="Hi")),
        (b'\xef\xbb\xbf{"text":"Hi","thinking":7}', Delta(text="Hi")),
        (b'["text"]', None),
        (b'{"text":', None),
    ],
)
def test_object_is_read_from_its_bytes_and_what_is_none_is_none(
    data: bytes, read: Delta | None
) -> None:
    assert read_kindly(data, Decoder(Delta), Delta) == read
