"""A proxy in front is believed if it is one of ours."""

from typing import Any

import pytest

from config.forwarded import Forwarded
from gateway.asgi import Receive, Scope, Send

OURS, OTHER = "10.1.2.3", "10.9.9.9"


async def seen(client: str, *headers: tuple[bytes, bytes]) -> tuple[str, str]:
    """Address and scheme that an application behind is told."""
    got: list[tuple[str, str]] = []

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        got.append((scope["client"][0], scope["scheme"]))

    async def nothing(*_: object) -> Any:
        return {}

    scope = {"type": "http", "scheme": "http", "client": (client, 5), "headers": list(headers)}
    await Forwarded(application, f"127.0.0.1, {OURS}")(scope, nothing, nothing)
    return got[0]


FOR = (b"x-forwarded-for", b"203.0.113.7")
PROTO = (b"x-forwarded-proto", b"https")


@pytest.mark.parametrize(
    ("client", "headers", "told"),
    [
        (OURS, (FOR, PROTO), ("203.0.113.7", "https")),
        (OURS, (PROTO,), (OURS, "https")),
        (OURS, (FOR,), ("203.0.113.7", "http")),
        (OURS, (), (OURS, "http")),
        (OTHER, (FOR, PROTO), (OTHER, "http")),
    ],
)
async def test_only_a_trusted_proxy_says_where_a_caller_comes_from(
    client: str, headers: tuple[tuple[bytes, bytes], ...], told: tuple[str, str]
) -> None:
    assert await seen(client, (b"host", b"x"), *headers) == told
