"""A conversation, written as the turn that a Retell-style server is asked for."""

from collections.abc import Mapping, Sequence
from typing import Any

from wire.conversation import (
    Conversation,
    Message,
    Part,
    ToolCall,
    ToolResult,
    joined,
)
from wire.members import dumps
from wire.retell.requests import CALL
from wire.retell.said import ASKED

WITH_TOOLS = "transcript_with_tool_calls"
_ROLES = {"assistant": "agent", "user": "user"}

Turn = dict[str, Any]


def write_conversation(
    conversation: Conversation, *, model: str, settings: Mapping[str, Any]
) -> bytes:
    """The message that asks for the turn, with two members that only servers get who ask for them:
    the transcript with its tools, and the call's details (see `RetellDialogue`).
    """
    spoken = [message for message in conversation.messages if message.role != "system"]
    with_tools = [turn for message in spoken for turn in _turns(message)]
    transcript = [turn for turn in with_tools if turn["role"] in _ROLES.values()]
    asked: dict[str, Any] = {
        "interaction_type": "response_required",
        "response_id": ASKED,
        "transcript": transcript,
    }
    if len(with_tools) > len(transcript):
        asked[WITH_TOOLS] = with_tools
    call_id = conversation.session or conversation.own_id
    return dumps({**asked, CALL: {"call_id": call_id, "call_type": "web_call"}})


def _turns(message: Message) -> list[Turn]:
    """What tools gave back, what was said, and which tools were called, as Retell orders them."""
    role, parts = _ROLES[message.role], message.parts
    text = joined(parts)
    spoken = [{"role": role, "content": text}] if text else []
    return [*_results(parts), *spoken, *_calls(parts)]


def _results(parts: Sequence[Part]) -> list[Turn]:
    return [
        {"role": "tool_call_result", "tool_call_id": part.call_id, "content": joined(part.parts)}
        for part in parts
        if isinstance(part, ToolResult)
    ]


def _calls(parts: Sequence[Part]) -> list[Turn]:
    return [
        {"role": "tool_call_invocation", "tool_call_id": part.id, "name": part.name,
         "arguments": part.arguments}
        for part in parts
        if isinstance(part, ToolCall)
    ]  # fmt: skip
