"""The head of a request: only valid names and values, and only ours where we must decide."""

import re
from functools import lru_cache

from egress.errors import HeaderRefused
from egress.exchange import Request
from egress.hops import HEADER as HOPS
from egress.urls import CheckedUrl

METHODS = frozenset({"GET", "POST"})

# Written by this module, or meant for the connection and not for the endpoint.
OWN_HEADERS = frozenset(
    {
        "accept-encoding", "connection", "content-length", "expect", "host", "keep-alive",
        "proxy-authenticate", "proxy-authorization", "proxy-connection", "sec-websocket-accept",
        "sec-websocket-extensions", "sec-websocket-key", "sec-websocket-protocol",
        "sec-websocket-version", "te", "trailer", "transfer-encoding", "upgrade", HOPS,
    }
)  # fmt: skip

_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_VALUE = re.compile(r"[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?|")


@lru_cache(1024)
def _may_be_named(name: str) -> bool:
    return bool(_NAME.fullmatch(name)) and name.lower() not in OWN_HEADERS


def encode_head(request: Request, url: CheckedUrl, *, upgrade_key: str = "") -> bytes:
    """The request line and all fields. Raises `HeaderRefused`; never lets a line break through.

    With a key it asks for a WebSocket, without extensions: audio does not compress.
    """
    if request.method not in METHODS:
        raise HeaderRefused("Only GET and POST requests are sent.")
    lines = [
        f"{request.method} {url.target} HTTP/1.1\r\nhost: {url.authority}\r\n"
        f"accept-encoding: identity\r\n{HOPS}: {request.hops}\r\n"
    ]
    for name, value in request.headers:
        if not _may_be_named(name):
            raise HeaderRefused("A header name is not allowed.")
        if not _VALUE.fullmatch(value):
            raise HeaderRefused("A header value holds a character that cannot be sent.")
        lines.append(f"{name}: {value}\r\n")
    if request.body or request.method == "POST":
        lines.append(f"content-length: {len(request.body)}\r\n")
    if upgrade_key:
        lines.append(
            "connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"
            f"sec-websocket-key: {upgrade_key}\r\n"
        )
    lines.append("\r\n")
    return "".join(lines).encode("latin-1")
