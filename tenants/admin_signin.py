"""Signing in to the admin: by e-mail, with a limit on guessing."""

import hashlib
from typing import Any

from django import forms
from django.core.cache import cache
from django.core.exceptions import ValidationError
from unfold.forms import AuthenticationForm

from tenants.admin_scope import may_enter

GUESSES = 10  # wrong passwords for one e-mail from one address …
WINDOW = 15 * 60  # … in so many seconds
REFUSAL = "Too many attempts. Wait 15 minutes and try again."


class SignInForm(AuthenticationForm):  # type: ignore[misc]  # unfold has no types
    """Answers alike for a wrong password and an unknown person, also when it stops answering."""

    username = forms.EmailField(label="E-mail", widget=forms.EmailInput(attrs={"autofocus": True}))

    def clean_username(self) -> str:
        email: str = self.cleaned_data["username"]
        return email.lower()

    def clean(self) -> Any:
        guesses = self._guesses()
        if cache.get(guesses, 0) >= GUESSES:
            raise ValidationError(REFUSAL, code="too_many")
        try:
            cleaned = super().clean()
        except ValidationError:
            cache.add(guesses, 0, WINDOW)
            cache.incr(guesses)
            raise
        if self.get_user() is not None:  # an empty password is no error here
            cache.delete(guesses)
        return cleaned

    def confirm_login_allowed(self, user: Any) -> None:
        super().confirm_login_allowed(user)
        if not may_enter(user):
            raise ValidationError("This account belongs to no tenant.", code="no_tenant")

    def _guesses(self) -> str:
        address = self.request.META.get("REMOTE_ADDR", "") if self.request else ""
        who = f"{self.cleaned_data.get('username', '')}\n{address}"
        return "admin-guesses-" + hashlib.sha256(who.encode()).hexdigest()
