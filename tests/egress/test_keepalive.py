"""When a connection is used again, when it is not, and what happens when it turns out dead."""

import asyncio
import gc
import time
from collections.abc import Awaitable, Callable

import pytest

from egress import http, pool
from egress.connection import Connection, _idle_hint
from egress.errors import EgressError, TimedOut, Truncated
from egress.http import Client, Clocks, Response
from egress.policy import Policy
from egress.pool import Pool, PoolKey
from tests.egress.conftest import Ask
from tests.egress.leaks import nothing_left
from tests.upstreams import Close, Reset, Seen, Send, Stall, Wait, chunk, eventually, head, reply
from tests.upstreams.fixtures import StartUpstream
from tests.upstreams.script import Step

OK = reply(200, b"ok")
CHUNKED = ("transfer-encoding", "chunked")
TWO = ("content-length", "2")


async def whole(response: Response) -> bytes:
    body = b""
    while piece := await response.read():
        body += piece
    return body


def only_pool(client: Client) -> Pool:
    (found,) = client._pools.values()
    return found


@pytest.mark.parametrize(
    ("name", "sent", "body", "kept"),
    [
        ("length", head(200, TWO) + b"ok", b"ok", True),
        ("empty", head(200, ("content-length", "0")), b"", True),
        ("no content", head(204), b"", True),
        ("chunks", head(200, CHUNKED) + chunk(b"ok") + chunk(b""), b"ok", True),
        ("extensions", head(200, CHUNKED) + b"2;a=b\r\nok\r\n0;c\r\n\r\n", b"ok", True),
        ("trailers", head(200, CHUNKED) + b"2\r\nok\r\n0\r\nx-t: 1\r\n\r\n", b"ok", True),
        ("continue", head(100) + head(200, TWO) + b"ok", b"ok", True),
        ("hints", head(103, ("link", "</x>")) * 3 + head(200, TWO) + b"ok", b"ok", True),
        ("identity", head(200, TWO, ("content-encoding", "identity")) + b"ok", b"ok", True),
        ("close", head(200, TWO, ("connection", "close")) + b"ok", b"ok", False),
        ("1.0", head(200, TWO, version="1.0") + b"ok", b"ok", False),
        (
            "1.0 kept",
            head(200, TWO, ("connection", "keep-alive"), version="1.0") + b"ok",
            b"ok",
            True,
        ),
        ("garbage", head(200, TWO) + b"ok!!!", b"ok", False),
        (
            "another answer",
            head(200, TWO) + b"ok" + head(200, ("content-length", "0")),
            b"ok",
            False,
        ),
        ("more after close", head(200, TWO, ("connection", "close")) + b"ok!", b"ok", False),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_an_answer_that_ends_as_it_said_leaves_a_usable_connection(
    upstream: StartUpstream,
    client: Client,
    ask: Ask,
    name: str,
    sent: bytes,
    body: bytes,
    kept: bool,
) -> None:
    server = upstream([Send(sent)])
    for number in range(3):
        response = await client.send(ask(server.url))
        assert await whole(response) == body
        assert response.timing.reused is (kept and number > 0)
        assert "link" not in response.headers, "fields of an interim answer are not the answer's"
    assert len(server.connections) == (1 if kept else 3)


@pytest.mark.parametrize("version", ["1.0", "1.1"])
async def test_without_a_length_the_answer_ends_with_the_connection(
    upstream: StartUpstream, client: Client, ask: Ask, version: str
) -> None:
    server = upstream([Send(head(200, version=version) + b"ab"), Wait(0.02), Send(b"cd"), Close()])
    for _ in range(2):
        response = await client.send(ask(server.url))
        assert await whole(response) == b"abcd"
        assert not response.timing.reused


async def test_bytes_that_nobody_asked_for_close_an_idle_connection(
    upstream: StartUpstream, client: Client, ask: Ask
) -> None:
    server = upstream([OK, Wait(0.02), Send(b"surprise"), Stall()])
    assert await whole(await client.send(ask(server.url))) == b"ok"
    await eventually(server.connections[0].gone.is_set)
    server.script = [OK]
    assert await whole(await client.send(ask(server.url))) == b"ok"
    assert len(server.connections) == 2


async def test_a_connection_that_the_endpoint_closed_while_idle_is_not_used(
    upstream: StartUpstream, client: Client, ask: Ask
) -> None:
    server = upstream([OK, Close()])
    for _ in range(5):
        response = await client.send(ask(server.url))
        assert await whole(response) == b"ok"
        assert response.timing.attempts == 1
        assert not response.timing.reused
        await eventually(lambda: not only_pool(client)._alive)


async def test_a_close_that_the_loop_has_not_seen_yet_is_seen_before_a_connection_is_used(
    upstream: StartUpstream, client: Client, ask: Ask
) -> None:
    server = upstream([OK, Wait(0.02), Close()])
    await whole(await client.send(ask(server.url)))
    assert server.connections[0].gone.wait(10), "the loop is kept from looking"
    time.sleep(0.05)  # noqa: ASYNC251 - the same: `gone` is told before the socket is closed
    response = await client.send(ask(server.url))
    assert await whole(response) == b"ok"
    assert not response.timing.reused
    assert len(server.connections) == 2


def answers_once(ending: Step) -> Callable[[Seen], list[Step]]:
    """The second request on a connection meets its end, as when an idle limit strikes."""
    used: set[int] = set()

    def script(seen: Seen) -> list[Step]:
        if seen.connection.number in used:
            return [ending]
        used.add(seen.connection.number)
        return [OK]

    return script


@pytest.mark.parametrize("ending", [Close(), Reset()])
async def test_a_get_on_a_dead_connection_is_sent_once_more_on_a_fresh_one(
    upstream: StartUpstream, client: Client, ask: Ask, ending: Step
) -> None:
    server = upstream(answers_once(ending))
    await whole(await client.send(ask(server.url)))
    response = await client.send(ask(server.url, b"", "GET"))
    assert await whole(response) == b"ok"
    assert response.timing.attempts == 2
    assert not response.timing.reused
    assert len(server.connections) == 2


@pytest.mark.parametrize("ending", [Close(), Reset()])
async def test_a_post_is_never_sent_twice(
    upstream: StartUpstream, client: Client, ask: Ask, ending: Step
) -> None:
    server = upstream(answers_once(ending))
    await whole(await client.send(ask(server.url)))
    with pytest.raises(Truncated) as caught:
        await client.send(ask(server.url))
    assert caught.value.category == "no_answer"
    assert len(server.requests) == 2


async def test_a_get_that_was_partly_answered_is_not_sent_again(
    upstream: StartUpstream, client: Client, ask: Ask
) -> None:
    server = upstream([OK])
    await whole(await client.send(ask(server.url)))
    server.script = [Send(b"HTTP/1.1 200 OK\r\n"), Close()]
    with pytest.raises(Truncated) as caught:
        await client.send(ask(server.url, b"", "GET"))
    assert caught.value.category == "truncated"
    assert len(server.requests) == 2


async def test_a_get_is_not_retried_on_a_fresh_connection(
    upstream: StartUpstream, client: Client, ask: Ask
) -> None:
    server = upstream([Close()])
    with pytest.raises(Truncated):
        await client.send(ask(server.url, b"", "GET"))
    assert len(server.requests) == 1


async def test_the_idle_limit_of_an_endpoint_is_learned(
    upstream: StartUpstream, client: Client, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "SHORTEST_LESSON", 0.1)
    server = upstream([OK, Wait(0.25), Close()])
    began = time.monotonic()
    await whole(await client.send(ask(server.url)))
    await eventually(lambda: not only_pool(client)._alive)
    lived = time.monotonic() - began
    server.script = [OK]
    await whole(await client.send(ask(server.url)))
    assert 0.15 < only_pool(client)._limit < lived
    await asyncio.sleep(only_pool(client)._limit + 0.02)
    await whole(await client.send(ask(server.url)))
    assert len(server.connections) == 3, "given up before the endpoint would"


async def test_a_restart_teaches_nothing(upstream: StartUpstream, client: Client, ask: Ask) -> None:
    server = upstream([OK, Wait(0.05), Close()])
    await whole(await client.send(ask(server.url)))
    await eventually(lambda: not only_pool(client)._alive)
    assert only_pool(client)._limit == pool.IDLE_LIMIT


@pytest.mark.parametrize(
    ("field", "seconds"),
    [
        ("timeout=5", 5.0),
        ("max=100, timeout=7", 7.0),
        ("Timeout=0", 0.0),
        ("timeout=soon", float("inf")),
        ("timeout=²", float("inf")),
        ("timeout", float("inf")),
        ("", float("inf")),
    ],
)
def test_the_keep_alive_field_is_read(field: str, seconds: float) -> None:
    assert _idle_hint(field) == seconds


async def test_the_keep_alive_field_is_obeyed(
    upstream: StartUpstream, client: Client, ask: Ask
) -> None:
    server = upstream([reply(200, b"ok", ("keep-alive", "timeout=0"))])
    for _ in range(2):
        await whole(await client.send(ask(server.url)))
    assert len(server.connections) == 2


async def test_an_old_connection_is_not_used_again(
    upstream: StartUpstream, client: Client, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = upstream([OK])
    monkeypatch.setattr(pool, "MAX_LIFE", 0.1)
    await whole(await client.send(ask(server.url)))
    await asyncio.sleep(0.12)  # too old while idle
    await whole(await client.send(ask(server.url)))
    assert len(server.connections) == 2
    server.script = [Wait(0.12), OK]  # too old when it comes free
    await whole(await client.send(ask(server.url)))
    assert not only_pool(client)._idle


async def test_idle_connections_are_swept_and_empty_pools_forgotten(
    upstream: StartUpstream, loopback: Policy, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "SWEEP_EVERY", 0.05)
    monkeypatch.setattr(pool, "IDLE_LIMIT", 0.1)
    client = Client(loopback)
    server = upstream([OK])
    async with nothing_left():
        for owner in ("1", "2"):
            await whole(await client.send(ask(server.url, pool=(owner,))))
        assert len(client._pools) == 2
        await eventually(lambda: all(each.gone.is_set() for each in server.connections))
        assert {each._limit for each in client._pools.values()} == {0.1}, "our own doing"
        monkeypatch.setattr(pool, "MAX_LIFE", 0.1)
        await eventually(lambda: not client._pools and client._sweeper is None)
        await whole(await client.send(ask(server.url)))
        await client.aclose()
    await Client(loopback).aclose()


async def test_only_so_many_connections_stay_idle(
    upstream: StartUpstream, client: Client, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "MAX_IDLE", 2)
    server = upstream([Wait(0.05), OK])
    answers = await asyncio.gather(*(client.send(ask(server.url)) for _ in range(5)))
    assert [await whole(each) for each in answers] == [b"ok"] * 5
    await eventually(lambda: len(only_pool(client)._alive) == 2)
    await eventually(lambda: sum(each.gone.is_set() for each in server.connections) == 3)


async def test_a_full_pool_lets_others_wait_their_turn(
    upstream: StartUpstream, client: Client, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "MAX_CONNECTIONS", 2)
    server = upstream([Wait(0.02), OK])
    answers = await asyncio.gather(
        *(client.send(ask(server.url, number.to_bytes(2))) for number in range(10))
    )
    assert [await whole(each) for each in answers] == [b"ok"] * 10
    assert len(server.connections) == 2
    assert [int.from_bytes(seen.body) for seen in server.requests[2:]] == list(range(2, 10))


async def test_waiting_for_a_turn_ends_with_the_connect_clock(
    upstream: StartUpstream, client: Client, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "MAX_CONNECTIONS", 1)
    server = upstream([Stall()])
    busy = asyncio.create_task(client.send(ask(server.url)))
    await eventually(lambda: server.requests)
    with pytest.raises(TimedOut) as caught:
        await client.send(ask(server.url, clocks=Clocks(connect=0.1)))
    assert caught.value.clock == "connect"
    assert len(server.connections) == 1
    busy.cancel()
    await asyncio.gather(busy, return_exceptions=True)
    assert (only_pool(client)._open, sum(not t.done() for t in only_pool(client)._waiting)) == (
        0,
        0,
    )


async def test_a_place_that_comes_free_goes_to_the_next_in_line(
    upstream: StartUpstream, client: Client, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Connections that end badly, waiters that leave: no place is lost, none is made up."""
    monkeypatch.setattr(pool, "MAX_CONNECTIONS", 2)
    server = upstream([Wait(0.01), Close()])

    async def one(number: int) -> str:
        task = asyncio.create_task(client.send(ask(server.url)))
        if number % 3 == 0:
            await asyncio.sleep(0.001 * number)
            task.cancel()
        try:
            await task
        except (EgressError, asyncio.CancelledError) as error:
            return type(error).__name__
        return "answered"

    ends = await asyncio.gather(*(one(number) for number in range(40)))
    assert set(ends) <= {"Truncated", "CancelledError"}
    assert ends.count("Truncated") >= 26
    await eventually(lambda: only_pool(client)._open == 0)
    server.script = [OK]
    assert await whole(await client.send(ask(server.url))) == b"ok"


class Idle(Connection):
    """A connection without a socket, to put into a pool."""

    def is_stale(self) -> bool:
        return False

    def abort(self) -> None:
        self._end()


@pytest.mark.parametrize("given", ["a place", "a connection"])
async def test_what_is_given_to_one_who_leaves_in_that_moment_goes_on_to_the_next(
    given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "MAX_CONNECTIONS", 1)
    loop = asyncio.get_running_loop()
    tested = Pool(loop, memoryview(bytearray(1)))
    tested._open = 1
    connection = Idle(memoryview(b""), loop, tested)

    async def opening(made: Connection) -> None:
        tested.was_made(made)

    waiting = [asyncio.create_task(tested.fresh(opening, 1)) for _ in range(3)]
    await asyncio.sleep(0)
    if given == "a place":
        tested._left()
    else:
        tested.came_free(connection)
    waiting[0].cancel()
    await eventually(waiting[1].done)
    assert waiting[0].cancelled()
    assert (waiting[1].result() is connection) is (given == "a connection")
    assert tested._open == 1
    waiting[2].cancel()
    await asyncio.gather(waiting[2], return_exceptions=True)


class Deaf(asyncio.Transport):
    """Never reports its end, as uvloop's when it is given up while its handshake succeeds."""

    def abort(self) -> None: ...
    def is_closing(self) -> bool:
        return False


async def test_a_connection_given_up_as_it_stands_leaves_its_place_at_once() -> None:
    tested = Pool(asyncio.get_running_loop(), memoryview(bytearray(1)))

    async def opening(made: Connection) -> None:
        made.connection_made(Deaf())
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await tested.fresh(opening, 1)
    assert (tested._open, tested._alive) == (0, set())


class Reader:
    """Reads as a relay does: it holds the response, and the response its `take`."""

    def __init__(self, response: Response) -> None:
        self.response = response

    def take(self, piece: bytes) -> bool:
        return False

    async def read_whole(self) -> None:
        while await self.response.read(self.take):
            continue

    async def leave_early(self) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await self.read_whole()
        self.response.close()


@pytest.mark.parametrize("way", [Reader.read_whole, Reader.leave_early])
async def test_an_exchange_is_freed_without_the_garbage_collector(
    upstream: StartUpstream, client: Client, ask: Ask, way: Callable[[Reader], Awaitable[None]]
) -> None:
    server = upstream([OK] if way is Reader.read_whole else [Send(head(200)), Stall()])
    await way(Reader(await client.send(ask(server.url))))
    gc.collect()
    gc.disable()
    try:
        before = len([each for each in gc.get_objects() if type(each) is Response])
        for _ in range(20):
            await way(Reader(await client.send(ask(server.url))))
        after = len([each for each in gc.get_objects() if type(each) is Response])
    finally:
        gc.enable()
    assert after <= before


def test_a_pool_belongs_to_an_owner_and_an_origin() -> None:
    one = PoolKey(("ten_1", "1"), "https", "llm.example.com", 443)
    assert one != one._replace(owner=("ten_2", "1"))
    assert one != one._replace(port=8443)
