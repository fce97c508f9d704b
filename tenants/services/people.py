"""What an operator does for a person who cannot help themselves."""

import secrets

from django.db import transaction

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
