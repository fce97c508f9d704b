"""How much text a prompt is: what tokens are estimated from where an endpoint reports none."""

from collections.abc import Sequence
from typing import Any

from wire.members import raw
from wire.tokens import utf8_size

FRAME_BYTES = 16
"""What the frame of each message counts."""


def member_size(member: Any) -> int:
    """Bytes of a request's member as it stands."""
    return memoryview(member).nbytes


def text_size(value: Any, texts: Sequence[str], whole: Sequence[str] = ()) -> int:
    """UTF-8 size of the texts of a message, a part, a list of parts, or of a text itself.

    The members named in `texts` hold texts or parts; those in `whole` count as their JSON.
    """
    if isinstance(value, str):
        return utf8_size(value)
    if isinstance(value, list):
        return sum(text_size(each, texts, whole) for each in value)
    if not isinstance(value, dict):
        return 0
    as_json = sum(member_size(raw(value[name])) for name in whole if name in value)
    return as_json + sum(text_size(value.get(name), texts, whole) for name in texts)
