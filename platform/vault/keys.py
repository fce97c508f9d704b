"""Data keys at work: made, unwrapped, remembered for a while, and shredded."""

import time
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from threading import Lock

import django.db
from django.conf import settings
from django.db import IntegrityError, transaction

from vault import envelope, keyring, models
from vault.envelope import DataKey, SecretUnreadable


@lru_cache(maxsize=4)
def _parsed(text: str) -> keyring.Keyring:
    return keyring.parse(text)


def current_keyring() -> keyring.Keyring:
    """Raises `BadKeyring`."""
    return _parsed(settings.VAULT_KEYS)


class DataKeyCache:
    """Unwrapped data keys by (tenant, key id): at most `capacity`, each trusted for `ttl` seconds.

    An entry out of date is kept: when the database does not answer, it goes on opening what is
    needed, and is trusted again for `grace` seconds so that not every use waits for the database.
    """

    def __init__(
        self,
        capacity: int = 4096,
        ttl: float = 300.0,
        grace: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._capacity, self._ttl, self._grace, self._clock = capacity, ttl, grace, clock
        self._entries: OrderedDict[tuple[str, str], tuple[DataKey, float]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._entries)

    def fresh(self, tenant: str, key_id: str) -> DataKey | None:
        with self._lock:
            found = self._entries.get((tenant, key_id))
            if found is None or found[1] < self._clock():
                return None
            self._entries.move_to_end((tenant, key_id))
            return found[0]

    def stale(self, tenant: str, key_id: str) -> DataKey | None:
        """The entry however old, trusted again for `grace` seconds."""
        with self._lock:
            found = self._entries.get((tenant, key_id))
            if found is None:
                return None
            self._entries[tenant, key_id] = (found[0], self._clock() + self._grace)
            return found[0]

    def put(self, tenant: str, key: DataKey) -> None:
        with self._lock:
            self._entries[tenant, key.id] = (key, self._clock() + self._ttl)
            self._entries.move_to_end((tenant, key.id))
            while len(self._entries) > self._capacity:
                self._entries.popitem(last=False)

    def drop(self, tenant: str, key_id: str) -> None:
        with self._lock:
            self._entries.pop((tenant, key_id), None)

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()


CACHE = DataKeyCache()


def sealing_key(tenant: str) -> DataKey:
    """The tenant's active data key, made when there is none.

    Always read from the database, since sealing is part of a save: a retired key must not seal.
    """
    row = _active(tenant) or _first(tenant)
    return unwrap(row)


def opening_key(tenant: str, key_id: str) -> DataKey:
    """The tenant's data key of this id. Raises `SecretUnreadable`, or `django.db.Error`."""
    key = CACHE.fresh(tenant, key_id)
    if key is not None:
        return key
    try:
        row = models.DataKey.objects.filter(pk=key_id, tenant_id=tenant).first()
    except django.db.Error:
        key = CACHE.stale(tenant, key_id)
        if key is None:
            raise
        return key
    if row is None:
        CACHE.drop(tenant, key_id)
        raise SecretUnreadable(key_id, "the tenant has no such data key")
    key = unwrap(row)
    # A key read inside a transaction may be one that this transaction made and rolls back.
    transaction.on_commit(lambda: CACHE.put(tenant, key))
    return key


def make(tenant: str) -> models.DataKey:
    """A new active data key for a tenant that has none. Raises `IntegrityError` when it has."""
    master = current_keyring().primary
    prove(master)
    key = DataKey(models.data_key_id(), envelope.new_material())
    return models.DataKey.objects.create(
        id=key.id,
        tenant_id=tenant,
        master_key_id=master.id,
        wrapped=envelope.wrap(master, tenant, key),
    )


def prove(master: keyring.MasterKey) -> None:
    """Compares the master key with the check value kept under its id, or keeps the first one.

    Raises `SecretUnreadable` when another key was used under this id before.
    """
    row, _ = models.MasterKeyCheck.objects.get_or_create(
        key_id=master.id, defaults={"check_value": master.check_value}
    )
    if bytes(row.check_value) != master.check_value:
        raise SecretUnreadable(
            master.id, f"master key '{master.id}' is not the key that was used under this id"
        )


def shred(tenant: str) -> int:
    """Deletes all data keys of a tenant: whatever they sealed is lost. The number deleted."""
    deleted, _ = models.DataKey.objects.filter(tenant_id=tenant).delete()
    return deleted


def unwrap(row: models.DataKey) -> DataKey:
    """Raises `SecretUnreadable` naming the master key that is missing or wrong."""
    master = current_keyring().get(row.master_key_id)
    if master is None:
        raise SecretUnreadable(
            row.master_key_id, f"master key '{row.master_key_id}' is not in VAULT_KEYS"
        )
    return envelope.unwrap(master, row.tenant_id, row.id, bytes(row.wrapped))


def _active(tenant: str) -> models.DataKey | None:
    return models.DataKey.objects.filter(tenant_id=tenant, active=True).first()


def _first(tenant: str) -> models.DataKey:
    try:
        with transaction.atomic():
            return make(tenant)
    except IntegrityError:  # another process made one at the same moment
        return models.DataKey.objects.get(tenant_id=tenant, active=True)
