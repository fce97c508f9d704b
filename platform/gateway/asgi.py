"""The caller's side of an HTTP exchange, on top of ASGI's `receive` and `send`."""

import asyncio
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Protocol

from gateway.errors import Refused

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]
WatchHangup = Callable[[Callable[[], None] | None], None]
"""Has a function called when the caller hangs up, at once if it has; `None` takes that back."""

PIPE = "patchbay.pipe"  # ASGI extension of our server: `pipe` is the caller's `Pipe`
LINK = "patchbay.link"  # ASGI extension: `take` gives the `Link` of an accepted socket
ABORT = "patchbay.abort"  # ASGI extension: `cut` drops the connection, `close` flushes it first
HANGUP = "patchbay.hangup"  # ASGI extension of our server: `watch` is a `WatchHangup`

BODY_LIMIT = 32 * 1024 * 1024
BODY_SECONDS = 60.0

_SANE = re.compile(rb"[A-Za-z0-9._:/+=@-]{1,128}")


class Pipe(Protocol):
    """An answer, written without a task's waiting for it."""

    def ready(self) -> bool:
        """Whether the head is sent, the body has no declared length, and the caller keeps up."""
        ...

    def put(self, piece: bytes) -> None: ...

    def answer(self, status: int, headers: Headers, body: bytes) -> bool:
        """The whole of it, unless nothing can be sent now; says so.

        `headers` are valid, small-lettered, and name the length of `body`.
        """
        ...


class CallerGone(Exception):
    """The caller closed the connection before its request was complete."""


def raw_path(scope: Scope) -> bytes:
    """The path as it came, never unquoted; a server that does not tell has only the other."""
    path: bytes | None = scope.get("raw_path")
    if path is None:
        return str(scope["path"]).encode("utf-8", "surrogateescape")
    return path.partition(b"?")[0]


def sane_id(value: bytes | None) -> str | None:
    """An id that a caller sent, if it is short and plain enough to be repeated everywhere."""
    if value is None or not _SANE.fullmatch(value):
        return None
    return value.decode("ascii")


async def read_body(
    receive: Receive,
    headers: dict[bytes, bytes],
    *,
    limit: int = BODY_LIMIT,
    seconds: float = BODY_SECONDS,
    hold: Callable[[int], None] = lambda size: None,
) -> bytes:
    """The whole request body. Raises `Refused` and `CallerGone`.

    `hold` is told of bytes as they come, unless all came at once; it may raise `Refused`.
    """
    declared = headers.get(b"content-length", b"")
    if declared.isdigit() and int(declared) > limit:
        raise Refused("request_too_large")
    try:
        async with asyncio.timeout(seconds):
            message = await _part(receive)
            body: bytes = message.get("body", b"")
            if not message.get("more_body", False):
                return body
            return await _read_rest(receive, body, limit, hold)
    except TimeoutError:
        raise Refused("request_timeout") from None


async def _read_rest(
    receive: Receive, start: bytes, limit: int, hold: Callable[[int], None]
) -> bytes:
    parts, size, more = [start], len(start), True
    hold(size)
    while more:
        message = await _part(receive)
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise Refused("request_too_large")
        hold(len(part))
        parts.append(part)
        more = message.get("more_body", False)
    return b"".join(parts)


async def _part(receive: Receive) -> Message:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise CallerGone
    return message


async def send_whole(send: Send, status: int, headers: Headers, body: bytes) -> None:
    """A complete answer of known length."""
    headers = with_length(headers, body)
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def with_length(headers: Headers, body: bytes) -> Headers:
    return [*headers, (b"content-length", b"%d" % len(body))]
