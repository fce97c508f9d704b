"""What Django is given to read: Django itself takes a body without end, onto the disk of /tmp."""

from http import HTTPStatus
from typing import Any

import msgspec

from gateway.asgi import CallerGone, Message, Receive, Scope, Send, read_body, send_whole
from gateway.errors import Refused

LIMIT = 1024 * 1024  # REST takes less and says so itself; no form of the admin is larger
SECONDS = 30.0

_DETAILS = {
    "request_too_large": f"The request body is larger than {LIMIT // 1024} KiB.",
    "request_timeout": "The request body did not arrive in time.",
}


class BoundedBodies:
    """An ASGI application that hands `application` only bodies that are complete and small."""

    def __init__(self, application: Any) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body = await read_body(receive, dict(scope["headers"]), limit=LIMIT, seconds=SECONDS)
        except CallerGone:
            return
        except Refused as refusal:
            await _refuse(send, refusal)
            return
        await self._application(scope, _replayed(body, receive), send)


def _replayed(body: bytes, receive: Receive) -> Receive:
    """The whole body as one message, then whatever else comes."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay


async def _refuse(send: Send, refusal: Refused) -> None:
    """The connection ends with it: the rest of the body is not waited for."""
    status = HTTPStatus(refusal.kind.status)
    problem = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "code": refusal.code,
        "detail": _DETAILS[refusal.code],
    }
    headers = [(b"content-type", b"application/problem+json"), (b"connection", b"close")]
    await send_whole(send, status.value, headers, msgspec.json.encode(problem))
