"""What Django is given to read: Django itself takes a body without end, onto the disk of /tmp."""

from typing import Any

from config.refusals import refuse
from gateway.asgi import CallerGone, Message, Receive, Scope, Send, read_body
from gateway.errors import Refused

LIMIT = 1024 * 1024  # REST takes less and says so itself; no form of the admin is larger
SECONDS = 30.0
ALL = 64 * LIMIT  # bytes of bodies that come in pieces, which are held until they are answered

_DETAILS = {
    "overloaded": "Too many requests are being worked on; try again.",
    "request_too_large": f"The request body is larger than {LIMIT // 1024} KiB.",
    "request_timeout": "The request body did not arrive in time.",
}


class BoundedBodies:
    """An ASGI application that hands `application` only bodies that are complete and small."""

    def __init__(self, application: Any) -> None:
        self._application = application
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        held = 0

        def hold(size: int) -> None:
            nonlocal held
            held += size
            self._held += size
            if self._held > ALL:
                raise Refused("overloaded")

        try:
            body = await read_body(
                receive, dict(scope["headers"]), limit=LIMIT, seconds=SECONDS, hold=hold
            )
            await self._application(scope, _replayed(body, receive), send)
        except CallerGone:
            return
        except Refused as refusal:
            await refuse(send, refusal, _DETAILS[refusal.code])
        finally:
            self._held -= held


def _replayed(body: bytes, receive: Receive) -> Receive:
    """The whole body as one message, then whatever else comes."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay
