"""Items while they are written."""

import pytest

from tests.wire.responses.parsing import parsed
from wire.responses.blocks import Block, CallBlock, MessageBlock, ReasoningBlock
from wire.responses.numbering import Numbered


def written(block: Block) -> list[str]:
    found = parsed(block.begin() + block.add("He") + block.add("llo") + block.end("completed"))
    assert [each["sequence_number"] for each in found] == list(range(len(found)))
    assert all(each["output_index"] == 2 for each in found)
    ids = {each.get("item_id") or each["item"]["id"] for each in found}
    assert ids == {"x_1"}
    assert found[-1]["item"] == block.item()
    return [each["type"].removeprefix("response.") for each in found]


def test_message_has_one_part_whose_text_is_repeated_at_its_end() -> None:
    block = MessageBlock(Numbered(), 2, "x_1")
    assert written(block) == [
        "output_item.added", "content_part.added", "output_text.delta", "output_text.delta",
        "output_text.done", "content_part.done", "output_item.done",
    ]  # fmt: skip
    assert block.item()["content"][0]["text"] == "Hello"
    assert block.status == "completed"


def test_reasoning_is_a_summary_of_one_part() -> None:
    block = ReasoningBlock(Numbered(), 2, "x_1")
    assert written(block) == [
        "output_item.added", "reasoning_summary_part.added", "reasoning_summary_text.delta",
        "reasoning_summary_text.delta", "reasoning_summary_text.done",
        "reasoning_summary_part.done", "output_item.done",
    ]  # fmt: skip
    assert block.item()["summary"] == [{"type": "summary_text", "text": "Hello"}]


def test_call_has_its_name_from_the_beginning_and_its_arguments_at_the_end() -> None:
    block = CallBlock(Numbered(), 2, "x_1", "t", "f")
    assert written(block) == [
        "output_item.added", "function_call_arguments.delta", "function_call_arguments.delta",
        "function_call_arguments.done", "output_item.done",
    ]  # fmt: skip
    assert block.item()["arguments"] == "Hello"
    done = parsed(block.end("completed"))[0]
    assert (done["arguments"], done["name"]) == ("Hello", "f")
    begun = parsed(CallBlock(Numbered(), 0, "x", "t", "f").begin())[0]["item"]
    assert (begun["call_id"], begun["name"], begun["arguments"]) == ("t", "f", "")
    assert begun["status"] == "in_progress"


@pytest.mark.parametrize("kind", [MessageBlock, ReasoningBlock])
def test_part_begins_empty(kind: type[MessageBlock | ReasoningBlock]) -> None:
    _, part = parsed(kind(Numbered(), 0, "x").begin())
    assert part["part"]["text"] == ""
    assert part.get("content_index", part.get("summary_index")) == 0
