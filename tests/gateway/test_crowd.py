"""Who must go when more connections come than there is room for."""

import asyncio
import resource
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from gateway import state
from gateway.asgi import Receive, Scope, Send, send_whole
from gateway.crowd import Crowd
from gateway.protocol import Protocol
from tests.live import LivePlatform

ROOM = 4
Peer = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Small:
    """A server with room for four connections; `/slow` is answered once `go` is set."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.crowd: Crowd[Any] = Crowd(ROOM)
        self.peers: list[asyncio.StreamWriter] = []
        self.port = 0

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/slow":
            await self.go.wait()
        await send_whole(send, 200, [], b"here")

    async def dial(self, path: str = "") -> Peer:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self.peers.append(writer)
        if path:
            writer.write(b"GET %s HTTP/1.1\r\nhost: h\r\n\r\n" % path.encode())
        await asyncio.sleep(0.02)
        return reader, writer


@pytest.fixture
async def small() -> AsyncIterator[Small]:
    small = Small()
    limited = type("Limited", (Protocol,), {"crowd": small.crowd})
    config = uvicorn.Config(small.app, log_config=None, lifespan="off", interface="asgi3")
    config.load()
    state = ServerState()
    server = await asyncio.get_running_loop().create_server(
        lambda: limited(config, state, {}), "127.0.0.1", 0
    )
    small.port = server.sockets[0].getsockname()[1]
    yield small
    for peer in small.peers:
        peer.close()
    server.close()
    await asyncio.sleep(0.02)


async def is_open(peer: Peer) -> bool:
    try:
        return await asyncio.wait_for(peer[0].read(4096), 0.05) != b""
    except TimeoutError:
        return True
    except ConnectionResetError:
        return False


async def answer(peer: Peer) -> bytes:
    return await asyncio.wait_for(peer[0].read(4096), 20)


async def test_silent_connections_go_before_those_that_have_asked(small: Small) -> None:
    asked = await small.dial("/")
    assert b"200 OK" in await answer(asked)
    silent = [await small.dial() for _ in range(ROOM)]
    assert not await is_open(silent[0])
    for peer in (asked, *silent[1:]):
        assert await is_open(peer)
    newest = await small.dial("/")
    assert b"200 OK" in await answer(newest)
    assert small.crowd.turned_away == 2


async def test_a_connection_in_a_request_never_goes(small: Small) -> None:
    busy = [await small.dial("/slow") for _ in range(ROOM - 1)]
    resting = await small.dial("/")
    await answer(resting)
    for _ in range(10):
        await small.dial()
    assert not await is_open(resting)
    busy.append(await small.dial("/slow"))
    refused = await small.dial("/")
    assert (await answer(refused)).startswith(b"HTTP/1.1 503 ")
    small.go.set()
    for peer in busy:
        assert b"200 OK" in await answer(peer)


async def test_a_connection_that_asks_again_is_busy_again(small: Small) -> None:
    peer = await small.dial("/")
    await answer(peer)
    peer[1].write(b"GET /slow HTTP/1.1\r\nhost: h\r\n\r\n")
    await asyncio.sleep(0.02)
    for _ in range(2 * ROOM):
        await small.dial()
    small.go.set()
    assert b"200 OK" in await answer(peer)


async def test_those_who_leave_make_room(small: Small) -> None:
    for _ in range(3 * ROOM):
        reader, writer = await small.dial("/")
        await answer((reader, writer))
        writer.close()
        await asyncio.sleep(0.02)
    assert small.crowd.turned_away == 0


@pytest.mark.parametrize("files", [300, 1024, 65_536, 1_048_576])
def test_callers_and_endpoints_sockets_fit_into_the_file_limit(
    monkeypatch: pytest.MonkeyPatch, files: int
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda which: (files, files))
    dispatches, connections = state.dispatch_limit(), state.connection_limit()
    assert connections >= dispatches > 0
    assert connections + dispatches + state.SPARE_FILES <= files


def test_connections_that_were_turned_away_are_counted(live: LivePlatform) -> None:
    assert live.metrics()["patchbay_connections_turned_away_total"] == 0


def test_those_that_rest_too_long_are_named_the_longest_first() -> None:
    now = 100.0
    crowd: Crowd[str] = Crowd(ROOM, lambda: now)
    for name in ("first", "second", "third"):
        crowd.came(name, 1)
        crowd.forget(name)
        crowd.rests(name)
        now += 10
    crowd.forget("second")
    assert crowd.rested(20) == ["first"]
    crowd.rests("second")
    assert crowd.rested(10) == ["first", "third"]
    crowd.forget("first")
    crowd.rests("first")  # it has asked again meanwhile
    assert crowd.rested(10) == ["third"]
    now += 10
    assert crowd.rested(10) == ["third", "second", "first"]
