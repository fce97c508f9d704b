"""Who may sign in to a tenant, and as what."""

import secrets

from django.db import IntegrityError, transaction

from tenants.errors import Conflict, wrong
from tenants.models import Membership, Role, Tenant, User
from tenants.services.locks import locked, tenant_lock
from tenants.services.people import person_new_password
from vault.secret import Secret


@transaction.atomic
def member_add(
    *, tenant: Tenant, email: str, role: str, by_operator: bool = False
) -> tuple[Membership, Secret | None]:
    """The membership, and a password to hand over once; `None` if the person keeps their own.

    Only an operator adds a person whom another tenant has brought in. That tenant may know the
    password and would get in here with it, so the person gets a new one, which ends their sessions.
    Other operators keep theirs: no tenant has ever seen it.
    """
    tenant_lock(tenant)
    email = User.objects.normalize_email(email.strip()).lower()
    password = None if User.objects.filter(email=email).exists() else _new_person(email)
    user = User.objects.get(email=email)
    if password is None:
        password = _bring_in(tenant, user, by_operator=by_operator)
    membership = Membership(tenant=tenant, user=user, role=_known_role(role))
    membership.save(force_insert=True)
    return membership, password


@transaction.atomic
def member_set_role(*, tenant: Tenant, membership: Membership, role: str) -> Membership:
    _keep_an_owner(tenant, membership, leaves=role != Role.OWNER)
    membership = locked(Membership.objects.filter(tenant=tenant), membership)
    membership.role = _known_role(role)
    membership.save(update_fields=["role"])
    return membership


@transaction.atomic
def member_remove(*, tenant: Tenant, membership: Membership) -> None:
    """The person may still sign in, and sees what other tenants they belong to."""
    _keep_an_owner(tenant, membership, leaves=True)
    membership.delete()


def _new_person(email: str) -> Secret | None:
    """Their password; `None` if another tenant brings them in at this very moment."""
    password = Secret(secrets.token_urlsafe(18))
    user = User(email=email)
    user.set_password(password.reveal())
    user.full_clean(validate_unique=False)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError:
        return None
    return password


def _bring_in(tenant: Tenant, user: User, *, by_operator: bool) -> Secret | None:
    """Another password for a person who is known, or `None` if they keep theirs."""
    if Membership.objects.filter(tenant=tenant, user=user).exists():
        raise wrong("email", "Already a member.", "unique")
    if not by_operator:
        raise Conflict("person_known_elsewhere", "Ask the operator to add this person.")
    return None if user.is_superuser else person_new_password(user=user)


def _keep_an_owner(tenant: Tenant, membership: Membership, *, leaves: bool) -> None:
    """Two owners who leave at once do so one after the other."""
    tenant_lock(tenant)
    owners = Membership.objects.filter(tenant=tenant, role=Role.OWNER)
    if leaves and list(owners.values_list("pk", flat=True)) == [membership.pk]:
        raise Conflict("last_owner", "A tenant keeps at least one owner.")


def _known_role(role: str) -> str:
    if role not in Role.values:
        raise wrong("role", f"A role is one of: {', '.join(Role.values)}.", "invalid_choice")
    return role
