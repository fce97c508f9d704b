"""How many requests Django works on at once, and what becomes of the others."""

import asyncio
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2 as httpx

from config import work
from config.bodies import BoundedBodies
from config.work import BoundedWork
from gateway.asgi import Message, Receive, Scope, Send, send_whole
from tests.live import LivePlatform


class Slow:
    """An application that works until `done`, and then answers."""

    def __init__(self) -> None:
        self.done = asyncio.Event()
        self.working = 0
        self.most = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.working += 1
        self.most = max(self.most, self.working)
        await self.done.wait()
        self.working -= 1
        await send_whole(send, 200, [], b"done")


class Peer:
    """One request from an address; `stall` makes it read nothing of the answer."""

    def __init__(self, application: Any, address: str, *, stall: bool = False) -> None:
        self.sent: list[Message] = []
        self._stall = stall
        self.cut = asyncio.Event()
        scope = {
            "headers": [],
            "client": (address, 1),
            "extensions": {"patchbay.abort": {"cut": self.cut.set}},
        }
        self.task = asyncio.create_task(application(scope, self._receive, self._send))

    async def _receive(self) -> Message:
        return {"type": "http.request", "body": b""}

    async def _send(self, message: Message) -> None:
        self.sent.append(message)
        if self._stall:
            await self.cut.wait()

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])


async def turns() -> None:
    """Lets all that may go on do so, without a clock's going on."""
    for _ in range(50):
        await asyncio.sleep(0)


async def test_few_are_worked_on_at_once_and_who_cannot_wait_is_told_when_to_come_again() -> None:
    slow = Slow()
    application = BoundedBodies(BoundedWork(slow))
    peers = [Peer(application, f"192.0.2.{n}") for n in range(work.WORKING + work.WAITING + 3)]
    await turns()
    refused = [peer for peer in peers if peer.sent]
    slow.done.set()
    await asyncio.gather(*(peer.task for peer in peers))

    assert slow.most == work.WORKING
    assert [peer.status for peer in refused] == [503] * 3
    headers = dict(refused[0].sent[0]["headers"])
    assert headers[b"retry-after"] == b"2"
    assert headers[b"content-type"] == b"application/problem+json"
    assert b'"overloaded"' in refused[0].sent[1]["body"]
    assert all(peer.status == 200 for peer in peers if peer not in refused)


async def test_one_address_leaves_places_to_others() -> None:
    slow = Slow()
    application = BoundedBodies(BoundedWork(slow))
    flood = [Peer(application, "192.0.2.1") for _ in range(200)]
    await turns()
    assert slow.working == work.OF_ONE_ADDRESS
    other = Peer(application, "192.0.2.2")
    await turns()
    assert slow.working == work.OF_ONE_ADDRESS + 1
    slow.done.set()
    await asyncio.gather(other.task, *(peer.task for peer in flood))
    assert other.status == 200


async def test_a_wait_ends(monkeypatch: Any) -> None:
    monkeypatch.setattr(work, "WAIT_SECONDS", 0.05)
    slow = Slow()
    application = BoundedBodies(BoundedWork(slow))
    peers = [Peer(application, "192.0.2.1") for _ in range(work.OF_ONE_ADDRESS + 1)]
    await asyncio.wait_for(peers[-1].task, 20)
    assert peers[-1].status == 503
    slow.done.set()
    await asyncio.gather(*(peer.task for peer in peers))


async def test_who_does_not_read_keeps_no_place_and_is_cut_off(monkeypatch: Any) -> None:
    monkeypatch.setattr(work, "STALL_SECONDS", 0.1)
    slow = Slow()
    slow.done.set()
    application = BoundedBodies(BoundedWork(slow))
    peers = [Peer(application, "192.0.2.1", stall=True) for _ in range(20)]
    began = time.monotonic()
    await asyncio.wait_for(asyncio.gather(*(peer.task for peer in peers)), 20)
    assert all(peer.status == 200 and peer.cut.is_set() for peer in peers)
    assert time.monotonic() - began > 0.09


def test_a_flood_of_strangers_is_refused_in_part_and_health_is_untouched(
    live: LivePlatform,
) -> None:
    with ThreadPoolExecutor(1) as pool:
        flood = pool.submit(_flood, live, 150)
        assert httpx.get(f"{live.url}/healthz", timeout=5).status_code == 200
        said = flood.result(60)
    assert {200, 503} == set(said)
    assert httpx.get(f"{live.url}/admin/login/").status_code == 200


def _flood(live: LivePlatform, count: int) -> list[int]:
    """All ask at the same time; the statuses that they get."""
    peers = [socket.create_connection(("127.0.0.1", live.port), 30) for _ in range(count)]
    for peer in peers:
        peer.sendall(b"GET /admin/login/ HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
    statuses = []
    for peer in peers:
        with peer:
            statuses.append(int(peer.recv(65536).split()[1]))
    return statuses
