"""Each fault of an endpoint ends in its own error, within its clock, and disturbs nobody else."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest

from egress.errors import EgressError
from egress.http import Client, Clocks, Response
from tests.egress.conftest import Ask
from tests.egress.leaks import nothing_left
from tests.upstreams import (
    Chat,
    Close,
    HalfClose,
    Reset,
    Send,
    Stall,
    Wait,
    drip,
    eventually,
    head,
    redirect,
    reply,
    sse,
)
from tests.upstreams.fixtures import StartUpstream
from tests.upstreams.script import Step

LONG = Clocks(connect=30, tls=30, first_byte=30, idle=30, total=60)
SHORT = {"first_byte": 0.4, "idle": 0.3, "total": 1.2}
PATIENCE = 20.0
CHUNKED = ("transfer-encoding", "chunked")
SIZED = ("content-length", "100")


@dataclass(frozen=True)
class Fault:
    """`body`: what is read before the error comes; `None` when `send` itself raises it."""

    name: str
    steps: Sequence[Step]
    category: str
    body: bytes | None = None

    @property
    def clocks(self) -> Clocks:
        """The one that it runs into is short, and the others too long for what else may happen."""
        clock = self.category.removeprefix("timeout_")
        return replace(LONG, **{clock: SHORT[clock]}) if clock in SHORT else LONG


def raw(text: str) -> Send:
    return Send(text.encode("latin-1"))


BEFORE = [
    Fault("closes unanswered", [Close()], "no_answer"),
    Fault("half-closes unanswered", [HalfClose(), Stall()], "no_answer"),
    Fault("resets unanswered", [Reset()], "no_answer"),
    Fault("stalls unanswered", [Stall()], "timeout_first_byte"),
    Fault("drips its head", drip(head(200), 0.05), "timeout_first_byte"),
    Fault("stalls in its head", [Send(head(200)[:-2]), Stall()], "timeout_first_byte"),
    Fault("closes in its head", [Send(head(200)[:-2]), Close()], "truncated"),
    Fault("resets in its head", [Send(head(200)[:-2]), Wait(0.05), Reset()], "truncated"),
    Fault("speaks garbage", [raw("SSH-2.0-OpenSSH_9.2\r\n"), Stall()], "malformed"),
    Fault("speaks HTTP/2", [raw("\0\0\x12\4\0\0\0\0\0"), Stall()], "malformed"),
    Fault("says HTTP/2.0", [raw("HTTP/2.0 200 OK\r\ncontent-length: 0\r\n\r\n")], "malformed"),
    Fault("says HTTP/0.9", [raw("HTTP/0.9 200 OK\r\ncontent-length: 0\r\n\r\n")], "malformed"),
    Fault("says status 99", [raw("HTTP/1.1 099 OK\r\ncontent-length: 0\r\n\r\n")], "malformed"),
    Fault("says status 600", [reply(600)], "malformed"),
    Fault("says status 2000", [raw("HTTP/1.1 2000 OK\r\n\r\n")], "malformed"),
    Fault("switches protocols", [Send(head(101)), Stall()], "malformed"),
    Fault(
        "switches protocols as if asked",
        [Send(head(101, ("connection", "upgrade"), ("upgrade", "h2c"))), Stall()],
        "malformed",
    ),
    Fault("sends a vast header", [raw("HTTP/1.1 200 OK\r\nx: " + "a" * 40000)], "head_too_large"),
    Fault(
        "sends a vast header by and by",
        [raw("HTTP/1.1 200 OK\r\n"), *[raw(f"x{n}: {'a' * 1000}\r\n") for n in range(60)]],
        "head_too_large",
    ),
    Fault("sends a vast reason", [raw("HTTP/1.1 200 " + "a" * 40000)], "head_too_large"),
    Fault(
        "sends many fields",
        [Send(head(200, *[(f"x{n}", "1") for n in range(101)]))],
        "head_too_large",
    ),
    Fault("never stops hinting", [Send(head(103, ("link", "x" * 60)) * 600)], "head_too_large"),
    Fault("never stops continuing", [Send(head(100) * 2000), Stall()], "head_too_large"),
    Fault("has NUL in a value", [raw("HTTP/1.1 200 OK\r\na: b\0c\r\n\r\n")], "malformed"),
    Fault("has a space in a name", [raw("HTTP/1.1 200 OK\r\na b: c\r\n\r\n")], "malformed"),
    Fault(
        "has two lengths",
        [raw("HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello")],
        "malformed",
    ),
    Fault(
        "has a length and chunks",
        [raw("HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\nhello")],
        "malformed",
    ),
    Fault("has a negative length", [Send(head(200, ("content-length", "-5")))], "malformed"),
    Fault("has a wrong length", [Send(head(200, ("content-length", "5, 5")))], "malformed"),
    Fault(
        "uses another transfer coding",
        [Send(head(200, ("transfer-encoding", "gzip, chunked")))],
        "malformed",
    ),
    Fault("compresses", [reply(200, b"x", ("content-encoding", "gzip"))], "encoded"),
    *[
        Fault(f"redirects with {status}", [redirect(status, "https://localhost/")], "redirect")
        for status in range(300, 309)
    ],
]

DURING = [
    Fault("stalls", [*sse("data: 1", last=False), Stall()], "timeout_idle", b"data: 1\n\n"),
    Fault(
        "drips without end",
        [*sse(last=False), *[step for _ in range(500) for step in (raw("1\r\nx\r\n"), Wait(0.01))]],
        "timeout_total",
        b"x" * 15,
    ),
    Fault(
        "keeps silent but for chunk extensions",
        [*sse(last=False), *drip(b"1;" + b"x" * 100, 0.02)],
        "timeout_idle",
        b"",
    ),
    Fault("closes", [*sse("data: 1", last=False), Close()], "truncated", body=b"data: 1\n\n"),
    Fault(
        "half-closes",
        [*sse("data: 1", last=False), HalfClose(), Stall()],
        "truncated",
        body=b"data: 1\n\n",
    ),
    Fault(
        "resets",
        [*sse("data: 1", last=False), Wait(0.05), Reset()],
        "truncated",
        body=b"data: 1\n\n",
    ),
    Fault("closes short", [Send(head(200, SIZED) + b"abc"), Close()], "truncated", body=b"abc"),
    Fault("resets short", [Send(head(200, SIZED) + b"abc"), Wait(0.05), Reset()], "truncated",
          body=b"abc"),
    Fault("resets without length", [Send(head(200) + b"abc"), Wait(0.05), Reset()], "truncated",
          body=b"abc"),
    Fault("has a bad chunk", [Send(head(200, CHUNKED) + b"3\r\nabc\r\nzz\r\n")], "malformed",
          body=b"abc"),
    Fault("has a long chunk", [Send(head(200, CHUNKED) + b"3\r\nabcdef\r\n")], "malformed",
          body=b"abc"),
    # Of the read in which the body ends nothing counts; there is far more than one read takes.
    Fault(
        "never ends its trailers",
        [Send(head(200, CHUNKED) + b"3\r\nabc\r\n0\r\n"), *[raw(f"x: {'a' * 900}\r\n")] * 600],
        "head_too_large",
        body=b"abc",
    ),
    Fault(
        "never ends one trailer",
        [Send(head(200, CHUNKED) + b"3\r\nabc\r\n0\r\nx: "), *[raw("a" * 900)] * 600],
        "head_too_large",
        body=b"abc",
    ),
    Fault(
        "never ends a chunk line",
        [Send(head(200, CHUNKED) + b"3\r\nabc\r\n5;"), *[raw("a" * 900)] * 600],
        "head_too_large",
        body=b"abc",
    ),
]  # fmt: skip


async def outcome(
    client: Client, ask: Ask, url: str, clocks: Clocks
) -> tuple[EgressError, bytes | None, float]:
    """The error, what was read before it, and how long it all took."""
    started = time.perf_counter()
    body: bytes | None = None
    try:
        response = await client.send(ask(url, clocks=clocks))
        body = b""
        while piece := await response.read():
            body += piece
    except EgressError as error:
        return error, body, time.perf_counter() - started
    raise AssertionError("ended as if nothing were wrong")


@pytest.mark.parametrize("fault", [*BEFORE, *DURING], ids=lambda fault: fault.name)
async def test_a_fault_ends_in_its_own_error_within_its_clock(
    upstream: StartUpstream, client: Client, ask: Ask, fault: Fault
) -> None:
    server = upstream(fault.steps)
    async with nothing_left():
        error, body, took = await outcome(client, ask, server.url, fault.clocks)
        await eventually(server.connections[0].gone.is_set)
    assert error.category == fault.category
    assert not error.retryable
    assert (body or b"")[:15] == (fault.body or b"")
    assert (body is None) is (fault.body is None)
    assert SHORT.get(error.category.removeprefix("timeout_"), 0) - 0.01 <= took < PATIENCE
    assert len(server.requests) == 1, "a POST is never sent twice"


async def test_neighbours_of_every_fault_are_undisturbed(
    upstream: StartUpstream, client: Client, ask: Ask
) -> None:
    words = [str(number) for number in range(40)]
    good = upstream(Chat(words=words, pause=0.02), host="llm.test.localhost")
    faulty = [upstream(fault.steps) for fault in (*BEFORE, *DURING)]

    async def listen() -> float:
        response = await client.send(ask(good.url, b'{"stream":true}'))
        last, longest = time.perf_counter(), 0.0
        while await response.read():
            now = time.perf_counter()
            last, longest = now, max(longest, now - last)
        return longest

    async def longest_gap() -> float:
        """While every fault happens."""
        listening = [asyncio.create_task(listen()) for _ in range(8)]
        happening = [
            outcome(client, ask, server.url, fault.clocks)
            for fault, server in zip((*BEFORE, *DURING), faulty, strict=True)
        ]
        assert len(await asyncio.gather(*happening)) == len(faulty)
        return max(await asyncio.gather(*listening))

    # What else runs on the machine disturbs them too.
    gaps = [await longest_gap()]
    while gaps[-1] >= 0.3 and len(gaps) < 5:
        gaps.append(await longest_gap())
    assert gaps[-1] < 0.3, gaps


async def test_after_a_fault_what_was_received_can_still_be_read(
    upstream: StartUpstream, client: Client, ask: Ask
) -> None:
    server = upstream([*sse("data: 1", last=False), Reset()])
    response: Response = await client.send(ask(server.url))
    await eventually(server.connections[0].gone.is_set)
    await asyncio.sleep(0.05)
    assert await response.read() == b"data: 1\n\n"
    for _ in range(2):
        with pytest.raises(EgressError):
            await response.read()


async def test_a_4xx_or_5xx_is_an_answer_and_not_a_fault(
    upstream: StartUpstream, client: Client, ask: Ask
) -> None:
    for status in (400, 401, 404, 413, 429, 500, 503, 599):
        server = upstream([reply(status, {"error": "no"}, ("retry-after", "3"))])
        response = await client.send(ask(server.url))
        assert (response.status, response.headers["retry-after"]) == (status, "3")
        assert await response.read() == b'{"error": "no"}'
        assert await response.read() == b""
