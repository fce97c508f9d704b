"""A conversation, written as the request that a VEXYL-style endpoint gets."""

from collections.abc import Mapping, Sequence
from typing import Any

from wire.conversation import Conversation, Message, TextPart, ToolResult, joined
from wire.members import dumps
from wire.settings import without_dropped


def write_conversation(
    conversation: Conversation, *, model: str, settings: Mapping[str, Any]
) -> bytes:
    """What was said last, and the session: the endpoint keeps what was said before.

    Of a conversation without a lasting name it can keep nothing, so it is told all of it.
    """
    spoken = [message for message in conversation.messages if message.role != "system"]
    new = _unanswered(spoken)
    fields: dict[str, Any] = {
        "message": "\n".join(filter(None, map(_text, spoken[new:]))),
        "sessionId": conversation.session or conversation.own_id,
    }
    if conversation.session is None:
        fields["history"] = _history(spoken[:new])
    fields["context"] = {}
    return dumps(without_dropped(fields, settings))


def _unanswered(spoken: Sequence[Message]) -> int:
    """Where what follows the assistant's last words begins."""
    roles = [message.role for message in spoken]
    return len(roles) - roles[::-1].index("assistant") if "assistant" in roles else 0


def _history(spoken: Sequence[Message]) -> list[dict[str, str]]:
    turns = [{"role": message.role, "content": _text(message)} for message in spoken]
    return [turn for turn in turns if turn["content"]]


def _text(message: Message) -> str:
    """The words of a message, those that tools gave back among them."""
    texts = [
        joined(part.parts) if isinstance(part, ToolResult) else part.text
        for part in message.parts
        if isinstance(part, TextPart | ToolResult)
    ]
    return "\n".join(filter(None, texts))
