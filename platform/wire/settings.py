"""What an endpoint may set for its wire format, as data: forms, checks and docs read it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import Raw

from wire.members import loads

OBJECT_LIMIT = 16 * 1024
DEEPEST = 100  # objects and lists in each other, with what stands in the last
TEXT_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Setting:
    """`accepts` names in words what `valid` tests; `default` holds when it is left out."""

    name: str
    help: str
    accepts: str
    default: Any
    valid: Callable[[Any], bool]


def is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def is_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) and name for name in value)


def is_flag_or_names(value: Any) -> bool:
    return is_flag(value) or is_names(value)


def is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


class OneOf:
    """Valid are these words."""

    def __init__(self, *words: str) -> None:
        self.words = words

    def __call__(self, value: Any) -> bool:
        return value in self.words


def is_object(value: Any) -> bool:
    """A JSON object of moderate size, for it goes with every request, that every database keeps."""
    try:
        small = isinstance(value, dict) and len(msgspec.json.encode(value)) <= OBJECT_LIMIT
    except (ValueError, RecursionError):
        return False
    return small and _is_plain(value)


def _is_plain(value: dict[str, Any]) -> bool:
    """Shallow enough for all that shows it again, and of members that `_is_kept` keeps."""
    level: list[Any] = [value]
    for _ in range(DEEPEST):
        if not all(map(_is_kept, level)):
            return False
        level = [part for whole in level for part in _parts(whole)]
        if not level:
            return True
    return False


def _is_kept(part: Any) -> bool:
    """PostgreSQL takes no NUL, and gives 1e30 back as a whole number that few can write again."""
    if isinstance(part, str):
        return "\0" not in part
    return not isinstance(part, int | float) or -(2**63) <= part < 2**63


def _parts(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [*value.keys(), *value.values()]
    return value if isinstance(value, list) else []


ADD_FIELDS = Setting(
    "add_fields",
    "Members that are put into every request, in place of the caller's; in objects, member by"
    " member.",
    "a JSON object of at most 16 KiB and 100 levels, its numbers within 64 bits",
    {},
    is_object,
)


def is_text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= TEXT_LIMIT


DROP_FIELDS = Setting(
    "drop_fields",
    "Members that the endpoint refuses and that are left out of every request.",
    "a list of names",
    [],
    is_names,
)


def without_dropped(fields: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """A request's members without those that `DROP_FIELDS` names."""
    dropped = settings.get(DROP_FIELDS.name, ())
    return {name: value for name, value in fields.items() if name not in dropped}


def with_added(fields: dict[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """A request's members with those of `ADD_FIELDS`; of the others, raw ones stay as they are."""
    added = settings.get(ADD_FIELDS.name)
    return _merged(fields, added) if added else fields


def _merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(under)
    for name, value in over.items():
        below = _opened(merged.get(name)) if isinstance(value, dict) else None
        merged[name] = _merged(below, value) if isinstance(below, dict) else value
    return merged


def _opened(member: Any) -> Any:
    """A member that may be raw; `None` for one that cannot be read."""
    if not isinstance(member, Raw):
        return member
    try:
        return loads(bytes(member))
    except ValueError:
        return None


def setting_errors(known: tuple[Setting, ...], values: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with an endpoint's settings, by name; empty when all is well."""
    by_name = {setting.name: setting for setting in known}
    errors = {}
    for name, value in values.items():
        setting = by_name.get(name)
        if setting is None:
            errors[name] = "This wire format has no such setting."
        elif not setting.valid(value):
            errors[name] = f"Must be {setting.accepts}."
    return errors
