"""Metering: what each event of a stream, or a whole completion, adds to the tally."""

from wire.llm.base import LLMTally
from wire.llm.reading import FOREIGN
from wire.openai.chunks import failure_of, read_chunk, reasoning_of, usage_of
from wire.openai.errors import event_failure
from wire.openai.shapes import Choice, Chunk, Delta, Function
from wire.sse import SSEEvent
from wire.tokens import utf8_size

DONE = b"[DONE]"


def count_event(tally: LLMTally, event: SSEEvent) -> Chunk | None:
    """Counts one event; gives its chunk if it is one."""
    if event.error is not None or event.event == b"error":
        tally.failure = tally.failure or event_failure(event)
        return None
    if event.data is None:
        return None
    return count_data(tally, event.data)


def count_data(tally: LLMTally, data: bytes) -> Chunk | None:
    """Counts an event that is nothing but data; gives its chunk if it is one."""
    chunk = read_chunk(data)
    if chunk is not None:
        count_chunk(tally, chunk)
    elif data.strip().startswith(DONE):
        tally.done = True
        if not tally.recognised:
            tally.failure = tally.failure or FOREIGN
    return chunk


def count_chunk(tally: LLMTally, chunk: Chunk) -> None:
    if isinstance(chunk.choices, list) or chunk.function_call is not None:
        tally.recognised = True
    for choice in chunk.choices or ():
        count_choice(tally, choice)
    if chunk.usage is not None or chunk.x_groq is not None:
        tally.usage = usage_of(chunk) or tally.usage
    if chunk.error or chunk.x_groq is not None:
        tally.failure = tally.failure or failure_of(chunk)
    if chunk.function_call is not None:
        _count_content(tally, _call_size(chunk.function_call))


def count_choice(tally: LLMTally, choice: Choice) -> None:
    delta = choice.delta or choice.message
    if delta is not None:
        if delta.content:
            tally.has_content = True
            tally.content_bytes += utf8_size(delta.content)
        if delta.tool_calls or delta.refusal or delta.function_call is not None:
            _count_content(tally, _other_size(delta))
        reasoning = reasoning_of(delta)
        if reasoning:
            tally.reasoning_bytes += utf8_size(reasoning)
    if choice.finish_reason:
        tally.finished = True


def _other_size(delta: Delta) -> int:
    """Bytes of what is neither text nor reasoning: a refusal, tool calls."""
    size = utf8_size(delta.refusal or "")
    if delta.function_call is not None:
        size += _call_size(delta.function_call)
    for call in delta.tool_calls or ():
        if call.function is not None:
            size += _call_size(call.function)
        if call.custom is not None:
            size += utf8_size(call.custom.name or "") + utf8_size(call.custom.input or "")
    return size


def _call_size(function: Function) -> int:
    return utf8_size(function.name or "") + utf8_size(function.arguments or "")


def _count_content(tally: LLMTally, size: int) -> None:
    tally.has_content = True
    tally.content_bytes += size
