from datetime import timedelta

import pytest
import redis
from django.db import transaction
from django.utils import timezone
from pytest_django import Settings

from tenants import changes
from tenants.models import Change
from tests.servers.program import free_port
from tests.servers.redis import GivenRedis, Redis


@transaction.atomic
def change_that_fails() -> None:
    changes.notify("agent", "agt_1", "ten_1")
    raise ZeroDivisionError


@pytest.mark.django_db(transaction=True)
def test_notice_outside_a_transaction_is_an_error() -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        changes.notify("agent", "agt_1", "ten_1")
    assert not Change.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_notice_disappears_with_the_change_that_failed() -> None:
    with pytest.raises(ZeroDivisionError):
        change_that_fails()
    assert changes.recent() == []


@pytest.mark.django_db
def test_recent_gives_the_notices_of_the_last_minute_oldest_first() -> None:
    changes.notify("agent", "agt_old", "ten_1")
    Change.objects.update(created_at=timezone.now() - timedelta(seconds=61))
    changes.notify("agent", "agt_1", "ten_1")
    changes.notify("api_key", "ab" * 32, "ten_2")
    assert [row[1:] for row in changes.recent()] == [
        ("agent", "agt_1", "ten_1"),
        ("api_key", "ab" * 32, "ten_2"),
    ]


@pytest.mark.django_db
def test_prune_deletes_what_is_older_than_a_day_and_nothing_else() -> None:
    changes.notify("agent", "agt_old", "ten_1")
    Change.objects.update(created_at=timezone.now() - timedelta(hours=24, seconds=1))
    changes.notify("agent", "agt_new", "ten_1")
    assert changes.prune() == 1
    assert list(Change.objects.values_list("object_id", flat=True)) == ["agt_new"]


@pytest.mark.django_db(transaction=True)
def test_commit_wakes_the_listeners_of_redis_and_a_rollback_does_not(
    settings: Settings, redis_server: Redis | GivenRedis
) -> None:
    settings.REDIS_URL = redis_server.url
    with redis.Redis.from_url(redis_server.url) as client, client.pubsub() as listener:
        listener.subscribe(changes.CHANNEL)
        listener.get_message(timeout=5)  # the answer to the subscription itself
        with pytest.raises(ZeroDivisionError):
            change_that_fails()
        assert listener.get_message(timeout=0.3) is None
        with transaction.atomic():
            changes.notify("agent", "agt_1", "ten_1")
            assert listener.get_message(timeout=0.3) is None
        woken = listener.get_message(timeout=5)
    changes._connection.cache_clear()
    assert woken is not None
    assert woken["type"] == "message"


@pytest.mark.django_db(transaction=True)
def test_change_is_kept_while_redis_is_away(settings: Settings) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
    with transaction.atomic():
        changes.notify("agent", "agt_1", "ten_1")
    changes._connection.cache_clear()
    assert Change.objects.count() == 1
