"""Members of requests that several voice formats have."""

from collections.abc import Mapping
from typing import Any

from wire.errors import InvalidRequest
from wire.members import dumps, loads
from wire.settings import Setting, is_text

VOICE = Setting(
    "voice",
    "The voice to speak with, in place of the one that callers ask for.",
    "a text",
    None,
    is_text,
)


def read_string(fields: Mapping[str, Any], name: str) -> str | None:
    """`None` when it is null or missing. A cut emoji is no fault: texts are cut by machines."""
    member = fields.get(name)
    value = None if member is None else loads(bytes(member))
    if value is None or isinstance(value, str):
        return value
    raise InvalidRequest(f"`{name}` must be a string.", name)


def read_text(fields: Mapping[str, Any], name: str) -> str:
    """What is to be spoken. Raises `InvalidRequest` where there is nothing."""
    text = read_string(fields, name)
    if not text:
        fault = "missing" if text is None else "empty"
        raise InvalidRequest(f"`{name}` is {fault}.", name)
    return text


def without_nulls(members: Mapping[str, Any]) -> bytes:
    """The JSON object of what is not `None`."""
    return dumps({name: value for name, value in members.items() if value is not None})


def voice_of(asked: str | None, settings: Mapping[str, Any]) -> str | None:
    """The endpoint's own voice, else the caller's."""
    own: str | None = settings.get(VOICE.name)
    return own or asked


def short_language(language: str | None) -> str | None:
    """`en` of `en-US`, for formats that know languages without countries."""
    return language.partition("-")[0].lower() if language else None
