"""Reads. Every selector of tenant data takes the tenant first."""

from dataclasses import dataclass, replace

from django.db.models import Q, QuerySet
from django.utils import timezone

from tenants.models import ApiKey, Membership, Tenant, TenantProvider
from tenants.plans import PLANS, Plan
from tenants.session_tokens import SessionClaims


@dataclass(frozen=True, slots=True)
class Caller:
    """Who presents a key, complete, read from no database.

    `agent_id` is empty unless the key is restricted to one agent; `expires_at` in seconds since
    the epoch. Ask `expired` on each use: a caller may be kept in memory past its end.
    """

    tenant_id: str
    key_id: str
    digest: str
    scopes: frozenset[str]
    agent_id: str
    plan: Plan
    expires_at: float | None

    def expired(self, now: float) -> bool:
        return self.expires_at is not None and now >= self.expires_at


def caller_by_digest(digest: str) -> Caller | None:
    """The caller of a key that is neither unknown, revoked nor expired; one query."""
    not_over = Q(expires_at__isnull=True) | Q(expires_at__gt=timezone.now())
    row = (
        ApiKey.objects.filter(not_over, digest=digest, revoked_at__isnull=True)
        .values_list("tenant_id", "id", "scopes", "agent_id", "tenant__plan_name", "expires_at")
        .first()
    )
    if row is None:
        return None
    tenant_id, key_id, scopes, agent_id, plan_name, expires_at = row
    ends = expires_at.timestamp() if expires_at else None
    return Caller(tenant_id, key_id, digest, frozenset(scopes), agent_id, PLANS[plan_name], ends)


def refusal_reason(digest: str) -> str:
    """Why `caller_by_digest` gave nothing: `unknown`, `revoked` or `expired`. For logs only."""
    row = ApiKey.objects.filter(digest=digest).values_list("revoked_at").first()
    if row is None:
        return "unknown"
    return "revoked" if row[0] else "expired"


def caller_of_session(claims: SessionClaims, issuer: Caller) -> Caller | None:
    """What a session token may do: less than the key that issued it, and never for longer."""
    if claims.tenant_id != issuer.tenant_id:
        return None
    ends = min(claims.expires_at, issuer.expires_at or claims.expires_at)
    return replace(issuer, scopes=claims.channels, agent_id=claims.agent_id, expires_at=ends)


def api_keys_of(tenant: Tenant) -> QuerySet[ApiKey]:
    return ApiKey.objects.filter(tenant=tenant)


def providers_of(tenant: Tenant) -> QuerySet[TenantProvider]:
    return TenantProvider.objects.filter(tenant=tenant)


def members_of(tenant: Tenant) -> QuerySet[Membership]:
    return Membership.objects.filter(tenant=tenant).select_related("user")
