"""What callers' platforms add to OpenAI's requests: kept from endpoints unless they ask for it."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Raw

from wire.settings import Setting, is_flag_or_names, without_dropped

CALLER_FIELDS: Mapping[str, str] = {
    "call": "Vapi",
    "customer": "Vapi",
    "phoneNumber": "Vapi",
    "timestamp": "Vapi",
    "elevenlabs_extra_body": "ElevenLabs",
    "user_id": "ElevenLabs",
}
"""Members that callers add to the format, and whose they are. Strict endpoints refuse them, and
Vapi's may hold the credentials of other services. So does `metadata` that is not OpenAI's (an
object of strings) count among them."""

FORWARD_CALLER_FIELDS = Setting(
    "forward_caller_fields",
    "Forward what the caller's platform adds to a request (Vapi's `call`, ElevenLabs'"
    " `elevenlabs_extra_body` …): all of it, or the members named.",
    "true, false or a list of names",
    False,
    is_flag_or_names,
)


def without_additions(fields: Mapping[str, Raw], settings: Mapping[str, Any]) -> dict[str, Any]:
    """A request's members that the endpoint gets, by what it forwards and drops."""
    kept = without_dropped(fields, settings)
    forward = settings.get(FORWARD_CALLER_FIELDS.name, False)
    if forward is True:
        return kept
    added = set(CALLER_FIELDS)
    if "metadata" in fields and not _is_strict_metadata(fields["metadata"]):
        added.add("metadata")
    added.difference_update(forward or ())
    return {name: value for name, value in kept.items() if name not in added}


def _is_strict_metadata(member: Raw) -> bool:
    try:
        msgspec.json.decode(member, type=dict[str, str] | None)
    except (ValueError, RecursionError):
        return False
    return True
