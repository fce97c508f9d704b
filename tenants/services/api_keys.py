"""API keys: made, revoked, and their use noted."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from tenants import agents, changes, keys
from tenants.errors import wrong
from tenants.models import ApiKey, Tenant
from vault.secret import Secret

PREFIX_SHOWN = len(keys.PREFIX) + 4
USE_NOTED_EVERY = timedelta(minutes=1)


@transaction.atomic
def api_key_create(
    *,
    tenant: Tenant,
    name: str,
    scopes: Sequence[str],
    agent_id: str = "",
    expires_at: datetime | None = None,
) -> tuple[ApiKey, Secret]:
    """The row, and the key's text: it is stored nowhere, so this is the one time to show it."""
    _check_scopes(scopes, agent_id)
    if agent_id and not agents.belongs(tenant.id, agent_id):
        raise wrong("agent", "There is no such agent.", "does_not_exist")
    if expires_at is not None and expires_at <= timezone.now():
        raise wrong("expires_at", "It must lie in the future.", "past")
    text = keys.new_key()
    row = ApiKey(
        tenant=tenant,
        name=name.strip(),
        digest=keys.digest(text.reveal()),
        prefix=text.reveal()[:PREFIX_SHOWN],
        last4=text.last4,
        scopes=[scope for scope in keys.SCOPES if scope in scopes],
        agent_id=agent_id,
        expires_at=expires_at,
    )
    row.full_clean()
    row.save(force_insert=True)
    changes.notify("api_key", row.digest, tenant.id)
    return row, text


@transaction.atomic
def api_key_revoke(*, tenant: Tenant, key: ApiKey) -> ApiKey:
    """At once for REST, within a second at the gateways. A revoked key stays revoked."""
    ApiKey.objects.filter(tenant=tenant, pk=key.pk, revoked_at__isnull=True).update(
        revoked_at=timezone.now()
    )
    changes.notify("api_key", key.digest, tenant.id)
    key.refresh_from_db()
    return key


def api_keys_used(key_ids: Iterable[str]) -> None:
    """Notes use, to the minute, by an update that writes no other column."""
    now = timezone.now()
    unnoted = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - USE_NOTED_EVERY)
    ApiKey.objects.filter(unnoted, pk__in=list(key_ids)).update(last_used_at=now)


def _check_scopes(scopes: Sequence[str], agent_id: str) -> None:
    if not scopes:
        raise wrong("scopes", "Name at least one scope.", "required")
    strange = [scope for scope in scopes if scope not in keys.SCOPES]
    if strange:
        raise wrong("scopes", f"A scope is one of: {', '.join(keys.SCOPES)}.", "invalid_choice")
    if agent_id and not keys.HOSTED_SCOPES.issuperset(scopes):
        hosted = ", ".join(scope for scope in keys.SCOPES if scope in keys.HOSTED_SCOPES)
        raise wrong("scopes", f"A key of one agent may have only: {hosted}.", "invalid_choice")
