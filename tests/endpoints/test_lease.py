"""Claims on validation runs: done once, never lost, never by the dead."""

from datetime import timedelta

import pytest
from django.utils import timezone

from endpoints.models import CheckStatus, Endpoint, RunStatus, ValidationRun
from endpoints.validation import lease
from endpoints.validation.base import Finding
from endpoints.validation.lease import LeaseLost
from tenants.models import Tenant

pytestmark = pytest.mark.django_db

LONG_AGO = timedelta(minutes=5)


@pytest.fixture
def run() -> ValidationRun:
    tenant = Tenant.objects.create(name="Acme", plan_name="pro")
    endpoint = Endpoint.objects.create(
        tenant=tenant, name="House model", channel="llm", wire_format="openai-chat"
    )
    return ValidationRun.objects.create(tenant=tenant, endpoint=endpoint, endpoint_version=1)


def claimed(run: ValidationRun) -> lease.Claim:
    claim = lease.claim(run.id)
    assert claim is not None
    return claim


def store(claim: lease.Claim, name: str, status: CheckStatus) -> None:
    found = Finding(status, "Seen.")
    claim.store(position=1, name=name, label=name.title(), took=1.26, found=found, evidence={})


def age(run: ValidationRun, **moments: timedelta) -> None:
    """Moves moments of the row into the past."""
    past = {name: timezone.now() - ago for name, ago in moments.items()}
    ValidationRun.objects.filter(id=run.id).update(**past)


def test_a_run_is_claimed_by_one_worker_only(run: ValidationRun) -> None:
    assert claimed(run).attempt == 1
    assert lease.claim(run.id) is None


@pytest.mark.parametrize(
    ("found", "overall"),
    [
        ([], RunStatus.PASSED),
        ([CheckStatus.PASSED, CheckStatus.SKIPPED], RunStatus.PASSED),
        ([CheckStatus.PASSED, CheckStatus.WARNING], RunStatus.WARNING),
        ([CheckStatus.WARNING, CheckStatus.FAILED], RunStatus.FAILED),
    ],
)
def test_a_run_is_as_bad_as_its_worst_check(
    run: ValidationRun, found: list[CheckStatus], overall: RunStatus
) -> None:
    claim = claimed(run)
    for number, status in enumerate(found):
        store(claim, f"check{number}", status)
    assert claim.finish() is overall
    run.refresh_from_db()
    assert (run.status, run.lease_until) == (overall, None)
    assert run.finished_at is not None


def test_a_worker_thought_dead_changes_nothing_any_more(run: ValidationRun) -> None:
    slow = claimed(run)
    store(slow, "address", CheckStatus.PASSED)
    age(run, lease_until=timedelta(seconds=1))
    quick = claimed(run)
    for attempt in (slow.hold, slow.finish, lambda: store(slow, "late", CheckStatus.FAILED)):
        with pytest.raises(LeaseLost):
            attempt()
    slow.release()
    assert quick.finish() is RunStatus.PASSED
    assert not run.checks.exists()  # what the first had stored was forgotten


def test_a_finished_run_is_not_begun_again(run: ValidationRun) -> None:
    claimed(run).finish()
    assert lease.claim(run.id) is None
    age(run, created_at=LONG_AGO)
    assert lease.overdue() == []


def test_a_run_of_an_older_version_is_superseded_unseen(run: ValidationRun) -> None:
    Endpoint.objects.update(version=2)
    assert lease.claim(run.id) is None
    run.refresh_from_db()
    assert run.status == RunStatus.SUPERSEDED


def test_a_save_ends_the_run_that_is_under_way(run: ValidationRun) -> None:
    claim = claimed(run)
    Endpoint.objects.update(version=2)
    run.endpoint.refresh_from_db()
    lease.supersede(run.endpoint)
    with pytest.raises(LeaseLost):
        store(claim, "address", CheckStatus.FAILED)
    run.refresh_from_db()
    assert run.status == RunStatus.SUPERSEDED


def test_a_lost_announcement_is_repeated_after_a_while_and_not_at_once(
    run: ValidationRun,
) -> None:
    assert lease.overdue() == []
    age(run, created_at=timedelta(seconds=21))
    assert lease.overdue() == [run.id]
    assert lease.overdue() == []
    age(run, lease_until=timedelta(seconds=1))
    assert lease.overdue() == [run.id]


def test_a_dead_workers_run_is_announced_and_done_by_another(run: ValidationRun) -> None:
    claimed(run)
    assert lease.overdue() == []
    age(run, lease_until=timedelta(seconds=1))
    assert lease.overdue() == [run.id]
    assert claimed(run).attempt == 2


def test_a_released_run_is_announced_by_the_next_sweep(run: ValidationRun) -> None:
    claimed(run).release()
    assert lease.overdue() == [run.id]


def test_a_run_that_kills_every_worker_is_given_up_with_a_reason(run: ValidationRun) -> None:
    for _ in range(lease.MAX_ATTEMPTS):
        claimed(run)
        age(run, lease_until=timedelta(seconds=1))
    assert lease.overdue() == []
    run.refresh_from_db()
    assert run.status == RunStatus.FAILED
    assert "never came to their end" in run.checks.get().summary


def test_a_tenant_that_saves_in_a_loop_waits_its_turn(run: ValidationRun) -> None:
    now = timezone.now()
    others = [
        ValidationRun(
            tenant=run.tenant,
            endpoint=run.endpoint,
            endpoint_version=1,
            status=RunStatus.PASSED,
            started_at=now,
        )
        for _ in range(lease.RUNS_A_MINUTE)
    ]
    ValidationRun.objects.bulk_create(others)
    assert lease.claim(run.id) is None
    run.refresh_from_db()
    assert (run.status, run.attempts) == (RunStatus.QUEUED, 0)
    assert lease.overdue() == []
    ValidationRun.objects.update(started_at=now - timedelta(minutes=2))
    age(run, lease_until=timedelta(seconds=1))
    assert lease.overdue() == [run.id]
    assert claimed(run).attempt == 1


def test_a_tenant_with_servers_that_never_end_leaves_workers_to_the_others(
    run: ValidationRun,
) -> None:
    slow = [
        ValidationRun.objects.create(
            tenant=run.tenant, endpoint=run.endpoint, endpoint_version=1,
            status=RunStatus.RUNNING, lease_until=timezone.now() + lease.LEASE,
        )
        for _ in range(lease.RUNS_AT_ONCE)
    ]  # fmt: skip
    other = Tenant.objects.create(name="Globex", plan_name="pro")
    endpoint = Endpoint.objects.create(
        tenant=other, name="Other model", channel="llm", wire_format="openai-chat"
    )
    theirs = ValidationRun.objects.create(tenant=other, endpoint=endpoint, endpoint_version=1)

    assert lease.claim(run.id) is None
    assert claimed(theirs).attempt == 1
    run.refresh_from_db()
    assert run.status == RunStatus.QUEUED
    assert run.lease_until is not None

    age(slow[0], lease_until=LONG_AGO)
    assert claimed(run).attempt == 1
