"""WebSockets through the guarded door: the upgrade and all that can be wrong with it."""

import asyncio
import base64
import hashlib
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest

from egress.errors import AddressRefused, BadResponse, EgressError, TimedOut, TlsFailed, Truncated
from egress.frames import Frame, close_payload, encode
from egress.http import Client, Clocks, Request, WebSocket, WebSocketRefused
from egress.link import CLOSE_SECONDS, End, Link
from egress.policy import Policy
from tests.upstreams import (
    Close,
    Flood,
    Reset,
    Seen,
    Send,
    Stall,
    Wait,
    eventually,
    head,
    reply,
    settled,
)
from tests.upstreams.fixtures import StartSockets, StartUpstream
from tests.upstreams.sockets import echo

MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Heard:
    """A sink that keeps what it is told."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.ends: list[End] = []
        self.free = True

    def took(self, link: Link, frame: Frame) -> None:
        self.frames.append(frame)

    def room(self, link: Link, free: bool) -> None:
        self.free = free

    def ended(self, link: Link, end: End) -> None:
        self.ends.append(end)


def upgrade(seen: Seen, *fields: tuple[str, str], after: bytes = b"", **changed: str) -> Send:
    """The right answer to an upgrade, except for what is changed."""
    key = (seen.header("sec-websocket-key") or "").encode()
    given = {
        "connection": "Upgrade",
        "upgrade": "websocket",
        "sec-websocket-accept": base64.b64encode(hashlib.sha1(key + MAGIC).digest()).decode(),
        **{name.replace("_", "-"): value for name, value in changed.items()},
    }
    lines = [f"{name}: {value}" for name, value in (*given.items(), *fields) if value]
    text = "\r\n".join(["HTTP/1.1 101 Switching Protocols", *lines])
    return Send(text.encode() + b"\r\n\r\n" + after)


@pytest.fixture
def opening(client: Client) -> Callable[..., Any]:
    async def open_socket(url: str, **options: Any) -> WebSocket | WebSocketRefused:
        clocks = replace(Clocks(), **options.pop("clocks", {}))
        headers = options.pop("headers", ())
        url = url.replace("https://", "wss://")
        return await client.open_socket(Request("GET", url, headers, b"", clocks, ("ten_1",)))

    return open_socket


@pytest.fixture
async def opened(opening: Callable[..., Any]) -> AsyncIterator[Callable[..., Any]]:
    """Opens and starts; all are cut when the test ends."""
    made: list[WebSocket] = []

    async def start(url: str, **options: Any) -> tuple[WebSocket, Heard]:
        socket, heard = await opening(url, **options), Heard()
        assert isinstance(socket, WebSocket)
        made.append(socket)
        socket.start(heard)
        return socket, heard

    yield start
    for each in made:
        each.abort()
    await asyncio.sleep(0.01)


async def test_messages_go_both_ways_and_the_close_is_answered(
    opened: Callable[..., Any], sockets: StartSockets
) -> None:
    server = sockets(echo)
    socket, heard = await opened(server.url, headers=(("authorization", "Bearer t"),))
    socket.link.put_text("é".encode())
    socket.link.put_bytes(b"\0" * 200_000)
    await eventually(lambda: sum(len(each.payload) for each in heard.frames) == 200_002, 10)
    socket.link.close(4001, "enough")
    await eventually(lambda: heard.ends, 5)
    session = server.sessions[0]
    assert session.got == ["é", b"\0" * 200_000]
    await eventually(session.gone.is_set, 5)
    assert (session.code, session.reason) == (4001, "enough")
    assert heard.ends == [End("closed", 4001, "enough")]
    assert session.headers["authorization"] == "Bearer t"
    assert session.headers["x-patchbay-hops"] == "1"
    assert "sec-websocket-extensions" not in session.headers


async def test_what_comes_right_behind_the_upgrade_is_not_lost(
    opened: Callable[..., Any], upstream: StartUpstream
) -> None:
    first = encode(1, b"hello") + encode(2, b"part", final=False)
    server = upstream(lambda seen: [upgrade(seen, after=first), Stall()])
    _, heard = await opened(server.url)
    assert heard.frames == [Frame(1, b"hello", True), Frame(2, b"part", False)]


@pytest.mark.parametrize("status", [401, 404, 429, 503])
async def test_a_refusal_keeps_status_head_and_body(
    opening: Callable[..., Any], upstream: StartUpstream, status: int
) -> None:
    server = upstream([reply(status, {"why": "no"}, ("retry-after", "7"))])
    refused = await opening(server.url)
    assert isinstance(refused, WebSocketRefused)
    assert (refused.status, refused.body) == (status, b'{"why": "no"}')
    assert refused.headers["retry-after"] == "7"
    await asyncio.to_thread(server.connections[0].gone.wait, 10)
    assert server.connections[0].gone.is_set()


async def test_of_a_refusal_without_end_the_first_64_kib_are_kept(
    opening: Callable[..., Any], upstream: StartUpstream
) -> None:
    server = upstream([Send(head(500)), Flood(b"x" * 4096)])
    refused = await opening(server.url)
    assert refused.body == b"x" * 65536


async def test_a_refusal_that_stops_in_its_body_is_what_came(
    opening: Callable[..., Any], upstream: StartUpstream
) -> None:
    server = upstream([Send(head(500, ("content-length", "99")) + b"half"), Stall()])
    refused = await opening(server.url, clocks={"first_byte": 2.0})
    assert refused.body == b"half"


@pytest.mark.parametrize(
    ("script", "error", "category"),
    [
        (lambda seen: [upgrade(seen, sec_websocket_accept="no")], BadResponse, "upgrade"),
        (lambda seen: [upgrade(seen, upgrade="h2c")], BadResponse, "upgrade"),
        (lambda seen: [upgrade(seen, connection="close")], BadResponse, "upgrade"),
        (
            lambda seen: [upgrade(seen, ("sec-websocket-extensions", "permessage-deflate"))],
            BadResponse,
            "upgrade",
        ),
        (lambda seen: [upgrade(seen, ("sec-websocket-protocol", "x"))], BadResponse, "upgrade"),
        (lambda seen: [reply(200, "hello")], BadResponse, "upgrade"),
        (
            lambda seen: [reply(302, "", ("location", "wss://x.example.com"))],
            BadResponse,
            "redirect",
        ),
        (lambda seen: [Send(b"hello\r\n\r\n"), Stall()], BadResponse, "malformed"),
        (
            lambda seen: [Send(b"HTTP/1.1 101 X\r\n" + b"a: b\r\n" * 200), Stall()],
            BadResponse,
            "head_too_large",
        ),
        (lambda seen: [Close()], Truncated, "no_answer"),
        (lambda seen: [Send(b"HTTP/1.1 101"), Wait(0.05), Reset()], Truncated, "truncated"),
        (lambda seen: [Stall()], TimedOut, "timeout_first_byte"),
    ],
)
async def test_what_is_no_upgrade_is_named(
    opening: Callable[..., Any],
    upstream: StartUpstream,
    script: Any,
    error: type[EgressError],
    category: str,
) -> None:
    server = upstream(script)
    with pytest.raises(error) as caught:
        await opening(server.url, clocks={"first_byte": 1.0 if error is TimedOut else 30})
    assert caught.value.category == category
    assert await asyncio.to_thread(server.connections[0].gone.wait, 10)


async def test_the_total_clock_counts_from_the_start(
    opening: Callable[..., Any], upstream: StartUpstream
) -> None:
    server = upstream([Stall()])
    with pytest.raises(TimedOut) as caught:
        await opening(server.url, clocks={"total": 0.5})
    assert caught.value.clock == "total"


async def test_tls_and_plain_ws_have_no_exception(
    opening: Callable[..., Any], upstream: StartUpstream, client: Client
) -> None:
    server = upstream([], host="wrong.example.com")
    with pytest.raises(TlsFailed):
        await opening(server.url.replace("wrong.example.com", "a.b.test.localhost"))
    for url in (f"ws://localhost:{server.port}/", f"https://localhost:{server.port}/"):
        with pytest.raises(AddressRefused):
            await client.open_socket(Request("GET", url, (), b"", Clocks()))


async def test_an_address_that_is_not_allowed_is_not_called(upstream: StartUpstream) -> None:
    server, strict = upstream([]), Client(Policy.of())
    url = server.url.replace("https", "wss")
    with pytest.raises(AddressRefused):
        await strict.open_socket(Request("GET", url, (), b"", Clocks()))
    await strict.aclose()
    assert server.connections == []


async def test_a_cancelled_upgrade_leaves_no_connection(
    opening: Callable[..., Any], upstream: StartUpstream
) -> None:
    server = upstream([Stall()])
    task = asyncio.ensure_future(opening(server.url))
    await eventually(lambda: server.requests, 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(server.connections[0].gone.wait, 10)


async def test_a_peer_that_floods_stops_while_nobody_reads(
    opened: Callable[..., Any], upstream: StartUpstream
) -> None:
    block = encode(2, bytes(4096)) * 4
    server = upstream(lambda seen: [upgrade(seen), Flood(block)])
    socket, heard = await opened(server.url)
    await eventually(lambda: heard.frames, 5)
    socket.link.pause_reading()
    first = await settled(lambda: server.connections[0].sent)
    assert (
        first - sum(len(each.payload) for each in heard.frames) < 8 << 20
    )  # most of it in its own kernel


async def test_there_is_no_room_while_the_peer_does_not_read(
    opened: Callable[..., Any], upstream: StartUpstream
) -> None:
    server = upstream(lambda seen: [upgrade(seen), Stall()], read_body=False)
    socket, heard = await opened(server.url)
    sent = 0
    while heard.free and sent < 64 << 20:
        socket.link.put_bytes(bytes(32768))
        sent += 32768
        await asyncio.sleep(0)
    assert sent < 8 << 20


@pytest.mark.parametrize(
    ("step", "end", "code"),
    [
        (Send(encode(8, close_payload(4002, "why"))), End("closed", 4002, "why"), 4002),
        (Send(encode(8, b"")), End("closed", 1005, ""), 1005),
        (Send(encode(1, b"\xff")), End("broken", 1007, "invalid UTF-8"), 1007),
        (Close(), End("lost", 1006, ""), None),
        (Reset(), End("lost", 1006, ""), None),
    ],
)
async def test_how_a_peer_ends_is_told_once(
    opened: Callable[..., Any], upstream: StartUpstream, step: Any, end: End, code: int | None
) -> None:
    server = upstream(
        lambda seen: [upgrade(seen), Wait(0.1), step, *([Stall()] * (code is not None))]
    )
    _, heard = await opened(server.url)
    await eventually(lambda: heard.ends, 5)
    await asyncio.sleep(0.05)
    assert heard.ends == [end]


async def test_hanging_up_does_not_wait_for_the_peer(
    opened: Callable[..., Any], upstream: StartUpstream
) -> None:
    server = upstream(lambda seen: [upgrade(seen), Stall()])
    socket, _ = await opened(server.url)
    began = time.perf_counter()
    socket.hang_up(1001)
    assert await asyncio.to_thread(server.connections[0].gone.wait, 10)
    assert (server.connections[0].gone_at or 0) - began < CLOSE_SECONDS


async def test_a_socket_that_is_closed_and_waited_for_is_gone_though_the_peer_says_nothing(
    opened: Callable[..., Any], upstream: StartUpstream
) -> None:
    server = upstream(lambda seen: [upgrade(seen), Stall()])
    socket, _ = await opened(server.url)
    began = time.perf_counter()
    await socket.aclose(1000)
    assert time.perf_counter() - began < CLOSE_SECONDS
    with pytest.raises(LookupError):
        _ = socket.link
    await socket.aclose(1000)  # of one that is gone already it waits for nothing


async def test_a_client_that_is_closed_waits_for_sockets_that_are_hanging_up(
    opened: Callable[..., Any], client: Client, upstream: StartUpstream
) -> None:
    server = upstream(lambda seen: [upgrade(seen), Stall()])
    one, _ = await opened(server.url)
    other, _ = await opened(server.url)
    one.hang_up(1000)
    await asyncio.gather(client.aclose(), client.aclose())
    for each in (one, other):
        with pytest.raises(LookupError):
            _ = each.link
