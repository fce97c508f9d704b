"""What of an exchange is kept and shown: enough to see the fault, and no secret.

The token is shown as `$TOKEN` and the query of a URL as `$QUERY`, in whatever the endpoint echoed
too. Beyond that an exchange holds the fixed texts of the test and the endpoint's own words.
"""

from egress.http import Request
from endpoints.validation.exchange import Exchange
from endpoints.validation.redaction import Redact
from endpoints.validation.repeat import conversation, curl, shown_headers
from endpoints.validation.talk import Talk
from endpoints.validation.transcript import transcript

BODY_SHOWN = 8 * 1024
_HEADERS_SHOWN = 30
_HEADER_SHOWN = 300
_HIDDEN_HEADERS = frozenset({"set-cookie", "www-authenticate", "location"})


def evidence(exchange: Exchange, redact: Redact) -> dict[str, object]:
    """JSON for the check's result; empty when nothing was sent."""
    if exchange.sent is None:
        return {}
    shown: dict[str, object] = {
        "request": _request(exchange.sent, redact),
        "response": _response(exchange, redact),
    }
    if isinstance(exchange, Talk) and exchange.lines:
        shown["messages"] = transcript(exchange, redact)
    if isinstance(exchange, Talk) and exchange.spoken and exchange.repeatable:
        return {**shown, "command": conversation(exchange.sent, redact)}
    # To a terminal curl writes no bytes that are no text, and with -sS does not say so.
    into = "" if _is_text(exchange.body) else "answer.raw"
    return {**shown, "curl": curl(exchange.sent, redact, into=into)}


def _request(sent: Request, redact: Redact) -> dict[str, object]:
    return {
        "method": sent.method,
        "url": redact(sent.url),
        "headers": dict(shown_headers(sent.headers, redact)),
        "body": redact(sent.body.decode("utf-8")),
    }


def _readable(body: bytes) -> str:
    """Of sound its size alone: databases refuse a zero byte in a text, and no eye reads samples."""
    if not _is_text(body):
        return f"({len(body)} bytes that are no text)"
    return body.decode("utf-8", "replace")


def _is_text(body: bytes) -> bool:
    return b"\0" not in body


def _response(exchange: Exchange, redact: Redact) -> dict[str, object]:
    body = redact(_readable(exchange.body))
    shown = body[:BODY_SHOWN]
    arrivals = [round(at, 3) for at, _ in exchange.pieces[:200]]
    headers = {
        name: "(not shown)" if name in _HIDDEN_HEADERS else redact(value)[:_HEADER_SHOWN]
        for name, value in list(exchange.headers.items())[:_HEADERS_SHOWN]
    }
    failure = exchange.failure
    return {
        "status": exchange.status,
        "headers": headers,
        "body": shown,
        "body_cut": len(body) > len(shown) or exchange.cut,
        "arrivals": arrivals,
        "failure": {"code": failure.code, "detail": failure.detail} if failure else None,
    }
