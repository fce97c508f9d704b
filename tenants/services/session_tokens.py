"""Session tokens: issued by a key, stored nowhere."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from tenants import agents, keys, session_tokens
from tenants.errors import wrong
from tenants.models import ApiKey
from vault.secret import Secret


def session_token_issue(
    *, key: ApiKey, agent_id: str, channels: Sequence[str], ttl: int
) -> tuple[Secret, datetime]:
    """The token and when it ends, `ttl` seconds from now or with the key, whichever is earlier."""
    if not channels or not keys.HOSTED_SCOPES.issuperset(channels):
        known = ", ".join(scope for scope in keys.SCOPES if scope in keys.HOSTED_SCOPES)
        raise wrong("channels", f"Name one or more of: {known}.", "invalid_choice")
    if not session_tokens.MIN_TTL <= ttl <= session_tokens.MAX_TTL:
        bounds = f"from {session_tokens.MIN_TTL} to {session_tokens.MAX_TTL}"
        raise wrong("ttl", f"It must be a number of seconds {bounds}.", "invalid")
    if not agents.belongs(key.tenant_id, agent_id):
        raise wrong("agent", "There is no such agent.", "does_not_exist")
    ends = timezone.now().replace(microsecond=0) + timedelta(seconds=ttl)
    ends = min(ends, key.expires_at or ends)
    claims = session_tokens.SessionClaims(
        tenant_id=key.tenant_id,
        agent_id=agent_id,
        channels=frozenset(channels),
        issuer=key.digest,
        expires_at=int(ends.timestamp()),
    )
    return session_tokens.issue(claims, settings.SECRET_KEY), ends
