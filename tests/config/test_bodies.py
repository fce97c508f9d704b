"""What strangers can make Django read: little, and not for long."""

import asyncio
import socket
from contextlib import suppress
from pathlib import Path

import httpx2 as httpx
import pytest

from config import bodies
from config.bodies import LIMIT
from gateway.asgi import Message, Receive, Scope, Send, send_whole
from tests.live import LivePlatform

POST = b"POST /admin/login/ HTTP/1.1\r\nhost: localhost\r\n"


def test_an_endless_body_is_refused_before_it_reaches_a_disk(live: LivePlatform) -> None:
    with socket.create_connection(("127.0.0.1", live.port), timeout=10) as peer:
        peer.sendall(POST + b"transfer-encoding: chunked\r\n\r\n")
        piece = b"10000\r\n" + b"x" * 65536 + b"\r\n"
        for _ in range(LIMIT // 65536):
            peer.sendall(piece)
        assert not [each for each in _open_files(live) if "(deleted)" in each]
        assert _sent_until_the_end(peer, piece) < 1000


def _sent_until_the_end(peer: socket.socket, piece: bytes) -> int:
    for number in range(1000):
        try:
            peer.sendall(piece)
        except OSError:
            return number
    return 1000


def _open_files(live: LivePlatform) -> list[str]:
    found = []
    for each in Path(f"/proc/{live.pid()}/fd").iterdir():
        with suppress(FileNotFoundError):  # it was closed while we looked
            found.append(str(each.readlink()))
    return found


def test_a_body_that_is_declared_too_large_is_not_waited_for(live: LivePlatform) -> None:
    with socket.create_connection(("127.0.0.1", live.port), timeout=10) as peer:
        peer.sendall(POST + b"content-length: %d\r\n\r\n" % (LIMIT + 1))
        said = b"".join(iter(lambda: peer.recv(4096), b""))
        assert said.startswith(b"HTTP/1.1 413 ")
        assert b'"request_too_large"' in said


def test_a_body_in_pieces_reaches_django_whole(live: LivePlatform) -> None:
    key, _ = live.tenant().new_key("manage")
    pieces = iter([b'{"name":', b'"Recep', b" " * 100_000, b'tion"', b"}"])
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    answer = httpx.post(f"{live.url}/api/v1/agents", headers=headers, content=pieces)
    assert answer.status_code == 400  # as long as the name is
    assert answer.json()["errors"][0]["field"] == "name"


async def test_bodies_that_crawl_in_are_bounded_all_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bodies, "ALL", 1000)
    never = asyncio.Event()

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        await send_whole(send, 200, [], (await receive())["body"])

    application = bodies.BoundedBodies(answer)

    async def ask(pieces: list[bytes]) -> int:
        sent: list[Message] = []
        left = iter(pieces)

        async def receive() -> Message:
            piece = next(left, None)
            if piece is None:
                await never.wait()
            return {"type": "http.request", "body": piece or b"", "more_body": piece != b"end"}

        async def send(message: Message) -> None:
            sent.append(message)

        await application({"headers": []}, receive, send)
        return int(sent[0]["status"])

    crawling = asyncio.create_task(ask([b"x" * 400, b"x" * 400]))
    await asyncio.sleep(0.01)
    assert await ask([b"x" * 300, b"end"]) == 503
    assert await ask([b"x" * 100, b"end"]) == 200
    assert await ask([b"end"]) == 200
    never.set()
    crawling.cancel()
    await asyncio.gather(crawling, return_exceptions=True)
    assert await ask([b"x" * 900, b"end"]) == 200
