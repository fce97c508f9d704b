"""The ids of tool calls: callers give them back as they are.

Gemini wants the signature of the thoughts that led to a call back with that call, and callers of
other formats have no place for it but the id.
"""

import re
from dataclasses import replace

from wire.events import ToolDelta

MADE = "call_"
"""What ids begin with that no model gave."""
_UNIQUE = 24  # OpenAI takes ids of 40 characters
_MARK = "__thought__"
_LIMIT = 32 * 1024
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")
_TO_ID = str.maketrans("+/", "-_", "=")
_FROM_ID = str.maketrans("-_", "+/")


def named(delta: ToolDelta, unique: str) -> ToolDelta:
    """The beginning of a call that its endpoint gave no id has one of its own; the calls of a whole
    conversation are told apart by their ids, so each answer makes them of something `unique`.
    """
    if delta.id is None or split(delta.id)[0]:
        return delta
    made = f"{MADE}{unique[:_UNIQUE]}_{delta.choice}_{delta.index}"
    return replace(delta, id=made + delta.id)


def with_signature(call_id: str, signature: str | None) -> str:
    """In the letters that ids have; what is no base64, or over 32 KiB, is left out."""
    if not signature or len(signature) > _LIMIT or not _BASE64.fullmatch(signature):
        return call_id
    return f"{call_id}{_MARK}{signature.translate(_TO_ID)}"


def split(call_id: str) -> tuple[str, str | None]:
    """The id alone, and the signature if it carries one."""
    own, _, signature = call_id.partition(_MARK)
    return own, _padded(signature.translate(_FROM_ID)) if signature else None


def _padded(text: str) -> str:
    return text + "=" * (-len(text) % 4)
