"""Every encrypted column of every model, found by walking the models, and its sealed values."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection, models

from vault.envelope import Place
from vault.fields import EncryptedTextField

BATCH = 200


@dataclass(frozen=True, slots=True)
class SealedRow:
    """One value as it lies in the database; `pk` and `tenant` as the model has them."""

    column: "EncryptedColumn"
    pk: Any
    tenant: Any
    sealed: str

    @property
    def place(self) -> Place:
        return self.column.field.place(self.tenant, self.pk)


@dataclass(frozen=True, slots=True)
class EncryptedColumn:
    model: type[models.Model]
    field: EncryptedTextField

    def batches(self, size: int = BATCH) -> Iterator[list[SealedRow]]:
        """The values that are not empty, by primary key, without one long transaction."""
        rows = self.model._base_manager.order_by("pk")
        after: dict[str, Any] = {}
        while found := list(
            rows.filter(**after).values_list("pk", "tenant_id", self.field.name)[:size]
        ):
            after = {"pk__gt": found[-1][0]}
            yield [SealedRow(self, pk, tenant, each.text) for pk, tenant, each in found if each]

    def swap(self, row: SealedRow, new: str) -> bool:
        """Writes `new` if the row still holds what was read; whether it did."""
        quote = connection.ops.quote_name
        key = self.model._meta.pk
        table, column, pk = (
            quote(str(name)) for name in (self.model._meta.db_table, self.field.column, key.column)
        )
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {table} SET {column} = %s WHERE {pk} = %s AND {column} = %s",  # noqa: S608 - quoted names of our own models
                [new, key.get_db_prep_value(row.pk, connection), row.sealed],
            )
            return bool(cursor.rowcount)


def encrypted_columns() -> list[EncryptedColumn]:
    return [
        EncryptedColumn(model, field)
        for model in apps.get_models(include_auto_created=True)
        if not model._meta.proxy
        for field in model._meta.local_concrete_fields
        if isinstance(field, EncryptedTextField)
    ]
