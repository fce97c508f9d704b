"""One request and its answer on a caller's connection, without the connection."""

import asyncio
import socket
from typing import Any

import pytest
from uvicorn.protocols.http.flow_control import FlowControl

from gateway.asgi import Headers
from gateway.cycle import Cycle
from tests.live import LivePlatform

OK = b"HTTP/1.1 200 OK\r\n"
START = {"type": "http.response.start", "status": 200, "headers": []}
LENGTH = [(b"content-length", b"6")]


class Line:
    """A connection, and what was written to it, call by call."""

    def __init__(self) -> None:
        self.calls: list[bytes] = []
        self.answers = 0
        self.tasks = 0
        self.paused = False
        self.transport: Any = self
        self.flow = FlowControl(self)  # type: ignore[arg-type] # all that it needs
        self.default_headers: Headers = []

    def write(self, data: bytes) -> None:
        self.calls.append(data)

    def writelines(self, pieces: tuple[bytes, ...]) -> None:
        self.calls.append(b"".join(pieces))

    def close(self) -> None:
        self.calls.append(b"closed")

    def is_closing(self) -> bool:
        return False

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False

    def answered(self) -> None:
        self.answers += 1

    def ended(self, task: "asyncio.Task[None]") -> None:
        self.tasks -= 1


def cycle_on(line: Line, **given: bool) -> Cycle:
    usual = {"is_head": False, "is_old": False, "keep_alive": True, "wants_continue": False}
    return Cycle(line, **usual | given)


def body(data: bytes, *, more: bool = False) -> dict[str, Any]:
    return {"type": "http.response.body", "body": data, "more_body": more}


async def test_the_head_goes_with_the_first_piece_and_the_rest_at_once() -> None:
    line = Line()
    cycle = cycle_on(line)
    await cycle.send({**START, "headers": LENGTH})
    assert not line.calls
    await cycle.send(body(b"one", more=True))
    await cycle.send(body(b"two"))
    assert line.calls == [OK + b"content-length: 6\r\n\r\none", b"two"]
    assert line.answers == 1


async def test_an_empty_piece_sends_the_head() -> None:
    line = Line()
    cycle = cycle_on(line)
    await cycle.send(START)
    assert not cycle.ready()
    await cycle.send(body(b"", more=True))
    assert cycle.ready()
    cycle.put(b"one")
    await cycle.send(body(b""))
    assert line.calls == [
        OK + b"transfer-encoding: chunked\r\n\r\n",
        b"3\r\none\r\n",
        b"0\r\n\r\n",
    ]
    assert not cycle.ready()


async def test_who_speaks_http_1_0_gets_no_chunks_and_the_end_with_the_connection() -> None:
    line = Line()
    cycle = cycle_on(line, is_old=True)
    await cycle.send(START)
    await cycle.send(body(b"one", more=True))
    assert cycle.ready()
    cycle.put(b"two")
    await cycle.send(body(b"six"))
    assert line.calls == [OK + b"connection: close\r\n\r\none", b"two", b"six", b"closed"]


@pytest.mark.parametrize(
    ("status", "is_head", "fields", "head"),
    [
        (204, False, [], b"HTTP/1.1 204 No Content\r\n\r\n"),
        (304, False, [], b"HTTP/1.1 304 Not Modified\r\n\r\n"),
        (304, False, LENGTH, b"HTTP/1.1 304 Not Modified\r\ncontent-length: 6\r\n\r\n"),
        (200, True, LENGTH, OK + b"content-length: 6\r\n\r\n"),
    ],
)
async def test_an_answer_without_a_body_is_its_head(
    status: int, is_head: bool, fields: Headers, head: bytes
) -> None:
    line = Line()
    cycle = cycle_on(line, is_head=is_head)
    await cycle.send({**START, "status": status, "headers": fields})
    await cycle.send(body(b"longer than declared" if is_head else b""))
    assert line.calls == [head]
    assert line.answers == 1


async def test_a_connection_that_is_not_kept_is_closed_after_the_answer() -> None:
    line = Line()
    cycle = cycle_on(line, keep_alive=False)
    await cycle.send({**START, "headers": LENGTH})
    await cycle.send(body(b"sixsix"))
    head = OK + b"content-length: 6\r\nconnection: close\r\n\r\n"
    assert line.calls == [head + b"sixsix", b"closed"]


