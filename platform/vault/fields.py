"""The model field whose column holds only ciphertext."""

from typing import Any

from django import forms
from django.core import checks
from django.core.exceptions import FieldError, ValidationError
from django.db import models
from django.db.models.query_utils import DeferredAttribute

from vault import envelope, keys
from vault.envelope import Place
from vault.secret import Secret

_EMPTY = Secret("")


class SealedText:
    """A column's ciphertext; it shows nothing and cannot be opened by itself."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return "<sealed>"


class SealedSecret(Secret):
    """A stored secret: opened by `reveal()` and by nothing else, not even for its last four."""

    __slots__ = ("place", "sealed")

    def __init__(self, sealed: str, place: Place) -> None:
        self.sealed = sealed
        self.place = place

    def reveal(self) -> str:
        """Raises `SecretUnreadable`."""
        key = keys.opening_key(self.place.tenant, envelope.key_id_of(self.sealed))
        return Secret(envelope.unseal(key, self.place, self.sealed)).reveal()

    @property
    def last4(self) -> str:
        return ""

    def __bool__(self) -> bool:
        return True


class _SecretAttribute(DeferredAttribute):
    """Keeps what was assigned; gives a `Secret`, bound to the row in which it was read."""

    field: "EncryptedTextField"

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        value = super().__get__(instance, owner)
        if isinstance(value, SealedText):
            value = SealedSecret(value.text, self.field.place_of(instance))
            instance.__dict__[self.field.attname] = value
        return _EMPTY if value == "" else value

    def __set__(self, instance: Any, value: Any) -> None:
        name = self.field.attname
        if isinstance(value, str):
            value = Secret(value) if value else ""
        elif isinstance(value, SealedText) and {"tenant_id", self._pk_name} <= set(vars(instance)):
            value = SealedSecret(value.text, self.field.place_of(instance))
        elif not (value is None or isinstance(value, Secret | SealedText)):
            raise TypeError(f"{self.field.name} takes a str or a Secret")
        instance.__dict__[name] = value

    @property
    def _pk_name(self) -> str:
        return self.field.model._meta.pk.attname


class SecretFormField(forms.CharField):
    """Write-only: never shows what is stored, and left empty it keeps it."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault(
            "widget", forms.PasswordInput(attrs={"autocomplete": "off"}, render_value=False)
        )
        super().__init__(**kwargs)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(data)


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]
    """Text encrypted at rest, bound to its tenant, table, column and row.

    Assign a `str` or a `Secret`; read a `Secret`. The model needs a `tenant_id`, and a primary key
    that is known before the row is written; both are declared before this field. Only `save()` and
    `bulk_create()` write it: `update()` and `bulk_update()` take an empty value or raise
    `TypeError`. Lookups raise `FieldError`. `values()` gives an opaque `SealedText`.
    """

    _pyi_private_set_type: str | Secret  # type: ignore[assignment]
    _pyi_private_get_type: Secret  # type: ignore[assignment]

    descriptor_class = _SecretAttribute

    def place_of(self, instance: models.Model) -> Place:
        """Raises `ValueError` when the row has no tenant or key yet."""
        return self.place(instance.tenant_id, instance.pk)  # type: ignore[attr-defined]

    def place(self, tenant: Any, row: Any) -> Place:
        if tenant is None or row is None:
            raise ValueError(f"{self}: tenant_id and primary key come before the secret")
        options = self.model._meta
        return Place(
            tenant=str(_python(options.get_field("tenant_id"), tenant)),
            table=options.db_table,
            column=str(self.column),
            row=str(_python(options.pk, row)),
        )

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return SealedText(value) if value else value

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = getattr(model_instance, self.attname)
        if not value:
            return value if value is None else ""
        place = self.place_of(model_instance)
        if isinstance(value, SealedSecret) and value.place == place:
            return SealedText(value.sealed)
        text = value.reveal()
        return SealedText(envelope.seal(keys.sealing_key(place.tenant), place, text))

    def get_prep_value(self, value: Any) -> Any:
        if value is None or value == "":
            return value
        if not isinstance(value, SealedText):
            raise TypeError(f"{self.name} is encrypted: assign it and save(), there is no update()")
        return value.text

    def to_python(self, value: Any) -> Any:
        return value

    def validate(self, value: Any, model_instance: models.Model | None) -> None:
        if not value and not self.blank:
            raise ValidationError(self.error_messages["blank"], code="blank")

    def get_lookup(self, lookup: str) -> Any:
        if lookup != "isnull":
            raise FieldError(f"{self.name} is encrypted and cannot be searched")
        return super().get_lookup(lookup)

    def get_transform(self, name: str) -> Any:
        raise FieldError(f"{self.name} is encrypted and cannot be searched")

    def value_to_string(self, obj: models.Model) -> str:
        raise TypeError(f"{self.name} is encrypted: back up the database itself, not a dump of it")

    def formfield(self, **kwargs: Any) -> Any:
        return models.Field.formfield(self, **{"form_class": SecretFormField, **kwargs})

    def save_form_data(self, instance: models.Model, data: Any) -> None:
        if data:
            super().save_form_data(instance, data)

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        return [*super().check(**kwargs), *self._check_model(), *self._check_options()]

    def _check_model(self) -> list[checks.CheckMessage]:
        names = [field.attname for field in self.model._meta.concrete_fields]
        pk = self.model._meta.pk
        before = names[: names.index(self.attname)]
        if "tenant_id" not in before or pk.attname not in before:
            return [self._error("needs a tenant_id and the primary key declared before it", "E001")]
        if isinstance(pk, models.AutoField):
            return [self._error("needs a primary key that is known before the insert", "E002")]
        return []

    def _check_options(self) -> list[checks.CheckMessage]:
        if (
            self.unique
            or vars(self)["db_index"]
            or self.choices
            or self.db_default is not models.NOT_PROVIDED
        ):
            return [self._error("cannot be unique, indexed, or have choices or db_default", "E003")]
        return []

    def _error(self, text: str, number: str) -> checks.Error:
        return checks.Error(f"An encrypted field {text}.", obj=self, id=f"vault.{number}")


def _python(field: Any, value: Any) -> Any:
    """`value` as the model sees it, from how the database may write it (a UUID's digits)."""
    return getattr(field, "target_field", field).to_python(value)
