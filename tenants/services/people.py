"""Who may sign in, and with which password: an operator's word stands over the person's own."""

import secrets

from django.db import transaction

from tenants.errors import Conflict
from tenants.models import User
from vault.secret import Secret


@transaction.atomic
def person_set_active(*, user: User, active: bool) -> User:
    """One who is not active is out at once, in every tenant, and stays a member."""
    user.is_active = active
    user.save(update_fields=["is_active"])
    return user


@transaction.atomic
def person_new_password(*, user: User) -> Secret:
    """A password to hand over once; the old one and every session end."""
    password = Secret(secrets.token_urlsafe(18))
    user.set_password(password.reveal())
    user.save(update_fields=["password"])
    return password


def person_own_password(*, user: User, password: str) -> None:
    """What the person chose, who has just shown the one from before.

    Raises `Conflict` if an operator has locked them out or given them another one meanwhile.
    """
    before = user.password
    user.set_password(password)
    unchanged = User.objects.filter(pk=user.pk, is_active=True, password=before)
    if not unchanged.update(password=user.password):
        user.refresh_from_db()
        raise Conflict("password_changed", "The operator has just changed your account.")
