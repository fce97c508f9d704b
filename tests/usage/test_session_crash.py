"""Transcriber sessions that are open while the gateway is killed: each leaves one event."""

import json
import os
import random
import sys
import threading
import time
from collections import Counter
from itertools import count

import pytest
from websockets.exceptions import WebSocketException

from tests.gateway.test_transcriber import dial
from tests.live import LiveAgent, LiveTenant, NewLive
from tests.servers.program import wait_until
from tests.upstreams.fixtures import StartSockets
from tests.upstreams.sockets import Session, SocketUpstream
from tests.usage.databases import Database
from tests.usage.test_live_crash import told

_SESSIONS = int(os.environ.get("PATCHBAY_TEST_SESSIONS", "300"))
_OPEN = 12  # sessions at any moment


async def answer(session: Session) -> None:
    while True:
        await session.take()
        await session.peer.send('{"type":"interim","text":"a"}')


def seen(endpoint: SocketUpstream) -> list[str]:
    """The number of each session at the endpoint, as far as its caller came to telling it."""
    firsts = [session.got[0] for session in list(endpoint.sessions) if session.got]
    return [json.loads(first)["number"] for first in firsts]


class Talkers:
    """Threads that hold one numbered session after the other; `whole` ended as they wished."""

    def __init__(self, tenant: LiveTenant, agent: LiveAgent) -> None:
        self.whole: set[str] = set()
        self._tenant, self._agent = tenant, agent
        self._numbers = count(1)
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run) for _ in range(_OPEN)]

    def __enter__(self) -> "Talkers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *reason: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            number = f"n{next(self._numbers)}"
            try:
                self._talk(number)
                self.whole.add(number)
            except (OSError, WebSocketException):
                time.sleep(0.05)

    def _talk(self, number: str) -> None:
        headers = {"x-call-id": number}
        with dial(self._agent, self._tenant, headers=headers, close_timeout=2) as peer:
            peer.send(json.dumps({"type": "hello", "number": number}))
            for _ in range(random.randrange(30)):
                peer.recv(20)
                peer.send(bytes(640))
                time.sleep(0.02)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_sessions_open_when_the_gateway_is_killed_leave_one_event_each(
    new_live: NewLive,
    sockets: StartSockets,
    unblocked: None,
    capsys: pytest.CaptureFixture[str],
) -> None:
    live = new_live().start()
    tenant = live.tenant("enterprise")
    endpoint = sockets(answer)
    database, kills = Database(live.database_url), 0
    with Talkers(tenant, tenant.transcriber(endpoint.url)) as talkers:
        while len(endpoint.sessions) < _SESSIONS or kills < 5:
            time.sleep(0.3 + random.random())
            live.kill()
            kills += 1
            live.start()
    wait_until(lambda: set(seen(endpoint)) <= dict(told(database)).keys(), 120, "the last event")
    live.stop()

    numbers, events = seen(endpoint), told(database)
    outcomes = Counter(outcome for _, outcome in events)
    with capsys.disabled():
        sys.stdout.write(
            f"\n{kills} kills; the endpoint saw {len(endpoint.sessions)} sessions, {len(numbers)}"
            f" of which told their number; events: {dict(outcomes)}; {len(talkers.whole)} ended"
            " as their callers wished\n"
        )
    assert len(set(numbers)) == len(numbers)
    assert max(Counter(number for number, _ in events).values()) == 1, "doubled events"
    assert set(numbers) <= dict(events).keys(), "lost events"
    assert len(events) >= len(endpoint.sessions), "lost events of sessions without a number"
    assert outcomes["lost_process"] >= kills
    assert talkers.whole <= dict(events).keys()
    assert {dict(events)[number] for number in talkers.whole} <= {"ok", "lost_process"}
