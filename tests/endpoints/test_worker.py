"""The real worker process, on the embedded broker and on Redis, against real endpoints."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from endpoints.models import RunStatus, ValidationRun
from endpoints.tasks import announce
from endpoints.validation.registry import checks_of
from tenants.models import Tenant
from tests.endpoints.rows import TOKEN, saved_endpoint
from tests.endpoints.validation.zoo import HEALTHY
from tests.endpoints.worker import ROOT, Worker, environment, wait_for
from tests.servers.redis import Redis
from tests.tenants import rows
from tests.upstreams import Authority, Stall
from tests.upstreams.fixtures import StartUpstream

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

StartWorker = Callable[..., Worker]
Save = Callable[..., ValidationRun]


@pytest.fixture
def start_worker(tmp_path: Path, authority: Authority) -> Iterator[StartWorker]:
    started: list[Worker] = []

    def start(**variables: str) -> Worker:
        egress = {"EGRESS_ALLOW_CIDRS": "127.0.0.0/8", "EGRESS_CA_FILE": authority.ca_file}
        started.append(Worker(tmp_path, **egress, **variables))
        return started[-1]

    yield start
    for worker in started:
        worker.kill()


@pytest.fixture
def save(upstream: StartUpstream, loopback: None) -> Save:
    """Saves an endpoint whose server plays a script; the run that tests it."""

    def save(script: Any = HEALTHY) -> ValidationRun:
        tenant: Tenant = rows.tenant("Acme")
        url = upstream(script).url + "/v1/chat/completions"
        saved = saved_endpoint(tenant, urls=[url], auth={"type": "bearer", "token": TOKEN})
        assert saved.run is not None
        return saved.run

    return save


def is_done(run: ValidationRun) -> bool:
    run.refresh_from_db()
    return run.finished_at is not None


def messages() -> list[Path]:
    return list((settings.SPOOL_DIR / "tasks" / "queue").glob("*.msg"))


def forget_messages() -> None:
    for message in messages():
        message.unlink()


def age(run: ValidationRun) -> None:
    """Makes the run as old as one whose announcement counts as lost."""
    ValidationRun.objects.filter(id=run.id).update(created_at=timezone.now() - timedelta(minutes=1))


def test_a_save_is_announced_by_id_alone_and_tested_by_the_worker(
    save: Save, start_worker: StartWorker
) -> None:
    forget_messages()
    run = save()
    (message,) = messages()
    envelope = json.loads(message.read_bytes())
    assert TOKEN not in message.read_text()
    assert envelope["headers"]["argsrepr"] == f"('{run.id}',)"
    worker = start_worker()
    wait_for(lambda: is_done(run), worker)
    assert run.status == RunStatus.PASSED
    assert worker.stop() == 0
    assert TOKEN not in worker.log.read_text()


def test_a_run_whose_announcement_was_lost_is_found_by_the_workers_sweep(
    save: Save, start_worker: StartWorker
) -> None:
    run = save()
    forget_messages()
    age(run)
    wait_for(lambda: is_done(run), start_worker())


def test_a_run_whose_worker_was_killed_is_done_again_by_another(
    save: Save, start_worker: StartWorker
) -> None:
    run = save([Stall()])
    first = start_worker()
    wait_for(run.checks.exists, first)
    first.kill()
    ValidationRun.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    run.endpoint.timeouts = {"first_byte": 0.5}
    run.endpoint.save()
    wait_for(lambda: is_done(run), start_worker())
    assert (run.attempts, run.status) == (2, RunStatus.FAILED)
    names = list(run.checks.values_list("name", flat=True))
    assert names == [check.name for check in checks_of("llm")]


def test_a_worker_that_is_told_to_end_gives_its_run_back_at_once(
    save: Save, start_worker: StartWorker
) -> None:
    run = save([Stall()])
    first = start_worker()
    wait_for(run.checks.exists, first)
    began = time.monotonic()
    assert first.stop() == 0
    assert time.monotonic() - began < 40, "the endpoint would be waited for"
    run.refresh_from_db()
    assert run.status == RunStatus.QUEUED
    run.endpoint.timeouts = {"first_byte": 0.5}
    run.endpoint.save()
    wait_for(lambda: is_done(run), start_worker())
    assert run.attempts == 2


def test_redis_carries_the_announcements_where_there_is_one(
    save: Save, start_worker: StartWorker, redis_server: Redis
) -> None:
    run = save()
    forget_messages()
    age(run)
    wait_for(lambda: is_done(run), start_worker(REDIS_URL=redis_server.url))
    assert run.status == RunStatus.PASSED
    assert not messages()


def announced_elsewhere(run_id: str, redis_url: str) -> tuple[float, str]:
    """Announces a run in a process of its own: how many seconds it took, and all that it said."""
    code = (
        "import time; from endpoints.tasks import announce; began = time.monotonic();"
        f" announce('{run_id}'); print('took', time.monotonic() - began)"
    )
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "-v0", "-c", code],
        cwd=ROOT,
        env=environment(REDIS_URL=redis_url),
        capture_output=True,
        text=True,
        timeout=200,
        check=True,
    )
    return float(done.stdout.rpartition("took ")[2]), done.stdout + done.stderr


@pytest.mark.parametrize("how", ["refuses", "is silent"])
def test_a_broker_that_is_away_delays_a_save_little_and_is_logged(
    how: str, own_redis: Redis
) -> None:
    if how == "refuses":
        own_redis.stop()
    else:
        own_redis.pause()
    took, said = announced_elsewhere("val_1", own_redis.url)
    assert "validation.not_announced" in said
    assert took < 15


def test_a_worker_outlives_a_restart_of_its_broker(
    save: Save, start_worker: StartWorker, own_redis: Redis
) -> None:
    first, worker = save(), start_worker(REDIS_URL=own_redis.url)
    announced_elsewhere(first.id, own_redis.url)
    wait_for(lambda: is_done(first), worker)
    own_redis.stop()
    time.sleep(1)
    own_redis.start()
    second = save()
    announced_elsewhere(second.id, own_redis.url)
    wait_for(lambda: is_done(second), worker)
    forget_messages()


def test_tenants_whose_servers_crawl_leave_threads_to_others(
    upstream: StartUpstream, loopback: None, save: Save, start_worker: StartWorker
) -> None:
    forget_messages()
    url = upstream([Stall()]).url + "/v1/chat/completions"
    for number in range(4):
        tenant = rows.tenant(f"Bad {number}")
        for _ in range(4):
            saved_endpoint(tenant, urls=[url], auth={"type": "bearer", "token": TOKEN})
    worker = start_worker()
    running = ValidationRun.objects.filter(status=RunStatus.RUNNING)
    wait_for(lambda: running.count() >= 8 and not messages(), worker)
    theirs = save()
    wait_for(lambda: is_done(theirs), worker, seconds=10)
    assert theirs.status == RunStatus.PASSED


def test_an_announcement_of_a_run_that_is_gone_is_harmless(
    save: Save, start_worker: StartWorker
) -> None:
    forget_messages()
    announce("val_nothing")
    run = save()
    wait_for(lambda: is_done(run), start_worker())
