"""The items of an answer as they stand in a response."""

from typing import Any

from wire.conversation import ToolCall

COMPLETED, INCOMPLETE, BEGUN = "completed", "incomplete", "in_progress"


def message(item_id: str, text: str, status: str) -> dict[str, Any]:
    return {**empty_message(item_id), "status": status, "content": [text_part(text)]}


def empty_message(item_id: str) -> dict[str, Any]:
    return {
        "id": item_id, "type": "message", "status": BEGUN, "role": "assistant", "content": [],
    }  # fmt: skip


def text_part(text: str) -> dict[str, Any]:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def reasoning(item_id: str, text: str) -> dict[str, Any]:
    return {"id": item_id, "type": "reasoning", "summary": [summary_part(text)]}


def empty_reasoning(item_id: str) -> dict[str, Any]:
    return {"id": item_id, "type": "reasoning", "summary": []}


def summary_part(text: str) -> dict[str, Any]:
    return {"type": "summary_text", "text": text}


def function_call(item_id: str, call: ToolCall, status: str) -> dict[str, Any]:
    return {
        "id": item_id,
        "type": "function_call",
        "status": status,
        "call_id": call.id,
        "name": call.name,
        "arguments": call.arguments,
    }
