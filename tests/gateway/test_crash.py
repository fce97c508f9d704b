"""No dispatch is lost or counted twice: not by `kill -9`, not by a database that is away."""

import os
import random
import sys
import time
from collections import Counter
from typing import Any

import pytest

from tests.gateway.calls import PATH, code, post
from tests.gateway.load import Load, numbers_recorded, numbers_seen
from tests.live import LivePlatform, LiveTenant, NewLive
from tests.servers.postgres import Postgres
from tests.upstreams.chat import Chat
from tests.upstreams.fixtures import StartUpstream

DISPATCHES = 1000
OUTAGE_SECONDS = float(os.environ.get("TEST_OUTAGE_SECONDS", "10"))


def settled(platform: LivePlatform, tenant: LiveTenant) -> list[dict[str, Any]]:
    """All events, once no more are coming."""
    events: list[dict[str, Any]] = []
    for _ in range(30):
        time.sleep(2)
        before, events = events, platform.ask("events", tenant=tenant.id)["events"]
        if len(events) == len(before):
            return events
    raise AssertionError("events go on coming")


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_every_dispatch_that_the_endpoint_saw_has_one_event_after_kill_9(
    new_live: NewLive, upstream: StartUpstream, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = int(os.environ.get("TEST_SEED", random.randrange(1 << 32)))
    moments = random.Random(seed)
    platform = new_live().start()
    tenant = platform.tenant("enterprise")
    endpoint = upstream(Chat(pause=0.02))
    agent = tenant.agent(endpoint.url + PATH)
    kills = 0
    with Load(agent, tenant) as load:
        while len(endpoint.requests) < DISPATCHES:
            time.sleep(moments.uniform(0.05, 1.5))
            platform.kill()
            kills += 1
            platform.start()
    events = settled(platform, tenant)

    seen = numbers_seen(endpoint)
    recorded = numbers_recorded(events, agent, tenant, len(load.outcomes) + 100)
    with capsys.disabled():
        sys.stdout.write(
            f"\nseed {seed}: {kills} kills, {len(seen)} dispatches seen upstream, "
            f"{len(events)} events, {dict(Counter(event['outcome'] for event in events))}\n"
        )
    assert kills >= 10
    assert max(seen.values()) == 1, "a dispatch was sent upstream twice"
    assert seen.keys() <= recorded.keys(), "a dispatch that was seen has no event"
    assert max(recorded.values()) == 1, "a dispatch has two events"
    assert any(event["outcome"] == "lost_process" for event in events)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("how", ["stopped", "frozen"])
def test_no_call_fails_while_the_database_is_away(
    new_live: NewLive,
    own_postgres: Postgres,
    upstream: StartUpstream,
    capsys: pytest.CaptureFixture[str],
    how: str,
) -> None:
    platform = new_live(database_url=own_postgres.new_database()).start()
    tenant = platform.tenant("enterprise")
    endpoint = upstream(Chat(pause=0.02))
    agent = tenant.agent(endpoint.url + PATH)
    with Load(agent, tenant) as load:
        time.sleep(2)
        before = len(load.outcomes)
        own_postgres.stop() if how == "stopped" else own_postgres.pause()
        time.sleep(OUTAGE_SECONDS)
        meanwhile = len(load.outcomes) - before
        own_postgres.start() if how == "stopped" else own_postgres.resume()
        time.sleep(3)
    events = settled(platform, tenant)

    with capsys.disabled():
        sys.stdout.write(
            f"\ndatabase {how} for {OUTAGE_SECONDS:g} s: {len(load.outcomes)} calls, {meanwhile} "
            f"of them meanwhile, {sum(load.failures.values())} failed, {len(events)} events\n"
        )
    assert not load.failures
    assert meanwhile > 20
    recorded = numbers_recorded(events, agent, tenant, len(load.outcomes) + 100)
    assert recorded.keys() == numbers_seen(endpoint).keys()
    assert max(recorded.values()) == 1
    assert {event["outcome"] for event in events} == {"ok"}


def test_a_database_that_hangs_holds_up_neither_strangers_nor_the_end(
    new_live: NewLive, own_postgres: Postgres, upstream: StartUpstream
) -> None:
    platform = new_live(database_url=own_postgres.new_database()).start()
    tenant = platform.tenant()
    agent = tenant.agent(upstream(Chat()).url + PATH)
    cold = platform.tenant()
    assert post(agent, tenant).status_code == 200

    own_postgres.pause()
    began = time.monotonic()
    refused = code(post(agent, cold))
    took = time.monotonic() - began
    warm = post(agent, tenant).status_code
    began = time.monotonic()
    ended = platform.stop()
    stopping = time.monotonic() - began
    own_postgres.resume()

    assert refused == (503, "overloaded")
    assert 4 < took < 7
    assert warm == 200
    assert (ended, stopping < 15) == (0, True), f"{stopping:.1f} s"
    platform.start()
    assert {event["outcome"] for event in platform.events(tenant, 2)} == {"ok"}
