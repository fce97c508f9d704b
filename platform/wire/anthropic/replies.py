"""Whole messages: reading them into canonical events, making streams of them."""

from typing import Any

from wire.anthropic.errors import describe
from wire.anthropic.reader import MessagesReader
from wire.anthropic.shapes import read_message
from wire.anthropic.writer import sse_event
from wire.events import LLMEvent, Unusable
from wire.members import dumps, loads

_BAD = Unusable("The endpoint's answer is not a message.")
_DELTAS = {
    "text": (("text", "text_delta"),),
    "thinking": (("thinking", "thinking_delta"), ("signature", "signature_delta")),
}


def read_answer(body: bytes) -> list[LLMEvent]:
    """A message's events; a `Failure` stands for what is none."""
    message = read_message(body)
    if message is None:
        return [_BAD]
    if message.error:
        return [describe(message.error)]
    return [_BAD] if message.content is None else MessagesReader().whole(message)


def reply_as_stream(body: bytes) -> bytes:
    """The events of a message, each block in one piece; an error object becomes the one event."""
    message = loads(body)
    if message.get("error") or not isinstance(message.get("content"), list):
        return sse_event("error", **{**message, "type": "error"})
    start = {**message, "content": [], "stop_reason": None, "stop_sequence": None}
    out = [sse_event("message_start", message=start)]
    blocks = [block for block in message["content"] if isinstance(block, dict)]
    for index, block in enumerate(blocks):
        out += _block(index, block)
    delta = {name: message.get(name) for name in ("stop_reason", "stop_sequence")}
    usage = message.get("usage") or {}
    out.append(sse_event("message_delta", delta=delta, usage=usage))
    out.append(sse_event("message_stop"))
    return b"".join(out)


def _block(index: int, block: dict[str, Any]) -> list[bytes]:
    deltas = [
        {"type": kind, member: block[member]}
        for member, kind in _DELTAS.get(str(block.get("type")), ())
        if block.get(member)
    ]
    empty = {**block, **{name: "" for delta in deltas for name in delta if name != "type"}}
    if block.get("type") == "tool_use":
        empty["input"] = {}
        text = dumps(block.get("input") or {}).decode()
        deltas = [{"type": "input_json_delta", "partial_json": text}]
    start = sse_event("content_block_start", index=index, content_block=empty)
    pieces = [sse_event("content_block_delta", index=index, delta=delta) for delta in deltas]
    return [start, *pieces, sse_event("content_block_stop", index=index)]
