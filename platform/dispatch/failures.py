"""How a dispatch fails: the outcome for the ledger, the code for the caller."""

from dispatch.received import Received
from egress.errors import EgressError

_OUTCOMES = {
    "invalid_request": "refused",
    "upstream_refused": "refused",
    "upstream_connect_failed": "connect_failed",
    "upstream_tls_failed": "connect_failed",
    "upstream_timeout": "upstream_timeout",
    "upstream_truncated": "upstream_truncated",
    "upstream_bad_response": "upstream_error",
}


class DispatchFailed(Exception):
    """An endpoint could not be reached, or did not answer as its wire format demands.

    `code` is an error code of the contract, `detail` sentences that are safe to show: they never
    hold an address, a header or a piece of a body. `clock` names the clock of a timeout, `param`
    the member of the request that is at fault. `response` is what was seen of the answer, if one
    had begun; it is closed.
    """

    def __init__(self, code: str, detail: str, response: Received | None = None) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.response = response
        self.clock: str | None = None
        self.param: str | None = None
        self.attempts = 1

    @property
    def outcome(self) -> str:
        """The outcome as usage events name it; what is not the endpoint's doing is refused."""
        return _OUTCOMES.get(self.code, "refused")

    @classmethod
    def of(
        cls, error: EgressError, response: Received | None = None, *, attempts: int = 1
    ) -> "DispatchFailed":
        """Takes the error's traceback away: a response keeps its error, and this its frames."""
        error.__traceback__ = None
        failure = cls(error.code, error.detail, response)
        failure.clock = getattr(error, "clock", None)
        failure.attempts = attempts
        return failure
