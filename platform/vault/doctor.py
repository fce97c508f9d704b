"""Opens every stored secret, to prove that it can be done, and lists what does not open."""

from dataclasses import dataclass, field

from vault import envelope, keys, models
from vault.columns import SealedRow, encrypted_columns
from vault.envelope import SecretUnreadable


@dataclass(frozen=True, slots=True)
class Unreadable:
    """One thing that does not open: where it is, which key would have to open it, and why."""

    table: str
    column: str
    row: str
    tenant: str
    key: str
    reason: str


@dataclass(slots=True)
class Diagnosis:
    data_keys: int = 0
    values: int = 0
    unreadable: list[Unreadable] = field(default_factory=list)


def examine() -> Diagnosis:
    """Reads all of it from the database, nothing from memory."""
    keys.CACHE.clear()
    found = Diagnosis()
    for key in models.DataKey.objects.order_by("id").iterator():
        found.data_keys += 1
        _try_key(key, found)
    for column in encrypted_columns():
        for rows in column.batches():
            for row in rows:
                found.values += 1
                _try_value(row, found)
    return found


def _try_key(key: models.DataKey, found: Diagnosis) -> None:
    try:
        keys.unwrap(key)
    except SecretUnreadable as error:
        table = models.DataKey._meta.db_table
        found.unreadable.append(
            Unreadable(table, "wrapped", key.id, key.tenant_id, error.key_id, error.reason)
        )


def _try_value(row: SealedRow, found: Diagnosis) -> None:
    place = row.place
    try:
        key = keys.opening_key(place.tenant, envelope.key_id_of(row.sealed))
        envelope.unseal(key, place, row.sealed)
    except SecretUnreadable as error:
        found.unreadable.append(
            Unreadable(
                place.table, place.column, place.row, place.tenant, error.key_id, error.reason
            )
        )
