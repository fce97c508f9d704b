"""Stored credentials: what is secret goes in, is bound to its hosts, and never comes out again.

`auth` is what a user filled in, all in one mapping: `{"type": "bearer", "token": "…"}`. What its
type needs is said by the type (`egress.auth`), and so is what is wrong with it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone

from egress.auth.base import AuthType
from egress.auth.registry import auth_types
from tenants import changes, provider_users
from tenants.errors import Conflict, wrong
from tenants.hosts import normal_host
from tenants.models import Tenant, TenantProvider
from tenants.services.locks import locked, tenant_lock
from vault.secret import Secret

MOST_HOSTS = 20


@dataclass(frozen=True, slots=True)
class _Filled:
    """An auth type filled in; `secrets` is `None` when the stored ones stay as they are."""

    type: AuthType
    fields: Mapping[str, str]
    secrets: Mapping[str, str] | None


@transaction.atomic
def provider_create(
    *,
    tenant: Tenant,
    provider: str,
    name: str,
    auth: Mapping[str, str],
    hosts: Sequence[str],
    owner_endpoint_id: str = "",
) -> TenantProvider:
    row = TenantProvider(
        tenant=tenant, provider=provider, name=name.strip(), owner_endpoint_id=owner_endpoint_id
    )
    row.hosts = _normal_hosts(hosts)
    _fill(row, _filled(auth, None))
    _save(row)
    return row


@transaction.atomic
def provider_update(
    *,
    tenant: Tenant,
    provider: TenantProvider,
    name: str | None = None,
    auth: Mapping[str, str] | None = None,
    hosts: Sequence[str] | None = None,
    retest: bool = True,
) -> TenantProvider:
    """Changes what is given. A secret that is left out stays, unless it would go to a new host.

    Who may write but not read a secret could otherwise send it to a host of their own. `retest` is
    off where the caller itself sees to the tests of what uses it.
    """
    row = _locked(tenant, provider)
    filled = _filled(auth, row) if auth is not None else None
    if hosts is not None:
        wanted = _normal_hosts(hosts)
        anew = auth is not None and _gives_all(auth)
        if row.secrets and set(wanted) - set(row.hosts) and not anew:
            refusal = "Give the secret again: it would go to a host that it was not given for."
            raise wrong("auth", refusal, "secret_required")
        row.hosts = wanted
    if filled is not None:
        _fill(row, filled)
    if name is not None:
        row.name = name.strip()
    _save(row)
    if filled is not None and retest:
        provider_users.retest(row.tenant_id, row.id)
    return row


def auth_check(auth: Mapping[str, str], kept: TenantProvider | None) -> None:
    """Raises `ValidationError` by `auth.<field>`; `kept` holds the secrets that may be left out."""
    _filled(auth, kept)


@transaction.atomic
def provider_delete(*, tenant: Tenant, provider: TenantProvider) -> None:
    row = _locked(tenant, provider)
    provider_id = row.id
    try:
        row.delete()
    except ProtectedError as error:
        raise Conflict("in_use", "An endpoint still uses this credential.") from error
    changes.notify("provider", provider_id, tenant.id)


def _locked(tenant: Tenant, provider: TenantProvider) -> TenantProvider:
    tenant_lock(tenant)
    return locked(TenantProvider.objects.filter(tenant=tenant), provider)


def _save(row: TenantProvider) -> None:
    if row.secrets and not row.hosts:
        refusal = "Name the hosts that the secret may be sent to."
        raise wrong("hosts", refusal, "required")
    row.full_clean()
    row.save()
    changes.notify("provider", row.id, row.tenant_id)


def _filled(auth: Mapping[str, str], row: TenantProvider | None) -> _Filled:
    """Raises `ValidationError` by `auth.<field>`, and what the vault raises for a kept secret."""
    auth_type = auth_types().get(auth.get("type", ""))
    if auth_type is None:
        known = ", ".join(auth_types())
        raise wrong("auth.type", f"A type is one of: {known}.", "invalid_choice")
    secret_names = {each.name for each in auth_type.secret_fields}
    given = {name: value for name, value in auth.items() if name != "type"}
    fields = {name: value for name, value in given.items() if name not in secret_names}
    secrets = {name: value for name, value in given.items() if name in secret_names}
    kept: dict[str, str] = {}
    if row is not None and row.auth_type == auth_type.name:
        fields = {**row.settings, **fields}
        kept = {} if secrets.keys() == secret_names else _opened(row)
    problems = auth_type.problems(fields, {**kept, **secrets})
    if problems:
        raise ValidationError(
            {
                f"auth.{name}": ValidationError(problem, code=_code(auth_type, name, given))
                for name, problem in sorted(problems.items())
            }
        )
    unchanged = bool(kept) and not secrets
    return _Filled(auth_type, fields, None if unchanged else {**kept, **secrets})


def _code(auth_type: AuthType, name: str, given: Mapping[str, str]) -> str:
    if name not in {each.name for each in (*auth_type.fields, *auth_type.secret_fields)}:
        return "unknown_field"
    return "invalid" if given.get(name) else "required"


def _gives_all(auth: Mapping[str, str]) -> bool:
    return all(auth.get(each.name) for each in auth_types()[auth["type"]].secret_fields)


def _opened(row: TenantProvider) -> dict[str, str]:
    return json.loads(row.secrets.reveal()) if row.secrets else {}


def _fill(row: TenantProvider, filled: _Filled) -> None:
    row.auth_type = filled.type.name
    row.settings = dict(filled.fields)
    if filled.secrets is None:
        return
    names = [each.name for each in filled.type.secret_fields]
    row.secrets = json.dumps(dict(filled.secrets)) if names else ""
    row.last4 = Secret(filled.secrets[names[0]]).last4 if names else ""
    row.secrets_updated_at = timezone.now() if names else None


def _normal_hosts(hosts: Sequence[str]) -> list[str]:
    if len(hosts) > MOST_HOSTS:
        raise wrong("hosts", f"Name at most {MOST_HOSTS} hosts.", "max_length")
    found = [normal_host(host) for host in hosts]
    strange = [host for host, normal in zip(hosts, found, strict=True) if normal is None]
    if strange:
        refusal = "Write host names only, such as llm.example.com: no scheme, port or path."
        raise wrong("hosts", refusal, "invalid")
    return sorted({host for host in found if host is not None})
