"""Refusals of the upgrade. Within a session errors are told as words (see `writer`)."""

from wire.members import dumps


def write_error(*, status: int, code: str, message: str, param: str | None = None) -> bytes:
    return dumps({"error": {"code": code, "message": message, "param": param}})
