"""Whether every event of the stream is a chunk as the format defines it."""

import json
from typing import Any

from endpoints.validation.base import Finding, Seen, StreamCheck, failed, passed, skipped, warning
from endpoints.validation.exchange import Exchange
from endpoints.validation.likeness import likeness
from endpoints.validation.words import counted

DONE = b"[DONE]"
_UTF8_HINT = (
    "Never cut a character in two between chunks: collect tokens until they are valid UTF-8"
    " (a streaming decoder does this)."
)
_JSON_HINT = "Each `data:` line must hold one JSON object, in a line of its own, and a blank line."
_SHAPE_HINT = (
    'Send {"id":…,"object":"chat.completion.chunk","created":…,"model":…,"choices":[{"index":0,'
    '"delta":{"content":"…"},"finish_reason":null}]}.'
)


class Chunks(StreamCheck):
    name = "chunks"
    label = "Chunk schema"
    about = (
        "There is text. In OpenAI's format each event is valid UTF-8, one JSON object, and has"
        " `choices` with `delta`s; what is wrong in others is seen by `ending`."
    )
    position = 50
    whole = False

    def judge(self, seen: Seen, exchange: Exchange) -> Finding:
        missing: set[str] = set()
        wrong = _first_wrong(exchange, missing) if seen.has_openai_chunks else None
        if wrong is not None:
            summary, hint = wrong
            return failed(summary, likeness(seen, exchange) + hint, exchange)
        if not exchange.tally.has_content and exchange.ended and exchange.tally.finished:
            return warning(
                "The stream holds no text at all.",
                "Check that the model is the right one, and that its words go into"
                f" {seen.spoken.manner.text}. A reasoning model may have spent the 200 tokens of"
                " this test on reasoning.",
                exchange,
            )
        if missing:
            names = ", ".join(f"`{name}`" for name in sorted(missing))
            return warning(f"Chunks lack {names}.", _SHAPE_HINT, exchange)
        if not seen.has_openai_chunks and not exchange.tally.has_content:
            return skipped("There was no text to look at.")
        if not seen.has_openai_chunks:
            return passed("There is text; the schema of each event is not tested.", exchange)
        number = len(exchange.events)
        return passed(f"{counted(number, 'event')}, each as it should be.", exchange)


def _first_wrong(exchange: Exchange, missing: set[str]) -> tuple[str, str] | None:
    for number, arrived in enumerate(exchange.events, 1):
        data = arrived.event.data
        if data is None or data.strip().startswith(DONE):
            continue
        wrong = _wrong(data, missing)
        if wrong is not None:
            return f"Event {number}: {wrong[0]}", wrong[1]
    return None


def _wrong(data: bytes, missing: set[str]) -> tuple[str, str] | None:
    """What breaks clients, with its hint; what only lacks is added to `missing`."""
    try:
        chunk = json.loads(data.decode())
    except UnicodeDecodeError:
        return "its text is not valid UTF-8.", _UTF8_HINT
    except (ValueError, RecursionError):
        return "it is not JSON.", _JSON_HINT
    if not isinstance(chunk, dict):
        return "it is JSON, but not an object.", _JSON_HINT
    if "error" in chunk:
        return None  # the check `ending` tells of it
    choices = chunk.get("choices")
    if not isinstance(choices, list):
        return "it has no list `choices`.", _SHAPE_HINT
    if choices:
        missing |= {name for name in ("id", "object", "model") if not chunk.get(name)}
    return next((wrong for choice in choices if (wrong := _wrong_choice(choice))), None)


def _wrong_choice(choice: Any) -> tuple[str, str] | None:
    if not isinstance(choice, dict) or not isinstance(choice.get("delta", {}), dict | None):
        return "a choice is not an object with a `delta` object.", _SHAPE_HINT
    delta = choice.get("delta") or {}
    if "delta" not in choice and "message" in choice:
        return (
            "a choice has `message`, as whole replies do, where streams have `delta`.",
            _SHAPE_HINT,
        )
    content = delta.get("content")
    if content is not None and not isinstance(content, str):
        return "`delta.content` is not a text.", _SHAPE_HINT
    return None
