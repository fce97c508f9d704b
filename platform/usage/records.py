"""What the ledger writes down about a dispatch: an intent before, a final after.

Records are JSON arrays, so a spool can be read by eye and holds no zero byte. A field may be added
at the end, with a default: segments written before it still read.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import msgspec


class Intent(msgspec.Struct, frozen=True, array_like=True, tag="intent", gc=False):
    """Written before the first byte goes upstream. Times are seconds since the epoch."""

    dispatch_id: str
    event_id: str
    tenant_id: str
    agent_id: str
    endpoint_id: str
    call_id: str
    external_call_id: str
    provider: str
    format_in: str
    format_out: str
    started_at: float
    bytes_in: int


class Final(msgspec.Struct, array_like=True, tag="final"):
    """Written when the dispatch is over, whatever its end. `timing_ms` as in the event's contract.

    `outcome`: ok, upstream_error, upstream_timeout, upstream_truncated, connect_failed, refused,
    client_gone, lost_process. `tokens_source`: reported, estimated, none. `details`: what only one
    channel has to tell, in the shape that its page of the docs gives. `bytes_in` is given where it
    is only known at the end, and then counts in place of the intent's.
    """

    dispatch_id: str
    outcome: str
    ended_at: float
    status: int | None = None
    attempts: int = 1
    bytes_out: int = 0
    tokens_prompt: int | None = None
    tokens_completion: int | None = None
    tokens_reasoning: int | None = None
    tokens_source: str = "none"
    characters: int | None = None
    audio_ms: float | None = None
    timing_ms: dict[str, float | None] = {}
    error: dict[str, Any] | None = None
    details: dict[str, Any] | None = None
    bytes_in: int | None = None


Record: TypeAlias = Intent | Final

_encode = msgspec.json.Encoder().encode
_decode: Callable[[bytes], Record] = msgspec.json.Decoder(Record).decode


def encode(record: Record) -> bytes:
    return _encode(record)


def decode(payload: bytes) -> Record:
    """Raises `ValueError` for anything that is not a record."""
    try:
        return _decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"not a usage record: {error}") from error
