"""A caller that goes takes its dispatch with it; so does one that stops reading."""

import socket
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.gateway.calls import PATH, SSE, WORD, dial, event_of, hang_up
from tests.live import LiveTenant
from tests.servers.program import settled, wait_until
from tests.upstreams.fixtures import StartUpstream
from tests.upstreams.script import Send, Stall, head, sse
from tests.upstreams.server import Blackhole, Connected, Upstream

AT_ONCE = 0.25
TRIES = 4
PHASES: dict[str, tuple[Any, dict[str, Any]]] = {
    "during the handshake": ([], {"never_tls": True}),
    "before the head": ([Stall()], {}),
    "after the head": ([Send(SSE), Stall()], {}),
    "in the middle": ([*sse(WORD, WORD, last=False), Stall()], {}),
    "inside an error": ([Send(head(500, ("content-length", "9")) + b"a"), Stall()], {}),
}


def wait_for(upstream: Upstream, phase: str, number: int) -> None:
    """Until the dispatch of that number, from 0, hangs where its phase says."""
    seen = upstream.connections if phase == "during the handshake" else upstream.requests
    wait_until(lambda: len(seen) > number, 20, "the call")
    time.sleep(0.15)


def seconds_since(gone: float, connection: Connected) -> float:
    """How long an endpoint's connection outlived its caller's."""
    assert connection.gone.wait(10)
    return (connection.gone_at or 0) - gone


def assert_at_once(tenant: LiveTenant, hangs_up: Callable[[int], float]) -> None:
    """Of calls that are hung up: what else runs on the machine can make one slow."""
    took = [hangs_up(0)]
    while took[-1] >= AT_ONCE and len(took) < TRIES:
        took.append(hangs_up(len(took)))
    assert took[-1] < AT_ONCE, took
    for event in tenant.platform.events(tenant, len(took)):
        assert (event["outcome"], event["error"]) == ("client_gone", None)


@pytest.mark.parametrize("how", ["close", "reset", "half close"])
@pytest.mark.parametrize("phase", PHASES)
def test_who_hangs_up_closes_the_upstream_at_once(
    tenant: LiveTenant, upstream: StartUpstream, phase: str, how: str
) -> None:
    script, options = PHASES[phase]
    endpoint = upstream(script, **options)
    agent = tenant.agent(endpoint.url + PATH, timeouts={"tls": 10})

    def hangs_up(number: int) -> float:
        peer = dial(agent, tenant)
        wait_for(endpoint, phase, number)
        assert not endpoint.connections[number].gone.is_set()
        gone = hang_up(peer, how)
        took = seconds_since(gone, endpoint.connections[number])
        peer.close()
        return took

    assert_at_once(tenant, hangs_up)


def test_who_hangs_up_while_a_whole_reply_is_awaited_closes_the_upstream(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    half = head(200, ("content-type", "application/json"), ("content-length", "99")) + b'{"a":'
    endpoint = upstream([Send(half), Stall()])
    agent = tenant.agent(endpoint.url + PATH)

    def hangs_up(number: int) -> float:
        peer = dial(agent, tenant, stream=False)
        wait_for(endpoint, "before the head", number)
        return seconds_since(hang_up(peer), endpoint.connections[number])

    assert_at_once(tenant, hangs_up)


def test_who_hangs_up_while_connecting_ends_the_dispatch(tenant: LiveTenant) -> None:
    black = Blackhole()
    agent = tenant.agent(black.url + PATH, timeouts={"connect": 10})
    peer = dial(agent, tenant)
    wait_until(lambda: open_dispatches(tenant) == 1, 20, "the call")
    hang_up(peer)
    event = event_of(tenant)
    black.close()
    assert event["outcome"] == "client_gone"
    assert event["timing_ms"]["total"] < 9_000, "the connect clock was not waited for"


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
    assert all(connection.gone.wait(10) for connection in endpoint.connections)
    wait_until(lambda: open_dispatches(tenant) == 0, 20, "the end of all calls")

    def events() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = tenant.platform.ask("events", tenant=tenant.id)["events"]
        return found

    # Who hangs up before the request was read begins no dispatch.
    wait_until(lambda: len(events()) >= len(endpoint.requests), 30, "the events")
    assert settled(lambda: len(events())) <= 150
    assert {event["outcome"] for event in events()} == {"client_gone"}


def open_dispatches(tenant: LiveTenant) -> float:
    return tenant.platform.metrics()["patchbay_open_dispatches"]
