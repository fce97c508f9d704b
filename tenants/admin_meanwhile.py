"""What others saved while a form was open: it is told, and not silently set back.

A page posts back what it showed when it was opened, field by field. Under the tenant's turn to
write, that is held against what the page would show now.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from django import forms
from django.core.exceptions import ValidationError
from django.utils.choices import flatten_choices

# A form's values by field, as they stand in the page; empty ones left out.
Shown = Mapping[str, str]

NAME = "opened"  # of the hidden input


@dataclass(frozen=True, slots=True)
class Change:
    """Of one field by somebody else; `typed` says whether the person here changed it, too."""

    field: str
    before: str
    now: str
    typed: bool

    def told(self, field: forms.Field) -> str:
        """Beside the field: what its value there does not say."""
        if self.typed:
            return f"Meanwhile somebody else made it {_named(field, self.now)}."
        return f"Somebody else changed it. It was {_named(field, self.before)}."


def shown(form: forms.BaseForm) -> dict[str, str]:
    """What a form that nobody has filled in shows."""
    texts = {
        name: written(field.prepare_value(form.get_initial_for_field(field, name)))
        for name, field in form.fields.items()
    }
    return {name: text for name, text in texts.items() if text}


def written(value: object) -> str:
    """As a browser posts it, but for the ends of lines."""
    return "" if value is None else str(value).replace("\r\n", "\n")


def read(text: str) -> dict[str, str]:
    """What a page posted as `NAME`; a page that posts nothing readable has shown nothing."""
    try:
        found = orjson.loads(text)
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    return {name: value for name, value in found.items() if isinstance(value, str)}


def same(field: forms.Field, one: str, other: str) -> bool:
    """Whether two spellings mean the same, as 15 and 15.0 do."""
    try:
        return bool(field.to_python(one) == field.to_python(other))
    except ValidationError:
        return one == other


def headline(kind: str, labels: list[str]) -> str:
    return (
        f"Somebody else changed this {kind} after you opened the page: {', '.join(labels)}."
        " What you typed is kept, all else is as it is now. Look it over and save again."
    )


def _named(field: forms.Field, text: str) -> str:
    """A value as the page shows it: of a choice its label."""
    if isinstance(field, forms.ChoiceField):
        choices: Any = field.choices
        text = str(dict(flatten_choices(choices)).get(text, text))
    return f"“{text}”" if text else "empty"
