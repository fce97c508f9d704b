"""Words for a state, such as an outcome, shown as a label in its colour: everywhere the same."""

from collections.abc import Callable
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString


def badge(value: str) -> SafeString:
    """Its colour is the CSS class `pb-` and the value; one without a class is blue."""
    words = value.replace("_", " ")
    return format_html('<span class="pb-badge pb-{}">{}</span>', words.replace(" ", "-"), words)


def badge_column(description: str) -> Callable[[Callable[..., str]], Callable[..., SafeString]]:
    """A list's column that gives a value, shown as its badge."""

    def mark(column: Callable[..., str]) -> Callable[..., SafeString]:
        def shown(page: Any, row: Any) -> SafeString:
            return badge(column(page, row))

        shown.__dict__["short_description"] = description
        return shown

    return mark
