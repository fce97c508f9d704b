"""Writes: the one road for REST, admin and commands, split by noun.

A wrong field raises Django's `ValidationError` by field name; a write that the rules forbid raises
`tenants.errors.Refused`. Every write tells the gateways in its own transaction.
"""

from tenants.services.api_keys import api_key_create, api_key_revoke, api_keys_used
from tenants.services.locks import in_turn, locked, tenant_lock
from tenants.services.members import member_add, member_remove, member_set_role
from tenants.services.people import person_new_password, person_own_password, person_set_active
from tenants.services.providers import provider_create, provider_delete, provider_update
from tenants.services.session_tokens import session_token_issue
from tenants.services.tenants import plan_set, tenant_create, tenant_rename

__all__ = [
    "api_key_create",
    "api_key_revoke",
    "api_keys_used",
    "in_turn",
    "locked",
    "member_add",
    "member_remove",
    "member_set_role",
    "person_new_password",
    "person_own_password",
    "person_set_active",
    "plan_set",
    "provider_create",
    "provider_delete",
    "provider_update",
    "session_token_issue",
    "tenant_create",
    "tenant_lock",
    "tenant_rename",
]
