"""AES-256-GCM: a master key wraps a tenant's data key, the data key seals one value in its place.

A sealed value is the text `v1:<data key id>:<base64url of nonce and ciphertext>`. Its associated
data names tenant, table, column, row and data key, so that it opens nowhere else.
"""

import base64
import binascii
import os
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vault.keyring import MasterKey

VERSION = "v1"
BUCKET = 64
_NONCE_BYTES = 12
_TAG_BYTES = 16
_KEY_BYTES = 32


class SecretUnreadable(Exception):
    """A stored secret does not open; `key_id` names the key that would have to open it.

    The text is safe to show: it holds no part of the value.
    """

    code = "secret_unreadable"

    def __init__(self, key_id: str, reason: str) -> None:
        super().__init__(f"{reason} (key '{key_id}')")
        self.key_id = key_id
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value lives: the one place in which it opens."""

    tenant: str
    table: str
    column: str
    row: str

    def associated_data(self, key_id: str) -> bytes:
        return _pack(VERSION, self.tenant, self.table, self.column, self.row, key_id)


@dataclass(frozen=True, slots=True)
class DataKey:
    """A tenant's unwrapped data key; `repr` shows its id only."""

    id: str
    material: bytes = field(repr=False)


def _pack(*parts: str) -> bytes:
    """Each part after its length in four bytes, so that no two lists of parts look alike."""
    encoded = [part.encode() for part in parts]
    return b"".join(len(part).to_bytes(4, "big") + part for part in encoded)


def _pad(text: bytes) -> bytes:
    """ISO 7816-4 padding to whole buckets, so that the ciphertext tells little of the length."""
    return text + b"\x80" + b"\0" * (-(len(text) + 1) % BUCKET)


def _unpad(padded: bytes) -> bytes:
    text, mark, _ = padded.rpartition(b"\x80")
    if not mark:
        raise ValueError("no padding mark")
    return text


def new_material() -> bytes:
    return os.urandom(_KEY_BYTES)


def wrap(master: MasterKey, tenant: str, key: DataKey) -> bytes:
    """The data key under the master key: nonce, ciphertext, tag."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(master.material).encrypt(nonce, key.material, _wrap_data(tenant, key.id))


def unwrap(master: MasterKey, tenant: str, key_id: str, wrapped: bytes) -> DataKey:
    """Raises `SecretUnreadable` naming the master key."""
    nonce, sealed = wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:]
    try:
        material = AESGCM(master.material).decrypt(nonce, sealed, _wrap_data(tenant, key_id))
    except (InvalidTag, ValueError):
        raise SecretUnreadable(
            master.id, f"data key '{key_id}' does not open with its master key"
        ) from None
    return DataKey(key_id, material)


def _wrap_data(tenant: str, key_id: str) -> bytes:
    return _pack(VERSION, "data-key", tenant, key_id)


def seal(key: DataKey, place: Place, text: str) -> str:
    nonce = os.urandom(_NONCE_BYTES)
    data = place.associated_data(key.id)
    sealed = nonce + AESGCM(key.material).encrypt(nonce, _pad(text.encode()), data)
    return f"{VERSION}:{key.id}:{base64.urlsafe_b64encode(sealed).decode()}"


def key_id_of(sealed: str) -> str:
    """The id of the data key that opens this text. Raises `SecretUnreadable` when it is none."""
    parts = sealed.split(":")
    if len(parts) != 3 or parts[0] != VERSION or not parts[1]:
        raise SecretUnreadable("unknown", "the stored value is not a sealed one")
    return parts[1]


def _decode(body: str) -> bytes:
    """Only the one encoding that `seal` writes: base64 has others for the same bytes."""
    raw = base64.b64decode(body, altchars=b"-_", validate=True)
    if len(raw) < _NONCE_BYTES + _TAG_BYTES or base64.urlsafe_b64encode(raw).decode() != body:
        raise ValueError("not what seal() writes")
    return raw


def unseal(key: DataKey, place: Place, sealed: str) -> str:
    """The text that was sealed in this very place. Raises `SecretUnreadable`."""
    if key_id_of(sealed) != key.id:
        raise SecretUnreadable(key_id_of(sealed), "the value was sealed with another data key")
    try:
        raw = _decode(sealed.rpartition(":")[2])
        nonce, body = raw[:_NONCE_BYTES], raw[_NONCE_BYTES:]
        padded = AESGCM(key.material).decrypt(nonce, body, place.associated_data(key.id))
        return _unpad(padded).decode()
    except (InvalidTag, ValueError, binascii.Error):
        raise SecretUnreadable(
            key.id, "the stored value is damaged, or was moved here from another place"
        ) from None
