"""Every error a hosted URL can answer with, as data."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ErrorKind:
    """`status` before the first byte of an HTTP answer, `close` on a WebSocket."""

    status: int
    close: int
    message: str
    retry_after: int | None = None


ERRORS = {
    "invalid_api_key": ErrorKind(
        401, 4401, "No valid API key was given. Send `Authorization: Bearer pb_live_…`."
    ),
    "plan_required": ErrorKind(403, 4403, "Custom endpoints need the Pro plan or a higher one."),
    "scope_missing": ErrorKind(403, 4403, "This key may not call this channel."),
    "agent_not_found": ErrorKind(404, 4404, "There is no such agent."),
    "url_not_found": ErrorKind(404, 4404, "There is nothing at this URL of an agent."),
    "method_not_allowed": ErrorKind(405, 4405, "This URL does not answer that method."),
    "request_timeout": ErrorKind(408, 4408, "The request body did not arrive in time."),
    "custom_llm_not_configured": ErrorKind(
        409, 4409, "This agent has no LLM endpoint. Patch one to its `llm` slot."
    ),
    "custom_voice_not_configured": ErrorKind(
        409, 4409, "This agent has no voice endpoint. Patch one to its `voice` slot."
    ),
    "custom_transcriber_not_configured": ErrorKind(
        409, 4409, "This agent has no transcriber endpoint. Patch one to its `transcriber` slot."
    ),
    "request_too_large": ErrorKind(413, 4413, "The request body is larger than 32 MiB."),
    "invalid_request": ErrorKind(422, 4422, "The request cannot be read."),
    "upgrade_required": ErrorKind(426, 4426, "This URL is a WebSocket's; ask for an upgrade."),
    "concurrency_limit": ErrorKind(
        429, 4429, "All dispatches that the plan allows at once are in use.", retry_after=1
    ),
    "rate_limit": ErrorKind(
        429, 4429, "More dispatches were begun in a minute than the plan allows.", retry_after=1
    ),
    "internal_error": ErrorKind(500, 1011, "Patchbay failed; the request id leads to the cause."),
    "upstream_connect_failed": ErrorKind(502, 1011, "The endpoint could not be reached."),
    "upstream_tls_failed": ErrorKind(502, 1011, "No safe TLS connection to the endpoint."),
    "upstream_refused": ErrorKind(502, 1011, "The endpoint's address may not be called."),
    "upstream_bad_response": ErrorKind(502, 1011, "The endpoint's answer cannot be used."),
    "upstream_truncated": ErrorKind(502, 1011, "The endpoint's answer ended too early."),
    "draining": ErrorKind(503, 1012, "This process is shutting down; try again.", retry_after=1),
    "usage_unavailable": ErrorKind(
        503, 1013, "Usage cannot be recorded now, so nothing was sent.", retry_after=5
    ),
    "secret_unreadable": ErrorKind(503, 1013, "The endpoint's credential cannot be opened."),
    "overloaded": ErrorKind(503, 1013, "Patchbay cannot take this dispatch now.", retry_after=1),
    "upstream_timeout": ErrorKind(504, 1011, "The endpoint took too long."),
}


_IN_A_CALL = (408, 429)


def status_of(kind: ErrorKind, *, spoken: bool) -> int:
    """`spoken`: of a format that is told in words what goes wrong in a call (see `WireFormat`)."""
    return 200 if spoken and (kind.status >= 500 or kind.status in _IN_A_CALL) else kind.status


def told(code: str, detail: str = "") -> str:
    """What a person reads: the kind's message, then the sentences that this case adds to it."""
    return f"{ERRORS[code].message} {detail}".rstrip()


class Refused(Exception):
    """The gateway answers with an error of its own; `detail` is for `told`."""

    def __init__(
        self,
        code: str,
        detail: str = "",
        *,
        param: str | None = None,
        retry_after: int | None = None,
        headers: tuple[tuple[bytes, bytes], ...] = (),
    ) -> None:
        super().__init__(code)
        self.code = code
        self.kind = ERRORS[code]
        self.message = told(code, detail)
        self.param = param
        self.retry_after = retry_after or self.kind.retry_after
        self.headers = headers
