"""Nothing is read faster than it is taken, and nothing written faster than it is accepted."""

import asyncio

import pytest

from egress.errors import TimedOut
from egress.http import READ_SIZE, Client, Clocks
from egress.response import HIGH_WATER
from tests.egress.conftest import Ask
from tests.egress.leaks import nothing_left
from tests.upstreams import Flood, Send, Stall, chunk, eventually, head, reply, settled
from tests.upstreams.fixtures import StartUpstream

MIB = 1 << 20
KERNEL = 12 * MIB  # both socket buffers of a loopback connection and the server's own, at most


async def test_a_reader_that_stops_stops_the_endpoint(
    client: Client, upstream: StartUpstream, ask: Ask
) -> None:
    server = upstream([Send(head(200)), Flood()])
    async with nothing_left():
        answers = [await client.send(ask(server.url)) for _ in range(20)]
        sent = await settled(lambda: [each.sent for each in server.connections])
        held = [each._size for each in answers]
        assert 0 < max(held) <= HIGH_WATER + READ_SIZE
        assert max(sent) < KERNEL
        read = 0
        while read < 32 * MIB:  # it goes on where it stopped
            read += len(await answers[0].read())
        assert server.connections[0].sent > sent[0]
        for each in answers:
            each.close()


async def test_every_byte_arrives_once_and_in_order_through_a_slow_reader(
    client: Client, upstream: StartUpstream, ask: Ask
) -> None:
    blocks = [bytes([number]) * 100_000 for number in range(100)]
    frames = b"".join(chunk(block) for block in [*blocks, b""])
    server = upstream([Send(head(200, ("transfer-encoding", "chunked"))), Send(frames)])
    for number in range(2):
        response = await client.send(ask(server.url))
        got = bytearray()
        while piece := await response.read():
            assert len(piece) <= HIGH_WATER + READ_SIZE
            got += piece
            if len(got) % 7 == 0:
                await asyncio.sleep(0.001)
        assert bytes(got) == b"".join(blocks)
        assert response.timing.reused is (number == 1), "a paused connection is kept too"


async def test_an_answer_just_over_the_mark_frees_its_connection_before_it_is_read(
    client: Client, upstream: StartUpstream, ask: Ask
) -> None:
    server = upstream([reply(200, b"x" * (HIGH_WATER + 1000))])
    answers = []
    for number in range(3):
        answers.append(await client.send(ask(server.url)))
        await eventually(lambda: all(pool._idle for pool in client._pools.values()))
        assert answers[-1].timing.reused is (number > 0)
    for each in answers:
        assert sum([len(await each.read()), len(await each.read())]) == HIGH_WATER + 1000
    assert len(server.connections) == 1


async def test_a_slow_reader_is_not_the_endpoints_fault(
    client: Client, upstream: StartUpstream, ask: Ask
) -> None:
    server = upstream([reply(200, b"x" * 4 * MIB)])
    response = await client.send(ask(server.url, clocks=Clocks(idle=2)))
    got = len(await response.read())
    await asyncio.sleep(2.5)
    while piece := await response.read():
        got += len(piece)
    assert got == 4 * MIB


async def test_an_endpoint_that_stops_reading_runs_into_the_idle_clock(
    client: Client, upstream: StartUpstream, ask: Ask
) -> None:
    server = upstream([Stall()], read_body=False)
    async with nothing_left():
        with pytest.raises(TimedOut) as caught:
            await client.send(ask(server.url, b"x" * 32 * MIB, clocks=Clocks(idle=0.2)))
        assert caught.value.clock == "idle"
        await eventually(server.connections[0].gone.is_set)


async def test_an_answer_before_the_whole_request_was_taken_is_an_answer(
    client: Client, upstream: StartUpstream, ask: Ask
) -> None:
    refusal = reply(413, {"error": "too large"})
    server = upstream([refusal, Stall()], read_body=False)
    response = await client.send(ask(server.url, b"x" * 32 * MIB))
    assert response.status == 413
    assert await response.read() == b'{"error": "too large"}'
    assert await response.read() == b""
    await eventually(server.connections[0].gone.is_set)


async def test_many_large_requests_at_once_arrive_whole(
    client: Client, upstream: StartUpstream, ask: Ask
) -> None:
    server = upstream(lambda seen: [reply(200, str(len(seen.body)))])
    bodies = [b"x" * (number * 500_001) for number in range(1, 9)]
    answers = await asyncio.gather(*(client.send(ask(server.url, body)) for body in bodies))
    assert [int(await each.read()) for each in answers] == [len(body) for body in bodies]
    assert sorted(map(len, (each.body for each in server.requests))) == [len(b) for b in bodies]
