"""What an endpoint says of its own failing, in whatever shape it says it."""

from typing import Any

from wire.events import Failure
from wire.members import loads

_UNNAMED = "The endpoint reports an error."
_NO_REASON = "The endpoint gives no reason."
_MESSAGE_LIMIT = 1000
_CODE_LIMIT = 100


def described(error: Any, *codes: str) -> Failure:
    """An `error` member: an object, whose code is the first of `codes` in it, or a sentence."""
    if not isinstance(error, dict):
        return Failure((_shown(error) if error else _UNNAMED)[:_MESSAGE_LIMIT])
    message = error.get("message") or error.get("detail") or _UNNAMED
    code = next((error[name] for name in codes if error.get(name)), None)
    shown = None if code is None else _shown(code)[:_CODE_LIMIT]
    return Failure(_shown(message)[:_MESSAGE_LIMIT], shown)


def read_failure(body: bytes, *codes: str) -> Failure:
    """The body of a 4xx or 5xx: an object with an `error`, or in an array, or just text."""
    try:
        value = loads(body)
    except ValueError:
        value = body.decode("utf-8", "replace").strip()
    if isinstance(value, list) and value:
        value = value[0]
    if isinstance(value, dict):
        value = value.get("error") or value
    return described(value or _NO_REASON, *codes)


def _shown(value: Any) -> str:
    """A value as text; what an endpoint nested as deeply as could just be read has none."""
    try:
        return str(value)
    except RecursionError:
        return _UNNAMED
