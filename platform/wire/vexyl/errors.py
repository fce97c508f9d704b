"""Errors as VEXYL can bear them: words for the caller's ear, and what it is for the log."""

from wire.members import dumps

APOLOGY = "I apologise, I'm having technical difficulties. Please try again."


def write_error(*, status: int, code: str, message: str, param: str | None = None) -> bytes:
    error = {"code": code, "message": message, "param": param}
    return dumps({"response": APOLOGY, "error": error})


def write_stream_error(*, code: str, message: str) -> bytes:
    return write_error(status=200, code=code, message=message)
