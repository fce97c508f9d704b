"""A database that hangs: callers that are known go on, the others hear of it soon."""

import time

from gateway.changes import POLL_SECONDS
from tests.gateway.calls import PATH, code, post
from tests.live import NewLive
from tests.servers.postgres import Postgres
from tests.upstreams.chat import Chat
from tests.upstreams.fixtures import StartUpstream


def test_a_database_that_hangs_holds_up_neither_strangers_nor_the_end(
    new_live: NewLive, own_postgres: Postgres, upstream: StartUpstream
) -> None:
    platform = new_live(database_url=own_postgres.new_database()).start()
    tenant = platform.tenant()
    agent = tenant.agent(upstream(Chat()).url + PATH)
    cold = platform.tenant()
    assert post(agent, tenant).status_code == 200
    time.sleep(2 * POLL_SECONDS)  # what was made just now is news that drops what is remembered
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
    assert 4 < took < 20
    assert warm == 200
    assert (ended, stopping < 40) == (0, True), f"{stopping:.1f} s"
    platform.start()
    assert {event["outcome"] for event in platform.events(tenant, 3)} == {"ok"}
