"""Whether the stored credential is accepted, and whether it makes a difference."""

from endpoints.validation.base import Check, Finding, Seen, failed, passed, skipped, warning
from endpoints.validation.exchange import Exchange


class Authentication(Check):
    name = "authentication"
    label = "Authentication"
    about = (
        "The call is accepted with the stored credential; a warning if it is also accepted without."
    )
    position = 20
    channels = ("llm", "voice", "transcriber")
    needs = ("stream", "plain", "anonymous")

    def run(self, seen: Seen) -> Finding:
        exchange = seen.judged
        has_credential = seen.endpoint.auth_type != "none"
        if seen.unreadable is not None:
            return failed(
                "A stored secret of this endpoint cannot be opened: no call can be made.",
                "Give the token again, and the URL too if it has a query; if this stays, tell the"
                " operator.",
            )
        if exchange.refusal:
            return _refused(exchange, has_credential=has_credential)
        if exchange.status is None:
            return skipped("The endpoint gave no answer to judge by.")
        if not has_credential:
            return passed("The endpoint asks for no credential, and none is sent.", exchange)
        return _compared(seen, exchange, seen.exchanges.get("anonymous"))


def _refused(exchange: Exchange, *, has_credential: bool) -> Finding:
    if has_credential:
        return failed(
            f"The endpoint refused the stored credential with {exchange.refusal}.",
            "Give the token again, and check that the header is the one the server reads"
            " (`Authorization: Bearer …` or another).",
            exchange,
        )
    return failed(
        f"The endpoint wants a credential: it answered with {exchange.refusal}.",
        "Give the endpoint a token (`auth`).",
        exchange,
    )


def _compared(seen: Seen, exchange: Exchange, without: Exchange | None) -> Finding:
    if without is not None and without.refusal:
        return passed("The credential is accepted, and a call without it is refused.", exchange)
    if exchange.kind == "error":
        return skipped("The endpoint answered with an error, so this cannot be told.")
    if without is None or without.status is None:
        return passed("The stored credential was accepted.", exchange)
    if without.kind == "none" and (seen.over_socket or not without.body):
        return passed("The credential is accepted, and a call without it gets no answer.", without)
    if without.status < 400:
        return warning(
            "The endpoint answers without the credential too: anybody who finds the URL can use"
            " it at your cost.",
            "Let the server check the token and answer 401 without it.",
            without,
        )
    return passed(
        f"The credential is accepted; a call without it got status {without.status} (401 is what"
        " clients understand).",
        without,
    )
