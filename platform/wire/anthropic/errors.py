"""Errors in Anthropic's shape, and the ones that an endpoint sends."""

import json
from typing import Any

from wire.events import Failure
from wire.failures import described, read_failure

_KINDS = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}


def write_error(*, status: int, code: str, message: str, param: str | None = None) -> bytes:
    """The body of an HTTP error; SDKs show `details.error_code` as the error's code."""
    kind = _KINDS.get(status, "api_error" if status >= 500 else "invalid_request_error")
    return _encode(kind, code, message, {} if param is None else {"param": param})


def write_stream_error(*, code: str, message: str) -> bytes:
    """The last event of a stream that cannot be finished: every Anthropic SDK raises on it."""
    return b"event: error\ndata: " + _encode("api_error", code, message, {}) + b"\n\n"


def _encode(kind: str, code: str, message: str, more: dict[str, str]) -> bytes:
    error = {"type": kind, "message": message, "details": {"error_code": code, **more}}
    return json.dumps({"type": "error", "error": error}, separators=(",", ":")).encode()


def read_error(body: bytes) -> Failure:
    """What an endpoint says in the body of a 4xx or 5xx, whatever shape it has."""
    return read_failure(body, "type", "code")


def describe(error: Any) -> Failure:
    """An `error` member: an object, or just a sentence."""
    return described(error, "type", "code")
