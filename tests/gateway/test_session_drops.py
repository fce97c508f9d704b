"""Transcriber sessions opened and dropped at any moment, and as many as a plan allows."""

import asyncio
import base64
import contextlib
import json
import os
import random
import socket
import struct
import sys
import time
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import InvalidStatus

from egress.frames import close_payload, encode
from tests.gateway.test_sessions import raw_caller
from tests.gateway.test_slow_readers import rest
from tests.gateway.test_transcriber import dial, refused_with
from tests.live import LiveAgent, LiveTenant, NewLive
from tests.servers.program import wait_until
from tests.upstreams.fixtures import StartSockets
from tests.upstreams.sockets import Session, listen

SESSIONS = 1000
AT_ONCE = 40
CONCURRENCY = 200  # of the plan `pro`
LONGEST = 0.1  # seconds until a caller leaves
UPGRADE_SECONDS = 20.0


def upgrade_bytes(agent: LiveAgent, tenant: LiveTenant) -> bytes:
    path = urlsplit(agent.stt_url).path
    return (
        f"GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {tenant.key}\r\n"
        f"connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"
        f"sec-websocket-key: {base64.b64encode(os.urandom(16)).decode()}\r\n\r\n"
    ).encode()


async def drop(agent: LiveAgent, tenant: LiveTenant, number: int) -> bool:
    """One session that its caller leaves at a random moment; whether it was upgraded by then.

    Every other caller counts that moment from its upgrade, and talks until it comes.
    """
    dice = random.Random(number)
    reader, writer = await asyncio.open_connection("127.0.0.1", tenant.platform.port)
    writer.write(upgrade_bytes(agent, tenant))
    upgraded = False
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(UPGRADE_SECONDS if number % 2 else dice.uniform(0, LONGEST)):
            await reader.readuntil(b"\r\n\r\n")
            upgraded = True
        async with asyncio.timeout(dice.uniform(0, LONGEST)):
            while True:
                writer.write(encode(2, dice.randbytes(640), masked=True))
                if not await reader.read(4096):
                    break
    await leave(writer, dice.choice(("close", "reset", "half close", "say so", "half a frame")))
    return upgraded


async def leave(writer: asyncio.StreamWriter, how: str) -> None:
    if how == "say so":
        writer.write(encode(8, close_payload(1000), masked=True))
    elif how == "half a frame":
        writer.write(encode(2, bytes(640), masked=True)[:100])
    elif how == "half close":
        with contextlib.suppress(OSError):  # the endpoint has ended it
            writer.write_eof()
        await asyncio.sleep(0.05)
    elif how == "reset":
        peer = writer.get_extra_info("socket")
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.close()


async def drop_all(agent: LiveAgent, tenant: LiveTenant, count: int) -> int:
    """How many of them were upgraded."""
    room = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> bool:
        async with room:
            return await drop(agent, tenant, number)

    return sum(await asyncio.gather(*map(one, range(count))))


async def chatter(session: Session) -> None:
    """Says something for each message; some leave in the middle, politely or not."""
    dice = random.Random(id(session))
    leaves_after = dice.choice((1, 3, 1000))
    for _ in range(leaves_after):
        await session.take()
        await session.peer.send('{"type":"interim","text":"a"}')
    if dice.random() < 0.5:
        session.peer.transport.abort()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_thousand_sessions_dropped_at_random_moments_leave_nothing_behind(
    new_live: NewLive, sockets: StartSockets, capsys: pytest.CaptureFixture[str]
) -> None:
    platform = new_live().start()
    tenant = platform.tenant("enterprise")
    endpoint = sockets(chatter)
    agent = tenant.transcriber(endpoint.url, timeouts={"tls": 10})
    asyncio.run(drop_all(agent, tenant, 300))
    before = rest(platform)
    seen = len(endpoint.sessions)

    upgraded = asyncio.run(drop_all(agent, tenant, SESSIONS))

    after = rest(platform)
    reached = len(endpoint.sessions) - seen
    with capsys.disabled():
        sys.stdout.write(
            f"\n{SESSIONS} dropped sessions, {reached} of which reached the endpoint and {upgraded}"
            f" their callers; before {before}, after {after}\n"
        )
    assert SESSIONS >= reached >= upgraded >= SESSIONS // 2
    assert all(session.gone.wait(10) for session in endpoint.sessions)
    assert after["slots"] == 0
    assert after["tasks"] <= before["tasks"]
    assert after["files"] <= before["files"] + 2
    assert after["MiB"] < before["MiB"] + 10


def test_a_plan_has_so_many_sessions_and_not_one_more(
    tenant: LiveTenant, sockets: StartSockets
) -> None:
    server = sockets(listen)
    agent = tenant.transcriber(server.url, timeouts={"tls": 10})
    with contextlib.ExitStack() as stack:
        peers = [stack.enter_context(raw_caller(agent, tenant)) for _ in range(CONCURRENCY)]
        for _ in range(3):
            with pytest.raises(InvalidStatus) as caught:
                dial(agent, tenant)
            response = caught.value.response
            assert response.status_code == 429
            assert int(response.headers["retry-after"]) >= 1
            assert json.loads(response.body or b"")["code"] == "concurrency_limit"
        assert len(server.sessions) == CONCURRENCY, "a refused caller costs the endpoint nothing"
        peers[7].close()
        wait_until(server.sessions[7].gone.is_set, 20, "the end of that session")
        with raw_caller(agent, tenant):
            assert refused_with(agent, tenant) == (429, "concurrency_limit")
    events = tenant.platform.events(tenant, CONCURRENCY + 1)
    assert {event["outcome"] for event in events} == {"client_gone"}


@pytest.mark.slow
def test_an_open_session_takes_64_kib_at_most(new_live: NewLive, sockets: StartSockets) -> None:
    platform = new_live().start()
    tenant = platform.tenant("enterprise")
    agent = tenant.transcriber(sockets(listen).url, timeouts={"tls": 10})
    with contextlib.ExitStack() as stack:
        stack.enter_context(raw_caller(agent, tenant))
        time.sleep(1)
        before = platform.memory()
        for _ in range(CONCURRENCY):
            stack.enter_context(raw_caller(agent, tenant))
        time.sleep(1)
        assert (platform.memory() - before) / CONCURRENCY <= 64 * 1024
