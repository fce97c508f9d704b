"""Forms of the admin: they hand what was posted to a service, and show what it refuses."""

import json
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction
from django.db.models import Model

from tenants import admin_meanwhile as meanwhile
from tenants.admin_meanwhile import Change, Shown
from tenants.admin_scope import Scope
from tenants.errors import Refused
from tenants.services import in_turn
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

    A save over what somebody else has saved since the page was opened is refused, and told.
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

    def shown(self) -> Shown:
        """What the page says of the row, by field, before anybody has typed."""
        return meanwhile.shown(self)

    @property
    def faulty(self) -> list[forms.BoundField]:
        """The fields to look at, for the line above the form."""
        return [field for field in self if field.errors]

    @property
    def opened(self) -> str:
        """For the page to post back: what it showed when it was opened, as JSON."""
        if self.is_bound:
            return str(self.data.get(meanwhile.NAME, ""))
        return "" if self.instance._state.adding else json.dumps(self.shown())

    def _post_clean(self) -> None:
        if self.errors:
            return
        try:
            with transaction.atomic():
                if self._is_current():
                    self.instance = self.write()
        except ValidationError as error:
            self._report(error)
        except Refused as refusal:
            self.add_error(None, refusal.detail)

    def _is_current(self) -> bool:
        """Whether nothing was changed since the page was opened; it stays so until the write."""
        if self.instance._state.adding:
            return True
        self.instance = in_turn(getattr(self.instance, "tenant", self.instance), self.instance)
        as_it_is = type(self)(instance=self.instance)
        found = self._changes(as_it_is.shown())
        told = [each for each in found if self._matters(each.field)]
        if told:
            self._catch_up(found, as_it_is)
            self._tell(told)
        return not told

    def _changes(self, now: Shown) -> list[Change]:
        """Those of others, but for what the person here wants as well."""
        opened, found = meanwhile.read(self.opened), []
        for name, field in self.fields.items():
            before, after = opened.get(name, ""), now.get(name, "")
            if not meanwhile.same(field, before, after) and not self.agrees(name, after):
                typed = not meanwhile.same(field, before, self._typed(name))
                found.append(Change(name, before, after, typed))
        return found

    def agrees(self, name: str, now: str) -> bool:
        """Whether what was typed leaves a field as it is now."""
        return meanwhile.same(self.fields[name], self._typed(name), now)

    def _typed(self, name: str) -> str:
        return meanwhile.written(self[name].data)

    def _matters(self, name: str) -> bool:
        """Not where the page hides it for what was chosen elsewhere, as `admin.js` has it."""
        leader, _, values = self.fields[name].widget.attrs.get("data-when", "").partition("=")
        return leader not in self.fields or self._typed(leader) in values.split(" ")

    def _catch_up(self, found: list[Change], as_it_is: "ServiceForm") -> None:
        """Makes the page what it would be if it were opened now, but for what was typed."""
        posted = {name: self.data[name] for name in self.data}
        left_alone = {self.add_prefix(each.field): each.now for each in found if not each.typed}
        self.data = {**posted, **left_alone, meanwhile.NAME: as_it_is.opened}

    def _tell(self, found: list[Change]) -> None:
        for each in found:
            self.add_error(each.field, each.told(self.fields[each.field]))
        labels = [str(self[each.field].label) for each in found]
        kind = str(self._meta.model._meta.verbose_name)
        self.add_error(None, meanwhile.headline(kind, labels))

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
