"""The answer to a request for a WebSocket: an upgrade, or a refusal with its body."""

import asyncio
from typing import Any

import httptools

from egress.errors import BadResponse, EgressError, Truncated
from egress.response import MAX_FIELDS, MAX_HEAD

BODY_LIMIT = 64 * 1024


class Upgrade:
    """Parses until the connection is upgraded or the refusal is read; one reader only."""

    __slots__ = (
        "_accept", "_done", "_failure", "_head", "_head_done", "_interim", "_parser", "_size",
        "_waiter", "body", "headers", "status",
    )  # fmt: skip

    def __init__(self, accept: str) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body = bytearray()
        self._accept = accept
        self._parser: Any = httptools.HttpResponseParser(self)
        self._failure: EgressError | None = None
        self._size = self._head = 0  # bytes and fields of the head
        self._interim = self._head_done = self._done = False
        self._waiter: asyncio.Future[None] | None = None

    async def until_head(self) -> None:
        """Raises what went wrong."""
        while not self._head_done and self._failure is None:
            await self._wait()
        if self._failure is not None:
            raise self._failure

    async def until_body(self, seconds: float) -> None:
        """What has come by then, or before the connection broke, is the body."""
        try:
            async with asyncio.timeout(seconds):
                while not self._done and self._failure is None:
                    await self._wait()
        except TimeoutError:
            return

    async def _wait(self) -> None:
        self._waiter = asyncio.get_running_loop().create_future()
        await self._waiter

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    # -- the connection's side

    def feed(self, data: bytes) -> bytes | None:
        """What came behind the head of an upgrade; `None` while there is none."""
        if self._done or self._failure is not None:
            return None
        self._size += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgraded:
            return self._upgraded(data[upgraded.args[0] :])
        except httptools.HttpParserError as error:
            cause = error.__context__
            self._fail(
                cause
                if isinstance(cause, EgressError)
                else BadResponse("The endpoint's answer is not valid HTTP/1.1.")
            )
            return None
        if not self._head_done and self._size > MAX_HEAD:
            self._fail(_too_large())
        return None

    def ended(self) -> None:
        """The peer closed the connection."""
        if self._head_done:
            self._finish()
        elif self._size:
            self._fail(Truncated("The endpoint closed the connection before the answer's end."))
        else:
            self._fail(Truncated("The endpoint closed the connection unanswered.", "no_answer"))

    def _upgraded(self, rest: bytes) -> bytes | None:
        if self.status != 101:
            self._fail(BadResponse("The endpoint upgraded without saying so.", "upgrade"))
            return None
        self._finish()
        return rest

    def _finish(self) -> None:
        self._done = True
        self._parser = None  # it holds our methods
        self._wake()

    def _fail(self, error: EgressError) -> None:
        if self._failure is None and not self._done:
            self._failure = error
            self._parser = None
            self._wake()

    # -- the parser's side

    def on_header(self, name: bytes, value: bytes) -> None:
        self._head += 1
        if self._head > MAX_FIELDS or self._size > 2 * MAX_HEAD:
            raise _too_large()
        if not self._head_done:
            key, text = name.decode("latin-1").lower(), value.decode("latin-1").strip()
            known = self.headers.get(key)
            self.headers[key] = text if known is None else f"{known}, {text}"

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        self._interim = 100 <= status < 200 and status != 101
        if self._interim:
            return
        self.status = status
        if status == 101:
            self._check_upgrade()
        elif not 400 <= status < 600:
            raise _not_upgraded(status)
        self._head_done = True
        self._wake()

    def on_body(self, data: bytes) -> None:
        self.body += data[: BODY_LIMIT - len(self.body)]
        if len(self.body) >= BODY_LIMIT:
            self._done = True
            self._wake()

    def on_message_complete(self) -> None:
        if self._interim:
            self.headers.clear()
        elif self.status != 101:
            self._done = True
            self._wake()

    def _check_upgrade(self) -> None:
        fields = self.headers
        if fields.get("upgrade", "").lower() != "websocket":
            raise BadResponse("The endpoint upgraded to something else.", "upgrade")
        if "upgrade" not in fields.get("connection", "").lower().replace(" ", "").split(","):
            raise BadResponse("The endpoint's upgrade lacks `Connection: Upgrade`.", "upgrade")
        if fields.get("sec-websocket-accept") != self._accept:
            raise BadResponse("The endpoint's `Sec-WebSocket-Accept` is wrong.", "upgrade")
        if fields.get("sec-websocket-extensions") or fields.get("sec-websocket-protocol"):
            raise BadResponse(
                "The endpoint chose an extension or subprotocol that was not offered.", "upgrade"
            )


def _not_upgraded(status: int) -> BadResponse:
    if 300 <= status < 400:
        return BadResponse(
            f"The endpoint answered with a redirect ({status}); redirects are not followed.",
            "redirect",
        )
    return BadResponse(
        f"The endpoint answered the upgrade with HTTP {status} instead of 101.", "upgrade"
    )


def _too_large() -> BadResponse:
    return BadResponse("The head of the endpoint's answer is too large.", "head_too_large")
