"""Readers that are slow, stop or vanish, by the hundred and by the thousand."""

import asyncio
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest

from tests.gateway.calls import PATH, WORD, dial, hang_up, request_bytes
from tests.live import LiveAgent, LivePlatform, LiveTenant, NewLive
from tests.servers.program import wait_until
from tests.upstreams.fixtures import StartUpstream
from tests.upstreams.script import Flood, Send, Stall, head, sse
from tests.upstreams.server import Upstream

MIB = 1024 * 1024
LONG = b'data: {"choices":[{"index":0,"delta":{"content":"' + b"x" * 1000 + b'"}}]}\n\n'
UNTIL_EOF = head(200, ("content-type", "text/event-stream"))
FLOOD = [Send(UNTIL_EOF), Flood(LONG * 60)]


@pytest.fixture
def many() -> Iterator[ExitStack]:
    """Holds a test's sockets."""
    with ExitStack() as stack:
        yield stack


def small_reader(agent: LiveAgent, tenant: LiveTenant) -> socket.socket:
    """Its own kernel takes little, so that what is buffered is buffered on our side."""
    peer = socket.socket()
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    peer.connect(("127.0.0.1", tenant.platform.port))
    peer.sendall(request_bytes(agent, tenant))
    return peer


def settled(endpoint: Upstream, count: int) -> list[int]:
    """What the endpoint could send on each connection, once it can send no more."""
    sent: list[int] = []
    for _ in range(60):
        time.sleep(2)
        before, sent = sent, [connection.sent for connection in endpoint.connections]
        if sent == before and len(sent) == count:
            return sent
    raise AssertionError("the endpoint can go on sending to readers that have stopped")


@pytest.mark.timeout(600)
def test_readers_that_stop_reading_cost_less_than_a_mebibyte_each(
    many: ExitStack, new_live: NewLive, upstream: StartUpstream, capsys: pytest.CaptureFixture[str]
) -> None:
    platform = new_live().start()
    tenant = platform.tenant()
    endpoint = upstream(FLOOD)
    agent = tenant.agent(endpoint.url + PATH)
    first = dial(agent, tenant)
    wait_until(lambda: len(endpoint.requests) == 1, 20, "the first call")
    hang_up(first)
    before = platform.memory()

    for _ in range(200):
        many.enter_context(small_reader(agent, tenant))
    sent = settled(endpoint, 201)[1:]
    each = (platform.memory() - before) / 200

    with capsys.disabled():
        sys.stdout.write(
            f"\n200 stopped readers: {each / 1024:.0f} KiB each; {max(sent) / MIB:.1f} MiB taken\n"
        )
    assert each < MIB
    many.close()
    platform.events(tenant, 201)


async def vanish(agent: LiveAgent, tenant: LiveTenant, number: int) -> None:
    """A call that ends in one of the ways calls end when somebody walks into a lift."""
    port, call = tenant.platform.port, request_bytes(agent, tenant)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(call)
    if number % 3:
        with suppress(asyncio.IncompleteReadError):
            await reader.readuntil(b"Hi")
    elif number % 2:
        await asyncio.sleep(0.05)
    if number % 5:
        writer.transport.abort()
    else:
        writer.close()


async def vanish_all(agent: LiveAgent, tenant: LiveTenant, count: int) -> None:
    for start in range(0, count, 250):
        await asyncio.gather(*(vanish(agent, tenant, n) for n in range(start, start + 250)))


def wave(agent: LiveAgent, tenant: LiveTenant) -> dict[str, float]:
    asyncio.run(vanish_all(agent, tenant, 2_000))
    return rest(tenant.platform)


def rest(platform: LivePlatform) -> dict[str, float]:
    """What `serve` holds when nothing runs."""
    wait_until(lambda: platform.metrics()["patchbay_open_dispatches"] == 0, 60, "the end of calls")
    time.sleep(2)
    figures = [_figures(platform) for _ in range(5)]
    return {name: min(each[name] for each in figures) for name in figures[0]}


def _figures(platform: LivePlatform) -> dict[str, float]:
    """At one moment; what is done now and then, as looking for changes, is among them."""
    time.sleep(0.15)
    figures = platform.metrics()
    return {
        "tasks": figures["patchbay_tasks"],
        "slots": figures["patchbay_open_dispatches"],
        "files": platform.open_files(),
        "MiB": round(platform.memory() / MIB, 1),
    }


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_ten_thousand_that_vanish_leave_nothing_behind(
    new_live: NewLive, upstream: StartUpstream, capsys: pytest.CaptureFixture[str]
) -> None:
    platform = new_live().start()
    tenant = platform.tenant("enterprise")
    agent = tenant.agent(upstream([*sse(WORD, last=False), Stall()]).url + PATH)
    waves = [wave(agent, tenant) for _ in range(5)]
    while len(waves) < 12 and waves[-1]["MiB"] >= waves[-2]["MiB"] + 2:
        waves.append(wave(agent, tenant))  # the heap finds its size; a leak never does
    before, *_, last, after = waves

    with capsys.disabled():
        sizes = ", ".join(str(each["MiB"]) for each in waves)
        sys.stdout.write(f"\nMiB after each 2,000 vanished readers: {sizes}\n")
    assert after["slots"] == 0
    assert after["tasks"] <= before["tasks"]
    assert after["files"] <= before["files"] + 2
    assert after["MiB"] < last["MiB"] + 2


def stop_for_good(agent: LiveAgent, tenant: LiveTenant, count: int) -> dict[str, float]:
    """So many readers that stop and never close; what is left when all of them were cut off."""
    platform = tenant.platform
    with ExitStack() as readers:
        for _ in range(count):
            readers.enter_context(small_reader(agent, tenant))
        wait_until(lambda: platform.metrics()["patchbay_open_dispatches"] > 0, 30, "the calls")
        wait_until(lambda: platform.metrics()["patchbay_open_dispatches"] == 0, 90, "the cut")
    return rest(platform)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_readers_that_stop_for_good_are_cut_off(
    new_live: NewLive, upstream: StartUpstream, capsys: pytest.CaptureFixture[str]
) -> None:
    platform = new_live().start()
    tenant = platform.tenant("enterprise")
    agent = tenant.agent(upstream(FLOOD).url + PATH, timeouts={"tls": 10})
    crowds = [stop_for_good(agent, tenant, 100) for _ in range(2)]
    while len(crowds) < 5 and crowds[-1]["MiB"] >= crowds[-2]["MiB"] + 10:
        crowds.append(stop_for_good(agent, tenant, 100))  # the heap finds its size
    before, after = crowds[-2:]

    with capsys.disabled():
        sizes = ", ".join(str(each["MiB"]) for each in crowds)
        sys.stdout.write(f"\nMiB after each 100 readers that stopped: {sizes}\n")
    events = platform.events(tenant, 100 * len(crowds))
    assert {event["outcome"] for event in events} == {"client_gone"}
    assert {event["error"]["code"] for event in events} == {"caller_stalled"}
    assert after["files"] <= before["files"] + 2
    assert after["tasks"] <= before["tasks"]
    assert after["MiB"] < before["MiB"] + 10
