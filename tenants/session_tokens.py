"""Short-lived tokens that open one agent's channels: made and verified without a database.

A token names the key that issued it by digest and stands or falls with that key: whoever accepts
one must look the issuer up as for the key itself, so that revoking a key ends its tokens too. The
agent must still exist, and belong to the key's tenant, when the token is used.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from vault.secret import Secret

PREFIX = "pb_sess_"
PATTERN = r"pb_sess_[0-9A-Za-z_-]{64,}"
MIN_TTL, MAX_TTL = 10, 3600
MAX_LENGTH = 512
_CONTEXT = b"patchbay session token v1\0"
_MAC_BYTES = 32


@dataclass(frozen=True, slots=True)
class SessionClaims:
    """What a token says. `issuer` is the SHA-256 digest of the key, `expires_at` in seconds."""

    tenant_id: str
    agent_id: str
    channels: frozenset[str]
    issuer: str
    expires_at: int


class _Payload(msgspec.Struct, array_like=True):
    tenant_id: str
    agent_id: str
    channels: list[str]
    issuer: str
    expires_at: int


def issue(claims: SessionClaims, signing_key: str) -> Secret:
    """The token text for `claims`."""
    payload = msgspec.json.encode(
        _Payload(
            claims.tenant_id,
            claims.agent_id,
            sorted(claims.channels),
            claims.issuer,
            claims.expires_at,
        )
    )
    text = base64.urlsafe_b64encode(_mac(payload, signing_key) + payload).rstrip(b"=")
    return Secret(PREFIX + text.decode())


def looks_like_one(text: str) -> bool:
    return text.startswith(PREFIX)


def verify(text: str, signing_keys: Iterable[str], now: float) -> SessionClaims | None:
    """The claims of a genuine token that has not expired at `now` (seconds), else `None`."""
    raw = _decode(text)
    if raw is None:
        return None
    mac, payload = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
    if not any(hmac.compare_digest(mac, _mac(payload, key)) for key in signing_keys):
        return None
    said = msgspec.json.decode(payload, type=_Payload)
    if now >= said.expires_at:
        return None
    return SessionClaims(
        said.tenant_id, said.agent_id, frozenset(said.channels), said.issuer, said.expires_at
    )


def _mac(payload: bytes, signing_key: str) -> bytes:
    return hmac.digest(signing_key.encode(), _CONTEXT + payload, hashlib.sha256)


def _decode(text: str) -> bytes | None:
    if not text.startswith(PREFIX) or len(text) > MAX_LENGTH:
        return None
    body = text[len(PREFIX) :]
    try:
        raw = base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        return None
    genuine_spelling = base64.urlsafe_b64encode(raw).rstrip(b"=").decode() == body
    return raw if genuine_spelling else None
