"""Whole responses: reading them into canonical events, making streams of them."""

from typing import Any

from wire.events import LLMEvent, Unusable
from wire.llm.base import LLMTally
from wire.llm.gathering import tallied
from wire.members import loads
from wire.openai.chunks import describe
from wire.responses.numbering import Numbered
from wire.responses.reader import ResponsesReader
from wire.responses.shapes import read_response

_BAD = Unusable("The endpoint's answer is not a response.")
_UNFINISHED = Unusable("The endpoint's answer is not finished yet.")
_WAITING = ("queued", "in_progress")
_ENDINGS = ("failed", "incomplete")
_GROWS = {
    "message": ("content",),
    "reasoning": ("summary", "content"),
    "function_call": ("arguments",),
}
"""The member of an item that comes in pieces, by its type: the first that is there."""
_PARTS = {
    "output_text": ("text", "output_text", "content_part", "content_index"),
    "refusal": ("refusal", "refusal", "content_part", "content_index"),
    "summary_text": ("text", "reasoning_summary_text", "reasoning_summary_part", "summary_index"),
    "reasoning_text": ("text", "reasoning_text", "content_part", "content_index"),
}
"""By type of a part: its member that holds the text, and what its events are called."""


def read_answer(body: bytes) -> list[LLMEvent]:
    """A response's events; a `Failure` stands for what is none."""
    response = read_response(body)
    if response is None:
        return [_BAD]
    if response.output is None:
        return [describe(response.error) if response.error else _BAD]
    return [_UNFINISHED] if response.status in _WAITING else ResponsesReader().whole(response)


def read_reply(body: bytes) -> LLMTally:
    """Meters a response; one that is worked on in the background is as good as any."""
    events = read_answer(body)
    return LLMTally(done=True) if events == [_UNFINISHED] else tallied(events)


def reply_as_stream(body: bytes) -> bytes:
    """The events of a response, each text in one piece; an error object becomes the one event."""
    response = loads(body)
    events = Numbered()
    if not isinstance(response.get("output"), list):
        error = response["error"]
        failure = describe(error)
        told = {"code": failure.code, "message": failure.message, "param": None}
        return events.event("error", **told, error=error)
    begun = {**response, "status": "in_progress", "output": [], "usage": None, "error": None}
    out = [events.event("response.created", response=begun)]
    items = [item for item in response["output"] if isinstance(item, dict)]
    for index, item in enumerate(items):
        out += _item(events, index, item)
    status = response.get("status")
    kind = f"response.{status if status in _ENDINGS else 'completed'}"
    return b"".join([*out, events.event(kind, response=response)])


def _item(events: Numbered, index: int, item: dict[str, Any]) -> list[bytes]:
    member = next((name for name in _GROWS.get(str(item.get("type")), ()) if item.get(name)), "")
    grown = item.get(member)
    empty = {**item, member: "" if isinstance(grown, str) else []} if member else item
    place = {"item_id": item.get("id") or f"item_{index}", "output_index": index}
    out = [events.event("response.output_item.added", output_index=index, item=empty)]
    if isinstance(grown, str):
        kind = "response.function_call_arguments"
        out.append(events.event(f"{kind}.delta", **place, delta=grown))
        out.append(events.event(f"{kind}.done", **place, arguments=grown, name=item.get("name")))
    elif isinstance(grown, list):
        for at, part in enumerate(each for each in grown if isinstance(each, dict)):
            out += _part(events, place, at, part)
    return [*out, events.event("response.output_item.done", output_index=index, item=item)]


def _part(events: Numbered, place: dict[str, Any], at: int, part: dict[str, Any]) -> list[bytes]:
    """The text of one part; a part of another kind stands in its item alone."""
    known = _PARTS.get(str(part.get("type")))
    if known is None:
        return []
    member, text_kind, part_kind, index = known
    text = str(part.get(member) or "")
    place = {**place, index: at}
    logprobs = {"logprobs": part.get("logprobs") or []} if text_kind == "output_text" else {}
    return [
        events.event(f"response.{part_kind}.added", **place, part={**part, member: ""}),
        events.event(f"response.{text_kind}.delta", **place, delta=text, **logprobs),
        events.event(f"response.{text_kind}.done", **place, **{member: text}, **logprobs),
        events.event(f"response.{part_kind}.done", **place, part=part),
    ]
