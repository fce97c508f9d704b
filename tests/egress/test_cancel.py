"""Cancelling or closing at any moment closes the socket at once and leaves nothing behind."""

import asyncio
import random
import statistics
import time
from functools import partial

import pytest

from egress.errors import EgressError
from egress.http import Client, Clocks, Request
from tests.egress.conftest import Ask
from tests.egress.leaks import nothing_left
from tests.upstreams import Chat, Flood, Send, Stall, Upstream, eventually, head, reply
from tests.upstreams.fixtures import StartUpstream

POINTS = 400
LARGE = b'{"stream":true,"padding":"%b"}' % (b"x" * (1 << 20))
CLOSED_WITHIN = 0.25


async def consume(client: Client, request: Request, close_after: int | None) -> None:
    response = await client.send(request)
    pieces = 0
    while await response.read():
        pieces += 1
        if pieces == close_after:
            response.close()
            response.close()
            return


@pytest.fixture
def troubled(upstream: StartUpstream) -> list[Upstream]:
    """Servers that are slow at each stage: handshake, head, stream; and ones that never end."""
    return [
        upstream(Chat(words=["a"] * 10, pause=0.002), tls_delay=0.01),
        upstream(Chat(words=["a"] * 10, pause=0.002)),
        upstream(lambda seen: [reply(200, b"x" * 100)]),
        upstream([Stall()]),
        upstream([Send(head(200)), Flood()]),
        upstream([Stall()], read_body=False),
        upstream([], never_tls=True),
    ]


async def test_cancelling_at_random_moments_leaves_nothing(
    client: Client, troubled: list[Upstream], ask: Ask
) -> None:
    dice = random.Random(11)

    async def once() -> None:
        server = dice.choice(troubled)
        body = b'{"stream":true}' if dice.random() < 0.8 else LARGE
        request = ask(server.url, body, pool=("ten_1", str(dice.randrange(3))))
        close_after = dice.choice([None, None, 1, 3])
        task = asyncio.create_task(consume(client, request, close_after))
        await asyncio.sleep(dice.choice([0, 0.0005, 0.002, 0.01, 0.03]))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async with nothing_left():
        for _ in range(POINTS // 20):
            await asyncio.gather(*(once() for _ in range(20)))
        still = await client.send(ask(troubled[2].url))
        assert await still.read() == b"x" * 100
        await client.aclose()
    pools = client._pools.values()
    await eventually(
        lambda: not any(pool._open or pool._waiting or pool._alive for pool in pools),
        instead=lambda: [(pool._open, pool._waiting, pool._alive) for pool in pools],
    )


@pytest.mark.parametrize("stage", ["handshake", "head", "stream", "upload", "full"])
async def test_a_cancelled_exchange_is_closed_at_the_endpoint_at_once(
    client: Client, upstream: StartUpstream, ask: Ask, stage: str
) -> None:
    body = b"x" * (32 << 20) if stage == "upload" else b'{"stream":true}'
    server = {
        "handshake": lambda: upstream([], never_tls=True),
        "head": lambda: upstream([Stall()]),
        "stream": lambda: upstream(Chat(words=["a"] * 100, pause=0.01)),
        "upload": lambda: upstream([Stall()], read_body=False),
        "full": lambda: upstream([Send(head(200)), Flood()]),
    }[stage]()
    latencies = []
    async with nothing_left():
        for number in range(20):
            task = asyncio.create_task(consume(client, ask(server.url, body), None))
            await eventually(partial(_has_connection, server, number))
            await asyncio.sleep(0.03)
            cancelled = time.perf_counter()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await eventually(server.connections[number].gone.is_set)
            latencies.append((server.connections[number].gone_at or 0) - cancelled)
    # What else runs on the machine can make one slow.
    assert statistics.median(latencies) < CLOSED_WITHIN, latencies


def _has_connection(server: Upstream, number: int) -> bool:
    return len(server.connections) > number


async def test_a_reader_that_waits_hears_when_another_task_closes(
    client: Client, upstream: StartUpstream, ask: Ask
) -> None:
    server = upstream([Send(head(200)), Stall()])
    response = await client.send(ask(server.url))
    reading = asyncio.create_task(response.read())
    await asyncio.sleep(0.02)
    response.close()
    with pytest.raises(EgressError) as caught:
        await reading
    assert caught.value.category == "closed"


async def test_cancelling_and_closing_in_the_same_moment_is_well(
    client: Client, upstream: StartUpstream, ask: Ask
) -> None:
    server = upstream([Send(head(200)), Stall()])
    response = await client.send(ask(server.url))
    reading = asyncio.create_task(response.read())
    await asyncio.sleep(0.02)
    reading.cancel()
    response.close()
    with pytest.raises(asyncio.CancelledError):
        await reading
    await eventually(server.connections[0].gone.is_set)


async def test_closing_after_the_end_keeps_the_connection(
    client: Client, upstream: StartUpstream, ask: Ask
) -> None:
    server = upstream(lambda seen: [reply(200, b"ok")])
    for _ in range(3):
        response = await client.send(ask(server.url))
        await asyncio.sleep(0.01)
        response.close()
        assert await response.read() == b"ok"
        assert await response.read() == b""
    assert len(server.connections) == 1


async def test_an_answer_that_is_neither_read_nor_closed_ends_with_its_total_clock(
    client: Client, upstream: StartUpstream, ask: Ask
) -> None:
    server = upstream([Send(head(200)), Flood()])
    async with nothing_left():
        response = await client.send(ask(server.url, clocks=Clocks(total=2)))
        await eventually(server.connections[0].gone.is_set)
        assert await response.read(), "what had arrived before"
        with pytest.raises(EgressError) as caught:
            await response.read()
        assert caught.value.category == "timeout_total"


async def test_closing_the_client_ends_what_is_under_way(
    client: Client, upstream: StartUpstream, ask: Ask
) -> None:
    server = upstream([Send(head(200)), Stall()])
    async with nothing_left():
        response = await client.send(ask(server.url))
        reading = asyncio.create_task(response.read())
        await asyncio.sleep(0.01)
        await client.aclose()
        with pytest.raises(EgressError):
            await asyncio.wait_for(reading, 10)
