"""What of an exchange is kept and shown: enough to see the fault, and no secret.

The token is shown as `$TOKEN` and the query of a URL as `$QUERY`, in whatever the endpoint echoed
too. Beyond that an exchange holds the fixed texts of the test and the endpoint's own words.
"""

import json
import re
import shlex
from collections.abc import Iterable
from urllib.parse import quote

from dispatch.endpoint import EndpointSnapshot
from egress.http import Request
from endpoints.validation.exchange import Exchange

_MARKS = ("$TOKEN", "$QUERY")
BODY_SHOWN = 8 * 1024
_HEADERS_SHOWN = 30
_HEADER_SHOWN = 300
_PLAIN_HEADERS = frozenset({"content-type", "accept", "user-agent"})
_HIDDEN_HEADERS = frozenset({"set-cookie", "www-authenticate", "location"})


class Redactor:
    """Blots an endpoint's secrets out of text, in the spellings in which they may be echoed."""

    def __init__(self, endpoint: EndpointSnapshot) -> None:
        self._marks: list[tuple[str, str]] = []
        for secret in endpoint.auth_secrets.values():
            self._add(secret.reveal(), "$TOKEN")
        for url in endpoint.urls:
            self._add(url.partition("?")[2], "$QUERY")

    def _add(self, text: str, mark: str) -> None:
        spellings = {text, json.dumps(text)[1:-1], quote(text, safe="")}
        self._marks += [(spelling, mark) for spelling in spellings if spelling]
        self._marks.sort(key=lambda pair: -len(pair[0]))

    def __call__(self, text: str) -> str:
        for secret, mark in self._marks:
            text = text.replace(secret, mark)
        return text


def evidence(exchange: Exchange, redact: Redactor) -> dict[str, object]:
    """JSON for the check's result; empty when nothing was sent."""
    if exchange.sent is None:
        return {}
    return {
        "request": _request(exchange.sent, redact),
        "response": _response(exchange, redact),
        "curl": curl(exchange.sent, redact),
    }


def curl(sent: Request, redact: Redactor) -> str:
    """The shell line that repeats the request, with `$TOKEN` where the secret stood."""
    parts = ["curl", "-N", "-sS", "-D-", _quoted(redact(sent.url))]
    for name, value in _headers(sent.headers, redact):
        parts += ["-H", _quoted(f"{name}: {value}")]
    return " ".join([*parts, "--data-raw", _quoted(redact(sent.body.decode("utf-8")))])


def _quoted(text: str) -> str:
    """For the shell, so that it fills `$TOKEN` and `$QUERY` in and touches nothing else."""
    parts = [
        f'"{part}"' if part in _MARKS else shlex.quote(part)
        for part in re.split(r"(\$TOKEN|\$QUERY)", text)
        if part
    ]
    return "".join(parts)


def _headers(pairs: Iterable[tuple[str, str]], redact: Redactor) -> list[tuple[str, str]]:
    """What is not known to be plain is shown by its shape only."""
    return [(name, value if name in _PLAIN_HEADERS else redact(value)) for name, value in pairs]


def _request(sent: Request, redact: Redactor) -> dict[str, object]:
    return {
        "method": sent.method,
        "url": redact(sent.url),
        "headers": dict(_headers(sent.headers, redact)),
        "body": redact(sent.body.decode("utf-8")),
    }


def _readable(body: bytes) -> str:
    """Of sound its size alone: databases refuse a zero byte in a text, and no eye reads samples."""
    if b"\0" in body:
        return f"({len(body)} bytes that are no text)"
    return body.decode("utf-8", "replace")


def _response(exchange: Exchange, redact: Redactor) -> dict[str, object]:
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