async def test_an_application_may_end_the_connection() -> None:
    line = Line()
    cycle = cycle_on(line)
    await cycle.send({**START, "headers": [*LENGTH, (b"Connection", b"Close")]})
    await cycle.send(body(b"sixsix"))
    assert line.calls[0].count(b"onnection: ") == 1
    assert line.calls[-1] == b"closed"


@pytest.mark.parametrize("data", [b"seven..", b"five."])
async def test_a_body_has_its_declared_length(data: bytes) -> None:
    cycle = cycle_on(Line())
    await cycle.send({**START, "headers": LENGTH})
    with pytest.raises(RuntimeError, match="declared length"):
        await cycle.send(body(data))


@pytest.mark.parametrize(
    "header", [(b"x a", b"1"), (b"", b"1"), (b"x:", b"1"), (b"x", b"1\r\nset-cookie: a")]
)
async def test_a_header_that_would_be_two_is_not_sent(header: tuple[bytes, bytes]) -> None:
    with pytest.raises(RuntimeError, match="cannot be sent"):
        await cycle_on(Line()).send({**START, "headers": [header]})


async def test_messages_out_of_turn_are_faults() -> None:
    cycle = cycle_on(Line())
    with pytest.raises(RuntimeError, match="out of turn"):
        await cycle.send(body(b""))
    await cycle.send(START)
    with pytest.raises(RuntimeError, match="out of turn"):
        await cycle.send(START)
    await cycle.send(body(b""))
    with pytest.raises(RuntimeError, match="out of turn"):
        await cycle.send(body(b""))


async def test_a_whole_answer_is_one_write_and_comes_once() -> None:
    line = Line()
    cycle = cycle_on(line)
    assert cycle.answer(200, LENGTH, b"sixsix")
    assert not cycle.answer(200, LENGTH, b"sixsix")
    assert line.calls == [OK + b"content-length: 6\r\n\r\nsixsix"]
    assert line.answers == 1


async def test_the_body_comes_in_pieces_and_then_the_end() -> None:
    cycle = cycle_on(Line())
    cycle.came(b"a")
    cycle.came(b"b")
    assert await cycle.receive() == {"type": "http.request", "body": b"ab", "more_body": True}
    waiting = asyncio.create_task(cycle.receive())
    await asyncio.sleep(0)
    cycle.came(b"c")
    cycle.came_whole()
    assert await waiting == {"type": "http.request", "body": b"c", "more_body": False}
    waiting = asyncio.create_task(cycle.receive())
    await asyncio.sleep(0)
    assert not waiting.done()
    cycle.disconnect()
    assert await waiting == await cycle.receive() == {"type": "http.disconnect"}


async def test_reading_stops_while_the_body_is_not_asked_for() -> None:
    line = Line()
    cycle = cycle_on(line)
    cycle.came(b"x" * 65_537)
    assert line.paused
    await cycle.receive()
    assert not line.paused


async def test_the_word_to_go_on_is_said_once_and_when_asked_for() -> None:
    line = Line()
    cycle = cycle_on(line, wants_continue=True)
    cycle.came(b"a")
    await cycle.receive()
    cycle.came_whole()
    await cycle.receive()
    assert line.calls == [b"HTTP/1.1 100 Continue\r\n\r\n"]


async def test_nothing_is_written_to_a_caller_who_has_gone() -> None:
    line = Line()
    cycle = cycle_on(line)
    cycle.disconnect()
    await cycle.send(START)
    assert not cycle.answer(200, LENGTH, b"sixsix")
    assert not line.calls


@pytest.mark.parametrize("fault", [ValueError("x"), None], ids=["raises", "returns"])
@pytest.mark.parametrize("begun", [False, True])
async def test_a_caller_does_not_wait_for_an_application_that_fails(
    begun: bool, fault: Exception | None
) -> None:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        if begun:
            await send({**START, "headers": LENGTH})
        if fault:
            raise fault

    line = Line()
    line.tasks = 1
    await cycle_on(line).start(application, {})
    answer, end = line.calls
    assert answer.startswith(OK if begun else b"HTTP/1.1 500 Internal Server Error\r\n")
    assert end == b"closed"
    assert line.tasks == 0


def test_answers_without_a_body_arrive(live: LivePlatform) -> None:
    with socket.create_connection(("127.0.0.1", live.port), timeout=5) as peer:
        for request in (b"HEAD /healthz", b"GET /admin/", b"HEAD /admin/", b"GET /healthz"):
            peer.sendall(request + b" HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n")
            assert peer.recv(65536).startswith(b"HTTP/1.1 ")
