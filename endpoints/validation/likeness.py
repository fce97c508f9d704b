"""Which wire format an LLM endpoint's stream looks like, where it is not the chosen one."""

import re

from endpoints.validation.base import Seen
from endpoints.validation.exchange import Exchange
from wire.registry import format_named

_LOOKED_AT = 4096
_MARKS = {
    "openai-responses": re.compile(rb'"type"\s*:\s*"response\.'),
    "anthropic-messages": re.compile(rb'"type"\s*:\s*"(?:message_start|content_block_)'),
    "gemini": re.compile(rb'"candidates"\s*:'),
    "openai-chat": re.compile(rb'"choices"\s*:'),
}


def likeness(seen: Seen, exchange: Exchange) -> str:
    """A sentence that names the format to choose; empty where none, or the chosen one, is seen."""
    start = exchange.body[:_LOOKED_AT]
    found = next((name for name, mark in _MARKS.items() if mark.search(start)), None)
    if found is None or found == seen.endpoint.wire_format or _is_chat(seen, found):
        return ""
    label = format_named("llm", found).label
    return f"This looks like {label}: choose the wire format `{found}`. "


def _is_chat(seen: Seen, found: str) -> bool:
    """Several formats have OpenAI's chunks."""
    return found == "openai-chat" and seen.has_openai_chunks
