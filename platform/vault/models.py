"""Wrapped data keys, one or more per tenant, and the check values of master keys."""

import secrets

from django.db import models
from django.db.models import Q


def data_key_id() -> str:
    return f"dek_{secrets.token_hex(12)}"


class DataKey(models.Model):
    """A tenant's data key, wrapped by a master key; deleting it shreds what it encrypted.

    A tenant has one active key, which seals; retired ones go on opening what they sealed.
    """

    id = models.CharField(primary_key=True, max_length=40, default=data_key_id, editable=False)
    tenant_id = models.CharField(max_length=40, db_index=True)
    master_key_id = models.CharField(max_length=40, db_index=True)
    wrapped = models.BinaryField()
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["tenant_id"], condition=Q(active=True), name="one_active_data_key"
            ),
        )

    def __str__(self) -> str:
        return self.id


class MasterKeyCheck(models.Model):
    """What a master key of this id must prove before it may open anything."""

    key_id = models.CharField(primary_key=True, max_length=40)
    check_value = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.key_id


class DataKeyRotation(models.Model):
    """A run that gives every tenant a new data key; unfinished ones are gone on with."""

    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M}"
