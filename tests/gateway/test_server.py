"""How the server ends: nothing that runs is cut before its time."""

import gc
import json
import signal
import threading
import time
from collections.abc import Iterable

import httpx2 as httpx
import pytest

from gateway.server import DRAIN_SECONDS, calm_collector
from tests.gateway.calls import END, HELLO, PATH, WORD, code, post
from tests.live import LiveAgent, LivePlatform, LiveTenant, NewLive
from tests.servers.program import wait_until
from tests.upstreams.chat import Chat
from tests.upstreams.fixtures import StartUpstream
from tests.upstreams.script import Seen, Send, Step, Wait, chunk, sse


class Listening(threading.Thread):
    """A call whose stream is read to its end on a thread of its own."""

    def __init__(self, agent: LiveAgent, tenant: LiveTenant) -> None:
        super().__init__()
        self._agent, self._tenant = agent, tenant
        self.begun = threading.Event()
        self.text = ""

    def run(self) -> None:
        body = {**HELLO, "stream": True}
        url, headers = self._agent.chat_url, self._tenant.headers
        with httpx.stream("POST", url, headers=headers, json=body, timeout=60) as reply:
            for piece in reply.iter_text():
                self.begun.set()
                self.text += piece

    def begin(self) -> "Listening":
        self.start()
        assert self.begun.wait(10)
        return self


def ready(platform: LivePlatform) -> int:
    return httpx.get(f"{platform.url}/readyz").status_code


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_running_streams_finish_and_new_ones_are_refused(
    new_live: NewLive, upstream: StartUpstream, how: signal.Signals
) -> None:
    platform = new_live().start()
    tenant = platform.tenant()
    told, opening, *ending = threading.Event(), *sse(END, "data: [DONE]")
    said = 0

    def until_told(seen: Seen) -> Iterable[Step]:
        nonlocal said
        yield opening
        while not told.is_set():
            yield from (Send(chunk(f"{WORD}\n\n".encode())), Wait(0.1))
            said += 1
        yield from ending

    agent = tenant.agent(upstream(until_told).url + PATH)
    assert ready(platform) == 200
    stream = Listening(agent, tenant).begin()

    platform.signal(how)
    wait_until(lambda: ready(platform) == 503, 20, "the drain")
    assert httpx.get(f"{platform.url}/healthz").status_code == 200
    refused = post(agent, tenant)
    assert code(refused) == (503, "draining")
    assert refused.headers["retry-after"] == "5"
    before = said
    wait_until(lambda: said > before, 20, "a word of the stream that runs")
    told.set()
    assert platform.wait() == 0
    stream.join(20)
    assert stream.text.count("Hi") == said
    assert stream.text.endswith("data: [DONE]\n\n")
    assert [event["outcome"] for event in platform.events(tenant, 1)] == ["ok"]


def test_an_idle_server_ends_at_once(new_live: NewLive, upstream: StartUpstream) -> None:
    platform = new_live().start()
    tenant = platform.tenant()
    assert post(tenant.agent(upstream(Chat()).url + PATH), tenant).status_code == 200

    began = time.monotonic()
    ended = platform.stop()

    assert ended == 0
    assert time.monotonic() - began < DRAIN_SECONDS / 2
    assert len(platform.events(tenant, 1, within=0)) == 1


def test_a_stream_that_outlives_the_drain_is_told_so(
    new_live: NewLive, upstream: StartUpstream
) -> None:
    platform = new_live().start("--drain-seconds", "2")
    tenant = platform.tenant()
    stream = Listening(
        tenant.agent(upstream(sse(*[WORD] * 3000, pause=0.1)).url + PATH), tenant
    ).begin()

    began = time.monotonic()
    assert platform.stop() == 0

    assert 2 <= time.monotonic() - began < DRAIN_SECONDS / 2
    stream.join(20)
    last = stream.text.strip().rpartition("\n\n")[2]
    assert json.loads(last.removeprefix("data: "))["error"]["code"] == "draining"
    assert "[DONE]" not in stream.text
    event = platform.events(tenant, 1)[0]
    assert event["error"]["code"] == "draining"


def test_a_second_signal_waits_for_nothing(new_live: NewLive, upstream: StartUpstream) -> None:
    platform = new_live().start()
    tenant = platform.tenant()
    endless = upstream(sse(*[WORD] * 3000, pause=0.1))
    stream = Listening(tenant.agent(endless.url + PATH), tenant)
    stream.run = lambda: _quietly(stream)  # type: ignore[method-assign] # its end is not clean
    stream.begin()
    platform.signal(signal.SIGTERM)
    wait_until(lambda: ready(platform) == 503, 20, "the drain")
    began = time.monotonic()
    platform.signal(signal.SIGTERM)
    platform.wait()
    assert time.monotonic() - began < DRAIN_SECONDS / 2
    stream.join(20)
    assert endless.connections[0].gone.wait(10)


def _quietly(stream: Listening) -> None:
    try:
        Listening.run(stream)
    except httpx.TransportError:
        return


def test_what_was_loaded_at_the_start_is_left_out_of_collections() -> None:
    threshold = gc.get_threshold()
    try:
        calm_collector()
        assert gc.get_freeze_count() > 50_000
        assert gc.get_threshold()[0] > threshold[0]
    finally:
        gc.unfreeze()
        gc.set_threshold(*threshold)
