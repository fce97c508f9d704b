"""The `auth` of an endpoint: which credential it sends, and to which hosts it may go.

| given | means |
|---|---|
| nothing | stays as it is, unless the endpoint moved to a host that the credential is not for |
| `{"type": "none"}` | no header |
| `{"provider": "prv_…"}` | a credential that the tenant stored; it must be for these hosts |
| `{"type": "bearer", "token": "…"}` | a credential of this endpoint alone; what is left out stays |
"""

from collections.abc import Collection, Mapping

from endpoints.models import Endpoint
from tenants.errors import wrong
from tenants.models import TenantProvider
from tenants.services import provider_create, provider_update
from tenants.services.providers import auth_check

Auth = Mapping[str, str]

DROPPED = (
    "The endpoint moved to another host, so its stored credential was dropped:"
    " a token is never sent to a host that it was not given for. Give it again."
)


def apply(endpoint: Endpoint, hosts: Collection[str], auth: Auth | None) -> str:
    """Sets `endpoint.provider`, which the caller saves; a sentence for the user, or nothing.

    Writes and deletes rows of credentials that belong to this endpoint. Raises `ValidationError`.
    """
    current = endpoint.provider
    if auth is None:
        if current is None or current.auth_type == "none" or set(hosts) <= set(current.hosts):
            return ""
        endpoint.provider = None
        return DROPPED
    if "provider" in auth:
        endpoint.provider = _stored(endpoint, hosts, auth)
    elif auth == {"type": "none"}:
        endpoint.provider = None
    else:
        endpoint.provider = _own(endpoint, hosts, auth)
    return ""


def check(endpoint: Endpoint, auth: Auth | None) -> None:
    """Raises `ValidationError` for what is wrong whatever the hosts are; writes nothing."""
    if auth is not None and "provider" not in auth and auth != {"type": "none"}:
        auth_check(auth, _changed_row(endpoint, auth))


def discard(endpoint: Endpoint) -> None:
    """Deletes the endpoint's own credentials that it uses no longer; after the endpoint's save."""
    TenantProvider.objects.filter(
        tenant_id=endpoint.tenant_id, owner_endpoint_id=endpoint.id
    ).exclude(pk=endpoint.provider_id).delete()


def _stored(endpoint: Endpoint, hosts: Collection[str], auth: Auth) -> TenantProvider:
    for name in auth.keys() - {"provider"}:
        raise wrong(f"auth.{name}", "Leave this out beside `provider`.", "invalid")
    provider = TenantProvider.objects.filter(
        tenant=endpoint.tenant,
        provider=f"custom-{endpoint.channel}",
        owner_endpoint_id__in=("", endpoint.id),
        pk=auth["provider"],
    ).first()
    if provider is None:
        refusal = f"There is no such provider for the channel {endpoint.channel}."
        raise wrong("auth.provider", refusal, "does_not_exist")
    strange = sorted(set(hosts) - set(provider.hosts))
    if strange:
        refusal = (
            f"This credential may not be sent to {strange[0]}. Add that host to the provider, with"
            " the secret given again, or give the endpoint a credential of its own."
        )
        raise wrong("auth.provider", refusal, "host_not_allowed")
    return provider


def _own(endpoint: Endpoint, hosts: Collection[str], auth: Auth) -> TenantProvider:
    """The endpoint's own row, changed if it is of that type, else a new one."""
    row = _changed_row(endpoint, auth)
    if row is not None:
        return provider_update(
            tenant=endpoint.tenant,
            provider=row,
            name=endpoint.name,
            auth=auth,
            hosts=sorted(hosts),
            retest=False,
        )
    return provider_create(
        tenant=endpoint.tenant,
        provider=f"custom-{endpoint.channel}",
        name=endpoint.name,
        auth=auth,
        hosts=sorted(hosts),
        owner_endpoint_id=endpoint.id,
    )


def _changed_row(endpoint: Endpoint, auth: Auth) -> TenantProvider | None:
    row = endpoint.provider
    mine = row is not None and row.owner_endpoint_id == endpoint.id
    return row if row is not None and mine and row.auth_type == auth.get("type") else None
