"""What operators ask, over the real server."""

import resource

import httpx2 as httpx

from tests.gateway.calls import PATH, code, post
from tests.gateway.test_changes import seconds_until
from tests.live import LivePlatform, NewLive
from tests.servers.program import wait_until
from tests.upstreams.chat import Chat
from tests.upstreams.fixtures import StartUpstream


def test_a_process_that_serves_is_live_and_ready(live: LivePlatform) -> None:
    for path in ("/healthz", "/readyz"):
        got = httpx.get(live.url + path)
        assert (got.status_code, got.json()) == (200, {"status": "ok"})
        assert got.headers["cache-control"] == "no-store"
        assert httpx.head(live.url + path).status_code == 200
        assert httpx.post(live.url + path).status_code == 405


def test_metrics_need_the_token(live: LivePlatform) -> None:
    for headers in ({}, {"authorization": "Bearer wrong"}):
        assert httpx.get(f"{live.url}/metrics", headers=headers).status_code == 401


def test_metrics_count_what_ended(live: LivePlatform, upstream: StartUpstream) -> None:
    tenant = live.tenant()
    agent = tenant.agent(upstream(Chat()).url + PATH)

    def rests() -> bool:
        return live.metrics()["patchbay_open_dispatches"] == 0

    wait_until(rests, 20, "the end of other calls")
    before = live.metrics()
    size = len(post(agent, tenant).content)
    wait_until(rests, 20, "the end of the call")
    after = live.metrics()
    assert after["patchbay_bytes_out_total"] - before["patchbay_bytes_out_total"] == size
    name = "patchbay_first_content_seconds_count"
    assert after[name] - before[name] == 1
    assert after["patchbay_ledger_healthy"] == 1


def test_without_a_disk_to_write_on_nothing_is_sent_and_nobody_is_told_ready(
    new_live: NewLive, upstream: StartUpstream
) -> None:
    platform = new_live().start()
    tenant = platform.tenant()
    endpoint = upstream(Chat())
    agent = tenant.agent(endpoint.url + PATH)
    for _ in range(3):
        assert post(agent, tenant).status_code == 200
    unlimited = resource.prlimit(platform.pid(), resource.RLIMIT_FSIZE)

    resource.prlimit(platform.pid(), resource.RLIMIT_FSIZE, (16, unlimited[1]))
    refused = code(post(agent, tenant))
    seen = len(endpoint.requests)
    seconds_until(lambda: httpx.get(f"{platform.url}/readyz").status_code == 503)
    resource.prlimit(platform.pid(), resource.RLIMIT_FSIZE, unlimited)

    assert refused == (503, "usage_unavailable")
    assert seen == 3
    seconds_until(lambda: post(agent, tenant).status_code == 200)
    seconds_until(lambda: httpx.get(f"{platform.url}/readyz").status_code == 200)
