"""Objects that are not typed as they should be: what can be understood of them.

Seen in the wild: numbers as text or with a decimal point, texts that are missing or numbers.
"""

from typing import Any, TypeVar, get_args, get_origin

import msgspec
from msgspec import Struct, structs

from wire.members import loads

S = TypeVar("S", bound=Struct)


def read_kindly(data: bytes, decoder: msgspec.json.Decoder[S], kind: type[S]) -> S | None:
    """The object in `data`, typed as it should be or not; `None` for what is no object."""
    try:
        return decoder.decode(data)
    except (ValueError, RecursionError):
        pass
    try:
        value = loads(data)
    except ValueError:
        return None
    return loosely(value, kind) if isinstance(value, dict) else None


def loosely(value: dict[str, Any], kind: type[S]) -> S:
    """A `kind` of the members that have some meaning; the others have their defaults."""
    read = {
        field.name: _member(value[field.name], field.type)
        for field in structs.fields(kind)
        if field.name in value
    }
    return kind(**{name: member for name, member in read.items() if member is not None})


def _member(value: Any, wanted: Any) -> Any:
    for strict in (True, False):
        try:
            return msgspec.convert(value, wanted, strict=strict)
        except (ValueError, RecursionError):
            continue
    return _inner(value, get_args(wanted) or (wanted,))


def _inner(value: Any, kinds: tuple[Any, ...]) -> Any:
    """An object, or a list of them, with something ill-typed inside; `None` for all else."""
    first = kinds[0]
    if get_origin(first) is list and isinstance(value, list):
        (kind,) = get_args(first)
        return [loosely(item, kind) for item in value if isinstance(item, dict)]
    if isinstance(value, dict) and issubclass(first, Struct):
        return loosely(value, first)
    return None
