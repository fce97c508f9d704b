"""Requests as servers hand them over: in pieces, and with or without a length."""

import asyncio
from typing import Any

import orjson
import pytest
from django.core.asgi import get_asgi_application

from tenants.rest.strict import BODY_LIMIT
from tests.tenants.rows import api_key, tenant

KEYS = "/api/v1/api-keys"
pytestmark = pytest.mark.django_db(transaction=True)


async def post(key: str, pieces: list[bytes], *headers: tuple[bytes, bytes]) -> tuple[int, Any]:
    """Status and body of a POST that arrives piece by piece."""
    waiting = [
        {"type": "http.request", "body": piece, "more_body": position < len(pieces) - 1}
        for position, piece in enumerate(pieces)
    ]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if waiting:
            return waiting.pop(0)
        await asyncio.sleep(3600)
        raise AssertionError

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": KEYS,
        "raw_path": KEYS.encode(),
        "query_string": b"",
        "headers": [
            (b"host", b"testserver"),
            (b"authorization", f"Bearer {key}".encode()),
            (b"content-type", b"application/json"),
            *headers,
        ],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
    }
    await get_asgi_application()(scope, receive, send)
    body = b"".join(message.get("body", b"") for message in sent)
    return sent[0]["status"], orjson.loads(body)


CHUNKED = (b"transfer-encoding", b"chunked")
BODY = orjson.dumps({"name": "CI", "scopes": ["read"]})


@pytest.fixture
def key() -> str:
    return api_key(tenant())[1]


async def test_chunked_body_without_a_length_is_read(key: str) -> None:
    status, said = await post(key, [BODY[:7], BODY[7:], b""], CHUNKED)
    assert (status, said["name"]) == (201, "CI")


async def test_chunked_body_over_the_limit_is_refused(key: str) -> None:
    piece = b" " * 65_536
    status, said = await post(key, [BODY, *[piece] * (BODY_LIMIT // len(piece) + 1)], CHUNKED)
    assert (status, said["code"]) == (413, "request_too_large")


async def test_empty_chunked_body_lacks_its_fields(key: str) -> None:
    status, said = await post(key, [b""], CHUNKED)
    assert (status, [each["field"] for each in said["errors"]]) == (400, ["name", "scopes"])


async def test_body_with_a_length_is_read_from_its_pieces(key: str) -> None:
    length = (b"content-length", str(len(BODY)).encode())
    status, said = await post(key, [BODY[:1], BODY[1:]], length)
    assert (status, said["name"]) == (201, "CI")
