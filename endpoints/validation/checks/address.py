"""Whether the endpoint can be reached, and over TLS that will still hold next week."""

from datetime import UTC, datetime

from endpoints.models import CheckStatus
from endpoints.validation.base import Check, Finding, Look, Seen, failed, passed, skipped, warning
from endpoints.validation.words import counted

WARN_DAYS = 14

_HINTS = {
    "url_refused": "Change the URL as the sentence says.",
    "address_refused": "The name must lead to public addresses only. Check its DNS records; a"
    " server in a private network needs the operator's EGRESS_ALLOW_CIDRS.",
    "dns_failed": "Check the spelling of the host name, and that its DNS record is public.",
    "connect_failed": "Start the server, and let its firewall accept connections on this port.",
    "timeout_connect": "Let the server's firewall accept connections on this port.",
    "timeout_tls": "The port must speak TLS; a plain HTTP port does not answer a TLS greeting.",
}
_SELF_SIGNED = (
    "Use a certificate of a public authority, such as Let's Encrypt. A private authority is"
    " trusted once the operator of Patchbay names its file in `EGRESS_CA_FILE`."
)
_TLS_HINTS = (
    ("expired", "Renew the certificate, and let the server load the new one."),
    ("self-signed", _SELF_SIGNED),
    ("self signed", _SELF_SIGNED),
    ("mismatch", "Use a certificate that holds exactly this host name, or the name it holds."),
    (
        "issuer",
        "Let the server send its intermediate certificates too (fullchain.pem). A private"
        " authority is trusted once the operator of Patchbay names its file in `EGRESS_CA_FILE`.",
    ),
)
_TLS_HINT = "The server must speak TLS 1.2 or newer with a certificate that browsers accept."


class Address(Check):
    name = "address"
    label = "Address and certificate"
    about = (
        "Each target's name, connection and TLS handshake, and the day its certificate ends:"
        f" a warning from {WARN_DAYS} days before."
    )
    position = 10
    channels = ("llm", "voice", "transcriber")
    needs = ("door",)

    def run(self, seen: Seen) -> Finding:
        if not seen.looks and seen.unreadable is not None:
            return skipped("A stored secret cannot be opened, so the URL is not known.")
        if not seen.looks:
            return failed("The endpoint has no URL.", "Give it one.")
        findings = [_finding(look, seen.now) for look in seen.looks]
        for status in (CheckStatus.FAILED, CheckStatus.WARNING):
            worst = next((each for each in findings if each.status is status), None)
            if worst is not None:
                return worst
        return findings[0]


def _finding(look: Look, now: float) -> Finding:
    host = look.url.split("/")[2]
    if look.peer is None:
        failure = look.failure
        assert failure is not None  # noqa: S101 - a look gives one or the other
        detail = failure.detail
        return failed(f"{host} cannot be reached. {detail}", _hint(failure.category, detail))
    until = datetime.fromtimestamp(look.peer.certificate_until, UTC)
    days = int((look.peer.certificate_until - now) // 86_400)
    if days < WARN_DAYS:
        return warning(
            f"The certificate of {host} ends in {counted(days, 'day')}, on {until:%d %B %Y}.",
            "Renew it, and see to it that it is renewed by itself: calls fail once it has ended.",
        )
    return passed(
        f"{host} was reached over {look.peer.tls} in {look.peer.took * 1000:.0f} ms;"
        f" its certificate is good until {until:%d %B %Y}."
    )


def _hint(category: str, detail: str) -> str:
    if category == "tls_failed":
        low = detail.lower()
        return next((hint for mark, hint in _TLS_HINTS if mark in low), _TLS_HINT)
    return _HINTS.get(category, "Check the URL, the server and its firewall.")
