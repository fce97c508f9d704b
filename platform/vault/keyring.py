"""The master keys in `VAULT_KEYS`: `id:base64key,…`; the first encrypts, all decrypt."""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

KEY_BYTES = 32
_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")
_FEWEST_DISTINCT_BYTES = 8


class BadKeyring(ValueError):
    """`VAULT_KEYS` cannot be used; the text names the key id and never a key."""


@dataclass(frozen=True, slots=True)
class MasterKey:
    """A 32-byte key-encryption key; `repr` shows its id only."""

    id: str
    material: bytes = field(repr=False)

    @property
    def check_value(self) -> bytes:
        """8 bytes that tell whether two processes hold the same key under this id."""
        return hmac.digest(self.material, b"kcv-v1", hashlib.sha256)[:8]


class Keyring:
    """At least one master key, in the order given."""

    __slots__ = ("_keys",)

    def __init__(self, keys: tuple[MasterKey, ...]) -> None:
        if not keys:
            raise BadKeyring("VAULT_KEYS holds no master key")
        _refuse_doubles(keys)
        self._keys = {key.id: key for key in keys}

    @property
    def primary(self) -> MasterKey:
        return next(iter(self._keys.values()))

    def get(self, key_id: str) -> MasterKey | None:
        return self._keys.get(key_id)

    def __iter__(self) -> Iterator[MasterKey]:
        return iter(self._keys.values())


def parse(text: str) -> Keyring:
    """The keyring that `VAULT_KEYS` describes. Raises `BadKeyring`."""
    entries = (entry.strip() for entry in text.split(","))
    return Keyring(tuple(_entry(entry) for entry in entries if entry))


def _entry(entry: str) -> MasterKey:
    key_id, colon, encoded = entry.partition(":")
    if not colon or not _ID.fullmatch(key_id):
        # The entry may be a bare key, so no part of it is repeated.
        raise BadKeyring("an entry of VAULT_KEYS is not of the form id:base64key")
    try:
        material = base64.b64decode(encoded.replace("-", "+").replace("_", "/"), validate=True)
    except ValueError:  # `binascii.Error`, or letters beyond ASCII
        raise BadKeyring(f"master key '{key_id}' is not base64") from None
    if len(material) != KEY_BYTES:
        raise BadKeyring(
            f"master key '{key_id}' has {len(material)} bytes; it must have {KEY_BYTES}"
        )
    if len(set(material)) < _FEWEST_DISTINCT_BYTES:
        raise BadKeyring(
            f"master key '{key_id}' is not random; docs/secrets.md says how to make one"
        )
    return MasterKey(key_id, material)


def _refuse_doubles(keys: tuple[MasterKey, ...]) -> None:
    ids: set[str] = set()
    owners: dict[bytes, str] = {}
    for key in keys:
        if key.id in ids:
            raise BadKeyring(f"master key '{key.id}' is given twice")
        if key.material in owners:
            raise BadKeyring(f"master keys '{owners[key.material]}' and '{key.id}' are the same")
        ids.add(key.id)
        owners[key.material] = key.id
