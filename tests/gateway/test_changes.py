"""How soon a gateway learns of a change, and that it misses none."""

import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import islice

import pytest
import redis
from django.utils import timezone

from gateway.changes import ChangeFeed
from tenants.models import Change
from tests.gateway.calls import PATH, post
from tests.live import LivePlatform, LiveTenant, NewLive
from tests.servers.redis import Redis
from tests.upstreams.chat import Chat
from tests.upstreams.fixtures import StartUpstream


def seconds_until(happened: Callable[[], bool]) -> float:
    began = time.monotonic()
    while not happened():
        assert time.monotonic() - began < 30, "it did not happen"
        time.sleep(0.01)
    return time.monotonic() - began


def says(platform: LivePlatform, tenant: LiveTenant, agent: object) -> str:
    return str(post(agent, tenant, stream=False).text)  # type: ignore[arg-type] # LiveAgent


def test_a_moved_endpoint_an_empty_slot_and_a_plan_are_learnt_within_a_second(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    old, new = upstream(Chat(words=["old"])), upstream(Chat(words=["new"]))
    agent = tenant.agent(old.url + PATH)
    platform = tenant.platform
    assert "old" in says(platform, tenant, agent)

    def rounds() -> Iterator[list[float]]:
        """How long each change took to be learnt, again and again."""
        endpoint = agent.endpoint_id
        while True:
            platform.ask("change_endpoint", endpoint=endpoint, urls=[new.url + PATH])
            moved = seconds_until(lambda: "new" in says(platform, tenant, agent))
            platform.ask("plan", tenant=tenant.id, plan="free")
            refused = seconds_until(lambda: post(agent, tenant).status_code == 403)
            platform.ask("plan", tenant=tenant.id, plan="pro")
            admitted = seconds_until(lambda: post(agent, tenant).status_code == 200)
            platform.ask("patch", agent=agent.id, llm=None)
            emptied = seconds_until(lambda: post(agent, tenant).status_code == 409)
            yield [moved, refused, admitted, emptied]
            platform.ask("patch", agent=agent.id, llm=endpoint)
            platform.ask("change_endpoint", endpoint=endpoint, urls=[old.url + PATH])
            seconds_until(lambda: "old" in says(platform, tenant, agent))

    # What else runs on the machine can make one slow.
    best = [30.0] * 4
    for took in islice(rounds(), 4):
        best = [min(pair) for pair in zip(best, took, strict=True)]
        if max(best) < 2:
            break
    assert max(best) < 2, best


def test_redis_makes_it_a_moment(
    new_live: NewLive, redis_server: Redis, upstream: StartUpstream
) -> None:
    platform = new_live(redis_url=redis_server.url).start()
    tenant = platform.tenant()
    agent = tenant.agent(upstream(Chat()).url + PATH)
    took = []
    for _ in range(5):
        key, key_id = tenant.new_key("llm")
        headers = {"authorization": f"Bearer {key}"}
        assert post(agent, None, headers=headers).status_code == 200
        time.sleep(0.3)  # so that no poll is due by chance
        tenant.revoke(key_id)
        took.append(
            seconds_until(lambda h=headers: post(agent, None, headers=h).status_code == 401)
        )

    assert sorted(took)[2] < 0.3


def test_a_redis_that_refuses_the_password_is_told_with_its_reason(
    new_live: NewLive, own_redis: Redis
) -> None:
    with redis.Redis.from_url(own_redis.url) as client:
        client.config_set("requirepass", "right")
    platform = new_live(redis_url=own_redis.url.replace("//", "//:pa55w0rd@")).start()
    seconds_until(lambda: "invalid username-password" in platform.log.read_text())
    assert "pa55w0rd" not in platform.log.read_text()


def test_redis_may_go_and_come_back(
    new_live: NewLive, own_redis: Redis, upstream: StartUpstream
) -> None:
    platform = new_live(redis_url=own_redis.url).start()
    tenant = platform.tenant()
    agent = tenant.agent(upstream(Chat()).url + PATH)
    own_redis.stop()

    assert post(agent, tenant).status_code == 200
    tenant.revoke()

    assert seconds_until(lambda: post(agent, tenant).status_code == 401) < 10
    own_redis.start()
    assert platform.stop() == 0


@pytest.mark.django_db(transaction=True)
async def test_after_a_gap_the_feed_looks_back_over_all_of_it() -> None:
    applied: list[tuple[str, str, str]] = []

    async def apply(kind: str, object_id: str, tenant_id: str) -> None:
        applied.append((kind, object_id, tenant_id))

    def write(name: str, age: float) -> None:
        row = Change.objects.create(kind="agent", object_id=name, tenant_id="ten_1")
        Change.objects.filter(pk=row.pk).update(created_at=timezone.now() - timedelta(seconds=age))

    with ThreadPoolExecutor(1) as executor:
        feed = ChangeFeed(apply, executor, "")
        await asyncio.to_thread(write, "fresh", 1)
        await asyncio.to_thread(write, "in the gap", 300)
        await asyncio.to_thread(write, "long known", 3000)
        await feed.poll()
        assert applied == [("agent", "fresh", "ten_1")]

        feed.polled -= 600  # as after ten minutes without a database
        await feed.poll()
        await feed.poll()

    assert applied == [("agent", "fresh", "ten_1"), ("agent", "in the gap", "ten_1")]
