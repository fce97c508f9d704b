"""Form fields made from data: the clocks of an endpoint and the settings of wire formats."""

import json
from typing import Any, TypeVar

import orjson
from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from endpoints.clocks import CLOCKS
from endpoints.models import Channel
from tenants.admin_forms import ServiceForm
from wire.matrix import losses, pairs
from wire.registry import CHANNELS, formats_of, hosted_formats
from wire.settings import ADD_FIELDS, OneOf, Setting, is_count, is_flag, is_object, is_text

CLOCK_LABELS = {
    "connect": "Connect",
    "tls": "TLS handshake",
    "first_byte": "First byte",
    "idle": "Between two pieces",
    "total": "Whole answer",
}

_Form = TypeVar("_Form", bound=type[ServiceForm])


class WordField(forms.ChoiceField):
    """A setting that is one of several words."""


class TextField(forms.CharField):
    """A setting that is whatever was typed."""


class ObjectField(forms.CharField):
    """A setting that is a JSON object, read as REST reads it; `None` is shown as nothing."""

    def prepare_value(self, value: Any) -> Any:
        return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value

    def to_python(self, value: Any) -> Any:
        if isinstance(value, dict):
            return value
        text = super().to_python(value)
        try:
            found = orjson.loads(text) if text else None
        except orjson.JSONDecodeError as error:
            raise ValidationError(f"It is not JSON: {error}.", "invalid") from error
        if found is not None and not is_object(found):
            raise ValidationError(f"Must be {ADD_FIELDS.accepts}.", "invalid")
        return found


def channels() -> list[tuple[str, str]]:
    """Channels that have a wire format; the others cannot be patched yet."""
    return [(name, Channel(name).label) for name in CHANNELS if formats_of(name)]


def setting_field_name(wire_format: str, setting: str) -> str:
    return f"setting_{wire_format}_{setting}"


def setting_field_names() -> list[str]:
    return [
        setting_field_name(name, setting.name)
        for channel in CHANNELS
        for name, wire in formats_of(channel).items()
        for setting in wire.settings
    ]


def clock_field_names() -> list[str]:
    return [f"timeout_{name}" for name in CLOCK_LABELS]


def _setting_field(wire_format: str, setting: Setting) -> forms.Field:
    attributes = {"data-when": f"wire_format={wire_format}"}
    label = setting.name.replace("_", " ").capitalize()
    default = "none" if setting.default == [] else json.dumps(setting.default)
    text = setting.help.replace("`", "")
    if setting.valid is is_flag:
        choices = [("", f"Default ({'yes' if setting.default else 'no'})"),
                   ("true", "Yes"), ("false", "No")]  # fmt: skip
        select = UnfoldAdminSelectWidget(attributes)
        return forms.ChoiceField(
            label=label, help_text=text, required=False, choices=choices, widget=select
        )
    if isinstance(setting.valid, OneOf):
        words = [
            ("", f"Default ({setting.default})"),
            *((each, each) for each in setting.valid.words),
        ]
        return WordField(
            label=label,
            help_text=text,
            required=False,
            choices=words,
            widget=UnfoldAdminSelectWidget(attributes),
        )
    if setting.valid is is_count:
        return forms.IntegerField(
            label=label,
            help_text=f"{text} Default: {default}",
            required=False,
            widget=UnfoldAdminIntegerFieldWidget(attributes),
        )
    if setting.valid is is_object:
        return ObjectField(
            label=label,
            help_text=f"{text} {capfirst(setting.accepts)}.",
            required=False,
            widget=UnfoldAdminTextareaWidget({**attributes, "rows": 3}),
        )
    if setting.valid is is_text:
        return TextField(
            label=label,
            help_text=text,
            required=False,
            widget=UnfoldAdminTextInputWidget(attributes),
        )
    return forms.CharField(
        label=label,
        help_text=f"{text} {capfirst(setting.accepts)}, separated by commas. Default: {default}",
        required=False,
        widget=UnfoldAdminTextInputWidget(attributes),
    )


def wire_format_help() -> SafeString:
    """What a wire format is, and what callers of another lose at an endpoint of the one chosen."""
    lines = [
        (far, hosted_formats(channel)[near].label, ", ".join(gone).replace("`", ""))
        for channel in CHANNELS
        for near, far in pairs(channel)
        if (gone := losses(near, far, channel))
    ]
    told = (
        '<span data-when="wire_format={}"><br>Callers of {} can be answered too, but for: {}.'
        "</span>"
    )
    return format_html("What your server speaks.{}", format_html_join("", told, lines))


def _clock_field(name: str) -> forms.Field:
    return forms.FloatField(
        label=CLOCK_LABELS[name],
        required=False,
        help_text=f"Seconds. {_bounds(name)}",
        widget=UnfoldAdminDecimalFieldWidget({"step": "any"}),
    )


def _bounds(clock: str) -> str:
    """In words; by channel where they differ."""
    by_text: dict[str, list[str]] = {}
    for channel, label in channels():
        bound = CLOCKS[channel][clock]
        text = f"Default {bound.default:g}; {bound.least:g} to {bound.most:g}"
        by_text.setdefault(text, []).append(label)
    if len(by_text) == 1:
        return f"{next(iter(by_text))}."
    return " ".join(f"{', '.join(labels)}: {text.lower()}." for text, labels in by_text.items())


def _generated() -> dict[str, forms.Field]:
    found = {f"timeout_{name}": _clock_field(name) for name in CLOCK_LABELS}
    for channel in CHANNELS:
        for name, wire in formats_of(channel).items():
            for setting in wire.settings:
                found[setting_field_name(name, setting.name)] = _setting_field(name, setting)
    return found


def with_generated(form: _Form) -> _Form:
    """Gives a form class a field for every clock and every setting of every wire format."""
    for fields in (form.declared_fields, form.base_fields):
        fields.update(_generated())
    return form


def read_setting(field: forms.Field, text: Any) -> Any:
    """A setting as it was typed: a number, an object, a word, a text, `true`, `false`, or names."""
    if not isinstance(text, str):
        return text
    if isinstance(field, WordField | TextField):
        return text or None
    if text in ("true", "false"):
        return text == "true"
    return [name.strip() for name in text.split(",") if name.strip()] if text else None


def written_setting(value: Any) -> Any:
    if isinstance(value, dict):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
