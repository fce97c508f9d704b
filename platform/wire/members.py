"""JSON whose members are looked at one by one, and JSON that is not quite what it should be."""

import json
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from wire.errors import InvalidRequest

_SPLIT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_BOM = b"\xef\xbb\xbf"

T = TypeVar("T")


def split_members(body: bytes) -> dict[str, msgspec.Raw]:
    """The members of a JSON object, each with its very bytes. Raises `InvalidRequest`."""
    body = body.removeprefix(_BOM)
    try:
        return _SPLIT.decode(body)
    except msgspec.ValidationError:
        raise InvalidRequest("The body must be a JSON object.") from None
    except RecursionError:
        raise InvalidRequest("The body is nested too deeply.") from None
    except ValueError:
        return _split_loosely(body)


def _split_loosely(body: bytes) -> dict[str, msgspec.Raw]:
    """For what JavaScript and Python write and msgspec refuses: half an emoji, NaN.

    Members lose their very bytes, not their value.
    """
    try:
        value = json.loads(body)
    except RecursionError:
        raise InvalidRequest("The body is nested too deeply.") from None
    except ValueError as error:
        raise InvalidRequest(f"The body is not valid JSON: {error}.") from None
    if not isinstance(value, dict):
        raise InvalidRequest("The body must be a JSON object.")
    return {_name(name): raw(member) for name, member in value.items()}


def _name(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def join_members(members: Mapping[str, Any]) -> bytes:
    """The JSON object of these members; `Raw` ones keep their bytes."""
    return msgspec.json.encode(members)


def raw(value: Any) -> msgspec.Raw:
    """A member's bytes, all ASCII, whatever its strings hold."""
    return msgspec.Raw(json.dumps(value, separators=(",", ":")).encode())


def loads(body: bytes) -> Any:
    """A JSON value, read as kindly as can be. Raises `ValueError`, also for endless nesting."""
    try:
        return msgspec.json.decode(body.removeprefix(_BOM))
    except (ValueError, RecursionError):
        pass
    try:
        return json.loads(body.removeprefix(_BOM).decode("utf-8", "replace"))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def dumps(value: Any) -> bytes:
    """A JSON text; of half an emoji its escape, which msgspec does not write."""
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode()


def read_member(fields: Mapping[str, Any], name: str, kind: type[T]) -> T | None:
    """A member as `kind`, `None` when it is missing or null. Raises `InvalidRequest`."""
    member = fields.get(name)
    if member is None:
        return None
    try:
        value = loads(bytes(member))
        return None if value is None else msgspec.convert(value, kind)
    except (ValueError, RecursionError) as error:
        raise InvalidRequest(f"`{name}` cannot be read: {error}.", name) from None
