"""The text of API keys: made, recognised and digested without a database."""

import hashlib
import re
import secrets
import string
import zlib

from vault.secret import Secret

SCOPES = {
    "manage": "Read and change everything through the REST API",
    "read": "Read everything through the REST API",
    "llm": "Call the hosted LLM URLs of the tenant's agents",
    "voice": "Call the hosted voice URLs of the tenant's agents",
    "transcriber": "Call the hosted transcriber URLs of the tenant's agents",
}
HOSTED_SCOPES = frozenset({"llm", "voice", "transcriber"})

PREFIX = "pb_live_"
PATTERN = r"pb_live_[0-9A-Za-z]{36}"  # published for secret scanners: 30 random, 6 of checksum
_RANDOM, _CHECKSUM = 30, 6
_SHAPE = re.compile(PATTERN, re.ASCII)
_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase


def checksum(body: str) -> str:
    """CRC-32 of `body` in six base62 digits."""
    number, digits = zlib.crc32(body.encode()), []
    for _ in range(_CHECKSUM):
        number, digit = divmod(number, 62)
        digits.append(_BASE62[digit])
    return "".join(reversed(digits))


def new_key() -> Secret:
    """A fresh key of 178 random bits."""
    body = PREFIX + "".join(secrets.choice(_BASE62) for _ in range(_RANDOM))
    return Secret(body + checksum(body))


def looks_real(text: str) -> bool:
    """Whether `text` has the shape and the checksum of a key; garbage never costs a query."""
    return bool(_SHAPE.fullmatch(text)) and checksum(text[:-_CHECKSUM]) == text[-_CHECKSUM:]


def digest(text: str) -> str:
    """SHA-256 in hex, the only form of a key that is stored."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
