"""Voice streams cut by either side at any moment: nothing stays behind, every byte is counted."""

import asyncio
import json
import random
import socket
import struct
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.gateway.speaking import say_bytes, spoken, unchunked
from tests.gateway.test_slow_readers import rest
from tests.live import LiveAgent, LiveTenant, NewLive
from tests.upstreams.fixtures import StartUpstream
from tests.upstreams.script import Close, Reset, Seen, Send, Stall, Step, Wait

STREAMS = 1000
AT_ONCE = 40
WAYS = (
    "endpoint closes",
    "endpoint resets",
    "endpoint babbles",
    "caller has all",
    "caller cuts",
)


@dataclass(frozen=True)
class Cut:
    """One stream: how it is cut, the pieces its endpoint sends, and when its caller leaves."""

    way: str
    pieces: list[bytes]
    leaves_after: int

    @property
    def size(self) -> int:
        return sum(map(len, self.pieces))

    @classmethod
    def number(cls, number: int) -> "Cut":
        dice = random.Random(number)
        pieces = [b"\0" + dice.randbytes(dice.randrange(4000)) for _ in range(dice.randint(1, 12))]
        way = WAYS[number % len(WAYS)]
        size = sum(map(len, pieces))
        return cls(way, pieces, size if way == "caller has all" else dice.randint(1, size))


def script(seen: Seen) -> Iterable[Step]:
    cut = Cut.number(int(seen.json()["text"]))
    steps = spoken(*cut.pieces, pause=0.002, last=False)
    ending: dict[str, list[Step]] = {
        "endpoint closes": [Close()],
        "endpoint resets": [Wait(0.001 * (cut.size % 5)), Reset()],
        "endpoint babbles": [Send(b"zz\r\n"), Stall()],
    }
    return [*steps, *ending.get(cut.way, [Stall()])]


async def listen(agent: LiveAgent, tenant: LiveTenant, number: int) -> tuple[str, int]:
    """(dispatch id, bytes of sound heard) of one stream."""
    cut = Cut.number(number)
    port = tenant.platform.port
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(say_bytes(agent, tenant, str(number)))
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    assert " 200 " in head, head
    heard, raw = 0, b""
    while not cut.way.startswith("caller") or heard < cut.leaves_after:
        if not (data := await reader.read(4096)):
            break
        raw += data
        heard = sum(map(len, unchunked(raw)[0]))
    assert b"".join(unchunked(raw)[0]) == b"".join(cut.pieces)[:heard]
    assert not unchunked(raw)[1]
    if number % 2:
        peer = writer.get_extra_info("socket")
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.close()
    return head.partition("x-dispatch-id: ")[2].partition("\r\n")[0], heard


async def listen_to_all(
    agent: LiveAgent, tenant: LiveTenant, numbers: Iterable[int]
) -> dict[str, tuple[int, int]]:
    """(number, bytes heard) by dispatch id."""
    room = asyncio.Semaphore(AT_ONCE)
    found = {}

    async def one(number: int) -> None:
        async with room:
            dispatch, heard = await listen(agent, tenant, number)
        found[dispatch] = (number, heard)

    async with asyncio.TaskGroup() as group:
        for number in numbers:
            group.create_task(one(number))
    return found


def miscounted(event: dict[str, Any], number: int, heard: int) -> bool:
    """Exact where all that was sent was heard; else what was on its way may have been lost."""
    cut, counted = Cut.number(number), event["bytes_out"]
    if cut.way == "caller cuts":
        wrong = not heard <= counted <= cut.size
    elif cut.way == "endpoint resets":
        wrong = counted != heard
    else:
        wrong = not counted == heard == cut.size
    return wrong or event["audio_ms"] != pytest.approx(counted // 2 / 24, abs=0.001)


@pytest.mark.timeout(600)
def test_a_thousand_streams_cut_at_any_point_leave_nothing_and_are_counted_exactly(
    new_live: NewLive, upstream: StartUpstream, capsys: pytest.CaptureFixture[str]
) -> None:
    platform = new_live().start()
    tenant = platform.tenant("enterprise")
    endpoint = upstream(script)
    agent = tenant.agent(endpoint.url, channel="voice", timeouts={"tls": 10})
    warm = asyncio.run(listen_to_all(agent, tenant, range(STREAMS, STREAMS + 200)))
    platform.events(tenant, len(warm))
    before = rest(platform)

    found = asyncio.run(listen_to_all(agent, tenant, range(STREAMS)))

    events = {each["dispatch_id"]: each for each in platform.events(tenant, STREAMS + len(warm))}
    assert all(connection.gone.wait(10) for connection in endpoint.connections)
    after = rest(platform)
    wrong = [
        (Cut.number(number).way, Cut.number(number).size, heard, events[dispatch]["bytes_out"])
        for dispatch, (number, heard) in found.items()
        if miscounted(events[dispatch], number, heard)
    ]
    ends = {
        way: sorted(
            {events[name]["outcome"] for name, (n, _) in found.items() if Cut.number(n).way == way}
        )
        for way in WAYS
    }
    with capsys.disabled():
        sys.stdout.write(
            f"\n{STREAMS} voice streams cut, {len(wrong)} miscounted; before {before},"
            f" after {after}\n{json.dumps(ends)}\n"
        )
    assert len(found) == STREAMS
    assert not wrong
    assert {end for way in WAYS[:2] for end in ends[way]} == {"upstream_truncated"}
    assert ends["endpoint babbles"] == ["upstream_error"]
    assert {end for way in WAYS[3:] for end in ends[way]} == {"client_gone"}
    assert after["slots"] == 0
    assert after["tasks"] <= before["tasks"]
    assert after["files"] <= before["files"] + 2
    assert after["MiB"] < before["MiB"] + 10
