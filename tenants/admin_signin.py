"""Signing in to the admin, by e-mail and with a limit on guessing; and one's own password."""

import hashlib
from typing import Any

from django import forms
from django.core.cache import cache
from django.core.exceptions import ValidationError
from unfold.forms import AdminOwnPasswordChangeForm, AuthenticationForm

from tenants import services
from tenants.admin_scope import may_enter
from tenants.errors import Refused

GUESSES = 10  # wrong passwords for one e-mail from one address …
GUESSES_OF_ADDRESS = 50  # … and for all of them, right ones in between or not …
WINDOW = 15 * 60  # … in so many seconds
REFUSAL = "Too many attempts. Wait 15 minutes and try again."


class SignInForm(AuthenticationForm):  # type: ignore[misc]  # unfold has no types
    """Answers alike for a wrong password and an unknown person, also when it stops answering."""

    username = forms.EmailField(label="E-mail", widget=forms.EmailInput(attrs={"autofocus": True}))
    error_messages = {
        **AuthenticationForm.error_messages,
        "invalid_login": "Wrong e-mail or password.",
    }

    def clean_username(self) -> str:
        email: str = self.cleaned_data["username"]
        return email.lower()

    def clean(self) -> Any:
        address = self.request.META.get("REMOTE_ADDR", "") if self.request else ""
        of_person = _count_of(f"{self.cleaned_data.get('username', '')}\n{address}")
        most = {of_person: GUESSES, _count_of(address): GUESSES_OF_ADDRESS}
        if any(cache.get(count, 0) >= limit for count, limit in most.items()):
            raise ValidationError(REFUSAL, code="too_many")
        try:
            cleaned = super().clean()
        except ValidationError:
            for count in most:
                cache.add(count, 0, WINDOW)
                cache.incr(count)
            raise
        if self.get_user() is not None:  # an empty password is no error here
            cache.delete(of_person)
        return cleaned

    def confirm_login_allowed(self, user: Any) -> None:
        super().confirm_login_allowed(user)
        if not may_enter(user):
            raise ValidationError("This account belongs to no tenant.", code="no_tenant")


class OwnPasswordForm(AdminOwnPasswordChangeForm):  # type: ignore[misc]  # unfold has no types
    """Writes the password and nothing else, as the last step of validation."""

    def clean(self) -> Any:
        cleaned = super().clean()
        if not self.errors:
            try:
                services.person_own_password(user=self.user, password=cleaned["new_password1"])
            except Refused as refusal:
                self.add_error(None, refusal.detail)
        return cleaned

    def save(self, commit: bool = True) -> Any:
        return self.user


def _count_of(who: str) -> str:
    """The key of a count; an e-mail may hold what no key of a cache may."""
    return "admin-guesses-" + hashlib.sha256(who.encode()).hexdigest()
