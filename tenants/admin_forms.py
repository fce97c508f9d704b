"""Forms of the admin: they hand what was posted to a service, and show what it refuses."""

from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction
from django.db.models import Model

from tenants.admin_scope import Scope
from tenants.errors import Refused
from vault.secret import Secret


@dataclass(frozen=True, slots=True)
class ToldOnce:
    """A secret that is shown on the page after a save, and never again."""

    title: str
    text: Secret
    advice: str


class ServiceForm(forms.ModelForm):  # type: ignore[type-arg]  # one form class for all models
    """Writes through a service, which alone knows the rules.

    The write happens as the last step of validation, in a savepoint, so that what the service
    refuses is shown at the field it speaks of. The posted values never touch the model directly.
    """

    scope: ClassVar[Scope]
    told_once: "ToldOnce | None" = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """What is shown stands on the fields: Django would write a row's list as Python does."""
        super().__init__(*args, **kwargs)
        self.initial = {}

    def write(self) -> Model:
        """Calls the service. Raises `ValidationError`."""
        raise NotImplementedError

    def _post_clean(self) -> None:
        if self.errors:
            return
        try:
            with transaction.atomic():
                self.instance = self.write()
        except ValidationError as error:
            self._report(error)
        except Refused as refusal:
            self.add_error(None, refusal.detail)

    def _report(self, error: ValidationError) -> None:
        found = error.error_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: [error]}
        for name, errors in found.items():
            field = self.field_named(name)
            for each in errors:
                self.add_error(field if field in self.fields else None, each)

    def field_named(self, name: str) -> str:
        """This form's field for what the service calls `name`."""
        return name

    def save(self, commit: bool = True) -> Any:
        return self.instance

    def save_m2m(self) -> None:
        """Services write relations themselves."""
