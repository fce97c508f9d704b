"""Errors in OpenAI's shape, and the ones that an endpoint's event carries."""

import json

from wire.events import Failure
from wire.failures import read_failure
from wire.members import loads
from wire.openai.chunks import describe
from wire.sse import SSEEvent

_TYPES = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
}


def write_error(*, status: int, code: str, message: str, param: str | None = None) -> bytes:
    """The body of an HTTP error."""
    kind = _TYPES.get(status, "server_error" if status >= 500 else "invalid_request_error")
    return _encode({"message": message, "type": kind, "param": param, "code": code})


def write_stream_error(*, code: str, message: str) -> bytes:
    """The last event of a stream that cannot be finished: every OpenAI SDK raises on it."""
    error = {"message": message, "type": "server_error", "param": None, "code": code}
    return b"data: " + _encode(error) + b"\n\n"


def read_error(body: bytes) -> Failure:
    """What an endpoint says in the body of a 4xx or 5xx, whatever shape it has."""
    return read_failure(body, "code", "type")


def _encode(error: dict[str, str | None]) -> bytes:
    return json.dumps({"error": error}, separators=(",", ":")).encode()


def event_failure(event: SSEEvent) -> Failure | None:
    """The failure that an event's own form tells: an `error:` line, or the name `error`."""
    text = event.error
    if text is None and event.event == b"error":
        text = event.data or b""
    if text is None:
        return None
    try:
        value = loads(text)
    except ValueError:
        value = text.decode("utf-8", "replace").strip()
    if isinstance(value, dict) and value.get("error"):
        value = value["error"]
    return describe(value or "The endpoint reports an error.")
