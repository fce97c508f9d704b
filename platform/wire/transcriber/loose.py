"""Messages of transcribers: JSON objects, of which a wrong member is as good as none."""

from collections.abc import Mapping
from typing import Any

from wire.members import loads

Members = Mapping[str, Any]


def read(text: bytes) -> Members | None:
    """`None` for what is no JSON object."""
    try:
        value = loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def text_of(value: Any) -> str:
    return value if isinstance(value, str) else ""


def name_of(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def number_of(value: Any) -> float | None:
    """JSON's integers have no bound; a number that is no float is as good as none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return None


def count_of(value: Any) -> int:
    """A whole number above zero, else 0."""
    number = number_of(value)
    return int(number) if number is not None and 0 < number < 2**31 and number % 1 == 0 else 0


def list_of(value: Any) -> list[Members]:
    """The objects in it."""
    if not isinstance(value, list):
        return []
    return [each for each in value if isinstance(each, dict)]


def object_of(value: Any) -> Members:
    return value if isinstance(value, dict) else {}
