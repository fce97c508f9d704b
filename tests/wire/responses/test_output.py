"""Items of a response."""

from wire.conversation import ToolCall
from wire.responses import output


def test_items_have_the_members_that_sdks_demand() -> None:
    part = {"type": "output_text", "text": "Hi", "annotations": [], "logprobs": []}
    assert output.message("msg_1", "Hi", "completed") == {
        "id": "msg_1", "type": "message", "status": "completed", "role": "assistant",
        "content": [part],
    }  # fmt: skip
    assert output.reasoning("rs_1", "Hm") == {
        "id": "rs_1", "type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm"}],
    }  # fmt: skip
    assert output.function_call("fc_1", ToolCall("t", "f", "{}"), "incomplete") == {
        "id": "fc_1", "type": "function_call", "status": "incomplete", "call_id": "t",
        "name": "f", "arguments": "{}",
    }  # fmt: skip


def test_items_that_begin_are_empty() -> None:
    assert output.empty_message("m")["content"] == []
    assert output.empty_message("m")["status"] == "in_progress"
    assert output.empty_reasoning("r") == {"id": "r", "type": "reasoning", "summary": []}
