"""The event that tells an error inside a stream, and the failures that endpoints tell in theirs."""

from wire.events import Failure
from wire.openai.chunks import describe
from wire.responses.numbering import Numbered
from wire.responses.shapes import Event, Response

_ENDED_BADLY = ("failed", "cancelled")


def write_stream_error(*, code: str, message: str, number: int = 0) -> bytes:
    """What the API's own reference calls `error`, and the object that SDKs raise."""
    error = {"type": "server_error", "code": code, "message": message, "param": None}
    said = {"code": code, "message": message, "param": None}
    return Numbered(number).event("error", **said, error=error)


def failure_in(event: Event) -> Failure | None:
    """The failure that an `error` event tells, whose members may be in an object of their own."""
    if event.type != "error" and not event.error:
        return None
    return describe(event.error or {"code": event.code, "message": event.message})


def failure_of(response: Response) -> Failure | None:
    """The failure that a response tells of itself."""
    if not response.error and response.status not in _ENDED_BADLY:
        return None
    return describe(response.error or {"message": f"The response is {response.status}."})
