"""The whole road under load: the gateway killed, the database away; each dispatch one event."""

import os
import random
import sys
import time
from collections import Counter

import pytest

from tests.live import NewLive
from tests.servers.postgres import GivenPostgres, Postgres
from tests.servers.program import wait_until
from tests.upstreams.chat import Chat
from tests.upstreams.fixtures import StartUpstream
from tests.upstreams.server import Upstream
from tests.usage.callers import Callers
from tests.usage.databases import Database

PATH = "/v1/chat/completions"
_DISPATCHES = int(os.environ.get("PATCHBAY_TEST_DISPATCHES", "500"))
_OUTAGE = float(os.environ.get("PATCHBAY_TEST_OUTAGE", "15"))


def told(database: Database) -> list[tuple[str, str]]:
    """(number of the call, outcome) of each event."""
    return [
        (number, outcome)
        for number, outcome in database.query(
            "SELECT external_id, outcome FROM call_events"
            " JOIN usage_call ON usage_call.id = call_id"
        )
    ]


def seen(endpoint: Upstream) -> Counter[str]:
    """The numbers of the calls that the endpoint has read, with how often it has."""
    return Counter(request.json()["user"] for request in list(endpoint.requests))


def compare(endpoint: Upstream, database: Database) -> Counter[str]:
    """Fails unless what the endpoint saw and what was recorded are the same dispatches."""
    events = told(database)
    counts = Counter(number for number, _ in events)
    reached = seen(endpoint)
    assert max(reached.values()) == 1, "a dispatch was sent to the endpoint twice"
    assert max(counts.values()) == 1, "doubled events"
    assert not reached.keys() - counts.keys(), "lost events"
    for number, outcome in events:
        assert outcome != "ok" or number in reached
    return Counter(outcome for _, outcome in events)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_the_gateway_killed_at_random_moments_loses_and_doubles_no_event(
    kind: str,
    new_live: NewLive,
    upstream: StartUpstream,
    unblocked: None,
    request: pytest.FixtureRequest,
    capsys: pytest.CaptureFixture[str],
) -> None:
    server: Postgres | GivenPostgres | None = (
        request.getfixturevalue("postgres") if kind == "postgres" else None
    )
    live = new_live(database_url=server.new_database() if server else None).start()
    tenant = live.tenant("enterprise")
    endpoint = upstream(Chat(pause=0.01))
    seed = int(os.environ.get("PATCHBAY_TEST_SEED", time.time_ns() % 100_000))
    chance, kills, began = random.Random(seed), 0, time.monotonic()
    with Callers(tenant, tenant.agent(endpoint.url + PATH), threads=12, pause=0.02) as callers:
        while len(seen(endpoint)) < _DISPATCHES or kills < _DISPATCHES // 100:
            time.sleep(chance.random() * 1.5)
            live.kill()
            kills += 1
            live.start()
    database = Database(live.database_url)
    wait_until(lambda: seen(endpoint).keys() <= dict(told(database)).keys(), 120, "the last event")
    live.stop()
    outcomes = compare(endpoint, database)
    with capsys.disabled():
        sys.stdout.write(
            f"\n{kind}: {kills} kills in {time.monotonic() - began:.0f} s, seed {seed}: endpoint"
            f" saw {len(seen(endpoint))} dispatches, each has one event: {dict(outcomes)};"
            f" {len(callers.whole)} answers came whole\n"
        )
    assert outcomes["lost_process"] > 0
    assert len(callers.whole) <= outcomes["ok"] + outcomes["lost_process"]


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("how", ["stopped", "frozen"])
def test_a_database_that_is_away_under_load_costs_no_call_and_no_event(
    how: str,
    new_live: NewLive,
    own_postgres: Postgres,
    upstream: StartUpstream,
    unblocked: None,
    capsys: pytest.CaptureFixture[str],
) -> None:
    live = new_live(database_url=own_postgres.new_database()).start()
    tenant = live.tenant("enterprise")
    endpoint = upstream(Chat(pause=0.005))
    with Callers(tenant, tenant.agent(endpoint.url + PATH), threads=6, pause=0.1) as callers:
        wait_until(lambda: len(callers.whole) > 20, 60, "the first calls")
        time.sleep(3)  # the notice of the new key has been read by then: a key has no stand-in
        before = len(callers.whole)
        own_postgres.stop() if how == "stopped" else own_postgres.pause()
        time.sleep(_OUTAGE)
        meanwhile = len(callers.whole) - before
        own_postgres.start() if how == "stopped" else own_postgres.resume()
        time.sleep(1)
    database = Database(live.database_url)
    wait_until(lambda: seen(endpoint).keys() <= dict(told(database)).keys(), 120, "the last event")
    outcomes = compare(endpoint, database)
    with capsys.disabled():
        sys.stdout.write(
            f"\ndatabase {how} for {_OUTAGE:.0f} s: {meanwhile} calls went on meanwhile,"
            f" {len(callers.failed)} failed; events: {dict(outcomes)}\n"
        )
    assert callers.failed == {}
    assert meanwhile > _OUTAGE
    assert outcomes == {"ok": len(callers.whole)}
