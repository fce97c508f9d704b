"""A caller that goes takes its dispatch with it; so does one that stops reading."""

import socket
import time
from typing import Any

import pytest

from tests.gateway.calls import PATH, SSE, WORD, dial, event_of, hang_up
from tests.live import LiveTenant
from tests.upstreams.fixtures import StartUpstream
from tests.upstreams.script import Send, Stall, head, sse
from tests.upstreams.server import Blackhole, Upstream

AT_ONCE = 0.25

PHASES: dict[str, tuple[Any, dict[str, Any]]] = {
    "during the handshake": ([], {"never_tls": True}),
    "before the head": ([Stall()], {}),
    "after the head": ([Send(SSE), Stall()], {}),
    "in the middle": ([*sse(WORD, WORD, last=False), Stall()], {}),
    "inside an error": ([Send(head(500, ("content-length", "9")) + b"a"), Stall()], {}),
}


def wait_for(upstream: Upstream, phase: str) -> None:
    """Until the dispatch hangs where its phase says."""
    deadline = time.monotonic() + 5
    seen = upstream.connections if phase == "during the handshake" else upstream.requests
    while not seen:
        assert time.monotonic() < deadline, "the call did not come"
        time.sleep(0.005)
    time.sleep(0.15)


@pytest.mark.parametrize("how", ["close", "reset", "half close"])
@pytest.mark.parametrize("phase", PHASES)
def test_who_hangs_up_closes_the_upstream_at_once(
    tenant: LiveTenant, upstream: StartUpstream, phase: str, how: str
) -> None:
    script, options = PHASES[phase]
    endpoint = upstream(script, **options)
    agent = tenant.agent(endpoint.url + PATH, timeouts={"tls": 10})
    peer = dial(agent, tenant)
    wait_for(endpoint, phase)
    assert not endpoint.connections[0].gone.is_set()

    gone = hang_up(peer, how)

    assert endpoint.connections[0].gone.wait(2)
    peer.close()
    took = (endpoint.connections[0].gone_at or 0) - gone
    assert took < AT_ONCE, f"{took * 1000:.0f} ms"
    event = event_of(tenant)
    assert (event["outcome"], event["error"]) == ("client_gone", None)


def test_who_hangs_up_while_a_whole_reply_is_awaited_closes_the_upstream(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    half = head(200, ("content-type", "application/json"), ("content-length", "99")) + b'{"a":'
    endpoint = upstream([Send(half), Stall()])
    agent = tenant.agent(endpoint.url + PATH)
    peer = dial(agent, tenant, stream=False)
    wait_for(endpoint, "before the head")

    gone = hang_up(peer)

    assert endpoint.connections[0].gone.wait(2)
    assert (endpoint.connections[0].gone_at or 0) - gone < AT_ONCE
    assert event_of(tenant)["outcome"] == "client_gone"


def test_who_hangs_up_while_connecting_ends_the_dispatch(tenant: LiveTenant) -> None:
    black = Blackhole()
    agent = tenant.agent(black.url + PATH, timeouts={"connect": 10})
    peer = dial(agent, tenant)
    time.sleep(0.3)

    hang_up(peer)

    event = event_of(tenant)
    black.close()
    assert event["outcome"] == "client_gone"
    assert event["timing_ms"]["total"] < 300 + AT_ONCE * 1000 + 100


def test_who_hangs_up_inside_the_request_begins_no_dispatch(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    endpoint = upstream([Stall()])
    agent = tenant.agent(endpoint.url + PATH)
    peer = socket.create_connection(("127.0.0.1", tenant.platform.port))
    path = f"/a/{agent.id}{PATH}"
    head_only = f"POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {tenant.key}\r\n"
    peer.sendall(f"{head_only}content-length: 100\r\n\r\n{{".encode())
    time.sleep(0.1)

    peer.close()

    time.sleep(0.3)
    assert not endpoint.connections
    assert tenant.platform.events(tenant, 0) == []


def test_hundreds_that_hang_up_at_any_moment_leave_nothing_behind(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    endpoint = upstream(sse(*[WORD] * 20, pause=0.01, last=False))
    agent = tenant.agent(endpoint.url + PATH)
    for number in range(150):
        peer = dial(agent, tenant)
        time.sleep(number % 25 / 150)
        hang_up(peer, ("close", "reset", "half close")[number % 3])
        peer.close()
    assert all(connection.gone.wait(5) for connection in endpoint.connections)
    time.sleep(0.5)

    # Who hangs up before the request was read begins no dispatch.
    events = tenant.platform.ask("events", tenant=tenant.id)["events"]
    assert len(endpoint.requests) <= len(events) <= 150
    assert {event["outcome"] for event in events} == {"client_gone"}
    assert tenant.platform.metrics()["patchbay_open_dispatches"] == 0
