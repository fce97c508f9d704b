"""Form fields for credentials, made from what the auth types declare. Secrets go in, never out."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from django import forms
from django.utils.html import escape
from unfold.widgets import (
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from egress.auth.base import AuthField
from egress.auth.registry import auth_types
from tenants.admin_forms import ServiceForm
from tenants.admin_meanwhile import Shown
from tenants.models import TenantProvider
from vault.secret import Secret

TYPE = "auth_type"

_Form = TypeVar("_Form", bound=type[ServiceForm])


def field_name(auth_type: str, name: str) -> str:
    return f"auth_{auth_type}_{name}"


def field_names() -> list[str]:
    """The form's fields in the order in which they are shown."""
    return [TYPE, *_fields()]


def with_auth(*more: tuple[str, str]) -> Callable[[_Form], _Form]:
    """Gives a form class the fields; `more` are choices beside the auth types."""

    def add(form: _Form) -> _Form:
        choices = [(name, each.label) for name, each in auth_types().items()]
        choices.sort(key=lambda choice: choice[0] != "none")
        select = forms.ChoiceField(
            label="Authentication", choices=[*choices, *more], widget=UnfoldAdminSelectWidget
        )
        for fields in (form.declared_fields, form.base_fields):
            fields.update({TYPE: select, **_fields()})
        return form

    return add


def _fields() -> dict[str, forms.Field]:
    found: dict[str, forms.Field] = {}
    for name, each in auth_types().items():
        for field in each.fields:
            found[field_name(name, field.name)] = _field(name, field, UnfoldAdminTextInputWidget)
        for field in each.secret_fields:
            found[field_name(name, field.name)] = _field(name, field, UnfoldAdminPasswordWidget)
    return found


def _field(auth_type: str, field: AuthField, widget: Any) -> forms.Field:
    attributes = {"data-when": f"{TYPE}={auth_type}", "autocomplete": "new-password"}
    return forms.CharField(
        label=field.label,
        help_text=field.help.replace("`", ""),
        required=False,
        strip=True,
        widget=widget(attrs=attributes),
    )


class AuthForm(ServiceForm):
    """A form with credentials; `stored` is the row whose secrets are kept when none are given."""

    stored: TenantProvider | None = None

    def show_stored(self, row: TenantProvider | None) -> None:
        """Says which secret is there, by its last four characters, and fills in what is open."""
        self.stored = row
        self.fields[TYPE].initial = row.auth_type if row else "none"
        if row is None or row.auth_type not in auth_types():
            return
        for name, value in row.settings.items():
            if (own := field_name(row.auth_type, name)) in self.fields:
                self.fields[own].initial = value
        for own in self._stored_secrets():
            self.fields[own].help_text = f"{escape(mask(row))}. Leave this empty to keep it."

    def _stored_secrets(self) -> Iterator[str]:
        """The fields of what is stored, and left empty to keep it."""
        auth_type = auth_types().get(self.stored.auth_type) if self.stored else None
        if auth_type is not None:
            for field in auth_type.secret_fields:
                yield field_name(auth_type.name, field.name)

    def shown(self) -> Shown:
        """A secret by its mask."""
        masks = {own: mask(self.stored) for own in self._stored_secrets() if self.stored}
        return {**super().shown(), **masks}

    def agrees(self, name: str, now: str) -> bool:
        """Of a secret it is enough that it ends alike: who clicks twice has changed nothing."""
        if name not in self._stored_secrets():
            return super().agrees(name, now)
        typed = self._typed(name)
        return not typed or now.partition(", updated")[0] == masked(Secret(typed).last4)

    def _post_clean(self) -> None:
        """A page never holds a secret, so one that was typed is not kept with the rest."""
        super()._post_clean()
        for own in self._stored_secrets() if self.errors else ():
            if self._typed(own):
                self.add_error(own, "Type it again, or leave it empty to keep the stored one.")

    def auth(self) -> dict[str, str]:
        """What was filled in for the chosen type, as the services take it."""
        chosen = self.cleaned_data[TYPE]
        auth_type = auth_types()[chosen]
        names = [field.name for field in (*auth_type.fields, *auth_type.secret_fields)]
        given = {name: self.cleaned_data[field_name(chosen, name)] for name in names}
        return {"type": chosen, **{name: value for name, value in given.items() if value}}

    def auth_changed(self) -> bool:
        return any(name == TYPE or name.startswith("auth_") for name in self.changed_data)

    def field_named(self, name: str) -> str:
        base, dot, rest = name.partition(".")
        if base != "auth":
            return name
        if not dot or rest == "type":
            return TYPE
        return field_name(self.cleaned_data.get(TYPE, ""), rest)


def mask(row: TenantProvider) -> str:
    """What may be shown of a stored secret: `•••• 9f2c, updated 2026-11-20`."""
    if row.secrets_updated_at is None:
        return short_mask(row)
    return f"{short_mask(row)}, updated {row.secrets_updated_at:%Y-%m-%d %H:%M} UTC"


def short_mask(row: TenantProvider) -> str:
    """The same for a narrow column: `•••• 9f2c`."""
    if row.secrets_updated_at is None:
        return "No secret"
    return masked(row.last4)


def masked(last4: str) -> str:
    """A short secret shows no characters at all."""
    return f"•••• {last4}".strip()


def open_facts(row: TenantProvider) -> Mapping[str, str]:
    """The open fields of a credential by their labels."""
    auth_type = auth_types().get(row.auth_type)
    labels = {field.name: field.label for field in auth_type.fields} if auth_type else {}
    return {labels.get(name, name): str(value) for name, value in row.settings.items()}
