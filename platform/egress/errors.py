"""What can go wrong between Patchbay and a tenant's endpoint, named by what happened.

`code` is the error code of the contract; `category` is finer and as safe to show; `retryable`
says whether another target may be tried, given that no byte of the request was answered. `detail`
is one or more sentences that are safe to show: never an address, a header or a piece of a body.
"""


class EgressError(Exception):
    """Base of everything the egress door raises; deliberately not an `OSError`."""

    code = "upstream_connect_failed"
    category = "connect_failed"
    retryable = False

    def __init__(self, detail: str, category: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        if category:
            self.category = category


class AddressRefused(EgressError):
    """The address policy forbids the URL or what its name resolves to."""

    code = "upstream_refused"
    category = "address_refused"


class UrlRefused(AddressRefused):
    """The URL itself breaks a rule; `detail` is a sentence that says what to do."""

    category = "url_refused"


class HeaderRefused(EgressError):
    """A header name or value that must not or cannot be sent."""

    code = "upstream_refused"
    category = "header_refused"


class NameNotResolved(EgressError):
    category = "dns_failed"
    retryable = True


class ConnectFailed(EgressError):
    retryable = True


class TlsFailed(EgressError):
    code = "upstream_tls_failed"
    category = "tls_failed"


class BadResponse(EgressError):
    """The peer does not speak HTTP as it must: garbage, a redirect, an oversized head.

    `category`: `malformed`, `redirect`, `head_too_large`, `encoded`, `upgrade`.
    """

    code = "upstream_bad_response"
    category = "malformed"


class Truncated(EgressError):
    """The answer ended before its declared end (`truncated`), began not at all (`no_answer`), or
    was given up by us (`closed`)."""

    code = "upstream_truncated"
    category = "truncated"


class TimedOut(EgressError):
    """A clock ran out; `clock` is `connect`, `tls`, `first_byte`, `idle` or `total`."""

    code = "upstream_timeout"

    def __init__(self, clock: str, seconds: float) -> None:
        super().__init__(f"The {clock} clock of {seconds:g} s ran out.", f"timeout_{clock}")
        self.clock = clock
        self.retryable = clock in ("connect", "tls")
