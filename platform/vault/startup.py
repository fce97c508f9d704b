"""What a process asks of the master keys before it serves: all there, and all the right ones."""

import logging

import django.db

from vault import keys, models
from vault.envelope import SecretUnreadable
from vault.keyring import BadKeyring, Keyring

_log = logging.getLogger(__name__)


class VaultRefused(SystemExit):
    """The process must not start; its text is the one line that names the key id."""


def verify() -> None:
    """Raises `VaultRefused` when a master key is malformed, missing, or not the one used before.

    When the database does not answer, or has no tables yet, the keys cannot be compared: that is
    logged and refuses nothing, since a wrong key opens nothing and seals nothing (see `keys`).
    """
    try:
        ring = keys.current_keyring()
    except BadKeyring as error:
        raise VaultRefused(f"VAULT_KEYS is wrong: {error}.") from None
    try:
        _compare(ring)
    except SecretUnreadable as error:
        raise VaultRefused(
            f"VAULT_KEYS is wrong: {error.reason}. Put the key of id '{error.key_id}' back."
        ) from None
    except django.db.Error:
        _log.warning("master keys were not compared: the database does not answer")


def _compare(ring: Keyring) -> None:
    needed = models.DataKey.objects.values_list("master_key_id", flat=True)
    for key_id in sorted(set(needed.order_by().distinct())):
        if ring.get(key_id) is None:
            raise SecretUnreadable(key_id, f"master key '{key_id}' is missing and still in use")
    for master in ring:
        sample = models.DataKey.objects.filter(master_key_id=master.id).first()
        if sample is not None:
            keys.unwrap(sample)
        keys.prove(master)
