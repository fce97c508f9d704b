"""The id of a call, known without a database: every dispatch of a call works it out alike."""

from hashlib import sha256

EXTERNAL_ID_WIDTH = 200

_DIGITS = "0123456789abcdefghijklmnopqrstuv"  # RFC 4648's base32hex, in small letters
_PAIRS = tuple(first + second for first in _DIGITS for second in _DIGITS)
_SHIFTS = tuple(range(120, -1, -10))


def clean_external_id(text: str) -> str:
    """A caller's own id of the call, as it is kept: 200 characters at most, all printable ones."""
    return "".join(filter(str.isprintable, text[:EXTERNAL_ID_WIDTH])).strip()


def call_id(tenant_id: str, agent_id: str, external_id: str) -> str:
    """The call that an agent of a tenant has under `external_id`, cleaned and not empty."""
    name = f"{tenant_id}\0{agent_id}\0{external_id}".encode()
    number = int.from_bytes(sha256(name).digest()[:16]) << 2
    return "call_" + "".join([_PAIRS[(number >> shift) & 1023] for shift in _SHIFTS])
