"""Online rotation: of the master key, by re-wrapping; of data keys, by sealing every value anew.

It runs beside traffic and beside itself. All that it has done is in the rows, so a run that was cut
short is finished by the next one. A value is replaced only if it still is what was read.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count

from django.db import IntegrityError, transaction
from django.utils import timezone

from vault import envelope, keys, models
from vault.columns import BATCH, EncryptedColumn, SealedRow, encrypted_columns
from vault.envelope import DataKey, SecretUnreadable
from vault.keyring import MasterKey

Report = Callable[[str], None]
RETIRED_FOR = timedelta(hours=24)
"""A retired key is kept this long at least: a transaction may still be writing under it."""


@dataclass(slots=True)
class Tally:
    """`failed` says of each thing that did not open where it is and why."""

    done: int = 0
    failed: dict[str, str] = field(default_factory=dict)


def rewrap(report: Report) -> Tally:
    """Puts every data key under the first master key."""
    master = keys.current_keyring().primary
    keys.prove(master)
    tally = Tally()
    while _rewrap_once(master, tally):
        report(f"data keys under master key '{master.id}': {tally.done} moved")
    return tally


def _rewrap_once(master: MasterKey, tally: Tally) -> int:
    before = tally.done
    waiting = models.DataKey.objects.exclude(master_key_id=master.id).order_by("id")
    after = ""
    while rows := list(waiting.filter(id__gt=after)[:BATCH]):
        after = rows[-1].id
        for row in rows:
            try:
                wrapped = envelope.wrap(master, row.tenant_id, keys.unwrap(row))
            except SecretUnreadable as error:
                tally.failed[row.id] = error.reason
                continue
            unchanged = models.DataKey.objects.filter(pk=row.pk, master_key_id=row.master_key_id)
            tally.done += unchanged.update(master_key_id=master.id, wrapped=wrapped)
    return tally.done - before


def renew(report: Report) -> int:
    """Gives every tenant a new active data key; goes on with a run that was cut short."""
    run = models.DataKeyRotation.objects.filter(finished_at=None).order_by("pk").first()
    if run is None:
        run = models.DataKeyRotation.objects.create(started_at=timezone.now())
    old = models.DataKey.objects.filter(active=True, created_at__lt=run.started_at)
    done, after = 0, ""
    while rows := list(old.filter(id__gt=after).order_by("id")[:BATCH]):
        after = rows[-1].id
        done += sum(_renew_one(row) for row in rows)
        report(f"tenants with a new data key: {done}")
    return done


def _renew_one(row: models.DataKey) -> bool:
    try:
        with transaction.atomic():
            active = models.DataKey.objects.filter(pk=row.pk, active=True)
            if not active.update(active=False, retired_at=timezone.now()):
                return False
            keys.make(row.tenant_id)
    except IntegrityError:  # another run was faster
        return False
    return True


def finish() -> None:
    models.DataKeyRotation.objects.filter(finished_at=None).update(finished_at=timezone.now())


def reseal(report: Report) -> Tally:
    """Seals anew whatever is not under its tenant's active key, until nothing is left to do."""
    tally = Tally()
    for number in count(1):
        before = tally.done
        for column in encrypted_columns():
            for rows in column.batches():
                _reseal_batch(column, rows, tally)
                report(f"values sealed anew: {tally.done} (pass {number})")
        if tally.done == before:
            return tally
    raise AssertionError("count() never ends")


def _reseal_batch(column: EncryptedColumn, rows: list[SealedRow], tally: Tally) -> None:
    """Each value by itself: who holds no other row can wait for one and be in nobody's way."""
    active: dict[str, DataKey] = {}
    for row in rows:
        try:
            new = _resealed(row, active)
        except SecretUnreadable as error:
            tally.failed[name_of(row)] = error.reason
            continue
        if new and column.swap(row, new):
            tally.done += 1


def _resealed(row: SealedRow, active: dict[str, DataKey]) -> str | None:
    """The value under its tenant's active key; `None` when it is so already."""
    place = row.place
    key_id = envelope.key_id_of(row.sealed)
    if place.tenant not in active:
        active[place.tenant] = keys.sealing_key(place.tenant)
    if key_id == active[place.tenant].id:
        return None
    text = envelope.unseal(keys.opening_key(place.tenant, key_id), place, row.sealed)
    return envelope.seal(active[place.tenant], place, text)


def drop_retired() -> int:
    """Deletes retired data keys that no value needs; copies of old values are dead then."""
    needed = set(_key_ids_in_use())
    retired = models.DataKey.objects.filter(
        active=False, retired_at__lt=timezone.now() - RETIRED_FOR
    )
    dropped = 0
    for key in retired.iterator():
        if key.id not in needed:
            dropped += key.delete()[0]
    return dropped


def _key_ids_in_use() -> Iterator[str]:
    for column in encrypted_columns():
        for rows in column.batches():
            for row in rows:
                yield row.sealed.split(":")[1] if row.sealed.count(":") == 2 else ""


def name_of(row: SealedRow) -> str:
    place = row.place
    return f"{place.table}.{place.column} of {place.row}"
