"""Public identifiers: a prefix that names the kind, and a suffix in Crockford base32."""

import secrets

from uuid_utils import uuid7

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_LENGTH = 26
_PAIRS = tuple(first + second for first in _ALPHABET for second in _ALPHABET)
_SHIFTS = tuple(range(120, -1, -10))


def _base32(number: int) -> str:
    """Two digits at a time: every dispatch makes ids."""
    return "".join([_PAIRS[(number >> shift) & 1023] for shift in _SHIFTS])


def new_id(prefix: str) -> str:
    """A time-ordered id such as `end_06e3…`: 26 characters after the prefix."""
    return f"{prefix}_{_base32(uuid7().int)}"


def sibling_id(prefix: str, other: str) -> str:
    """The id of another kind with the suffix of `other`: for what there is one of for each."""
    return prefix + other[-_LENGTH - 1 :]


def unguessable_id(prefix: str) -> str:
    """An id of 128 random bits, for what is reachable by its id alone."""
    return f"{prefix}_{_base32(secrets.randbits(128))}"


def looks_like_id(prefix: str, text: str) -> bool:
    """Whether `text` can be such an id at all, so that nothing else is looked up or remembered."""
    kind, _, suffix = text.partition("_")
    return kind == prefix and len(suffix) == _LENGTH and not suffix.strip(_ALPHABET)
