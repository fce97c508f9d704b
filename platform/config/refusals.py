"""What the server says by itself where Django would have answered: a problem, as REST has them."""

from http import HTTPStatus

import msgspec

from gateway.asgi import Send, send_whole
from gateway.errors import Refused


async def refuse(send: Send, refusal: Refused, detail: str) -> None:
    """The connection ends with it: what may be left of the request is not waited for."""
    status = HTTPStatus(refusal.kind.status)
    problem = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "code": refusal.code,
        "detail": detail,
    }
    headers = [(b"content-type", b"application/problem+json"), (b"connection", b"close")]
    if refusal.retry_after is not None:
        headers.append((b"retry-after", b"%d" % refusal.retry_after))
    await send_whole(send, status.value, headers, msgspec.json.encode(problem))
