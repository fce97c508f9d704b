"""Who works on a validation run: claims by lease, so that a run is done once and is never lost.

| status | lease | means |
|---|---|---|
| queued | none | waits for its first wake-up |
| queued | set | was announced again; may be announced once more after that moment |
| running | set | its holder lives until then; after it the run is taken back |

A holder is known by the run's `attempts` at its claim: each of its writes asks for the run to be
`running` in that very attempt, so one that was slow or thought dead changes nothing any more.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from endpoints.models import CheckResult, CheckStatus, Endpoint, RunStatus, ValidationRun
from endpoints.validation.base import Finding
from tenants.models import Tenant

LEASE = timedelta(seconds=75)  # longer than one exchange with an endpoint may take
FIRST_WAIT = timedelta(seconds=20)  # what the announcement of a save has before it counts as lost
AGAIN = timedelta(seconds=60)
MAX_ATTEMPTS = 3

# Who saves in a loop must not make Patchbay hammer a server: more runs than these wait their turn.
RUNS_A_MINUTE = 60
# And who has servers that answer a byte at a time must not occupy all the threads of a worker.
RUNS_AT_ONCE = 4
PACE = timedelta(seconds=10)

_NEVER_ENDED = (
    "The tests were begun several times and never came to their end.",
    "Validate the endpoint again; if this stays, ask the operator to look at the worker's log.",
)


class LeaseLost(Exception):
    """The run was given to another worker, or a newer save made it pointless."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to work on a run."""

    run_id: str
    attempt: int
    endpoint: Endpoint

    def _mine(self) -> QuerySet[ValidationRun]:
        return ValidationRun.objects.filter(
            id=self.run_id, attempts=self.attempt, status=RunStatus.RUNNING
        )

    def hold(self) -> None:
        """Renews the lease. Raises `LeaseLost`."""
        if not self._mine().update(lease_until=timezone.now() + LEASE):
            raise LeaseLost

    def store(
        self,
        *,
        position: int,
        name: str,
        label: str,
        took: float,
        found: Finding,
        evidence: Mapping[str, object],
    ) -> None:
        """Keeps one check's finding; `took` in milliseconds. Raises `LeaseLost`."""
        with transaction.atomic():
            self.hold()
            CheckResult.objects.create(
                run_id=self.run_id,
                position=position,
                name=name,
                label=label,
                status=found.status,
                summary=found.summary,
                hint=found.hint,
                duration_ms=round(took, 1),
                evidence=dict(evidence),
            )

    def finish(self) -> RunStatus:
        """The run's status, from the results that are stored. Raises `LeaseLost`."""
        with transaction.atomic():
            self.hold()
            statuses = set(
                CheckResult.objects.filter(run_id=self.run_id).values_list("status", flat=True)
            )
            status = _overall(statuses)
            self._mine().update(status=status, finished_at=timezone.now(), lease_until=None)
        return status

    def release(self) -> None:
        """Gives the run back undone; the next sweep announces it again."""
        self._mine().update(status=RunStatus.QUEUED, lease_until=timezone.now())


def _overall(statuses: set[str]) -> RunStatus:
    for status in (CheckStatus.FAILED, CheckStatus.WARNING):
        if status in statuses:
            return RunStatus(status.value)
    return RunStatus.PASSED


def claim(run_id: str) -> Claim | None:
    """Takes a run that waits or whose holder is dead; `None` when there is nothing to do now.

    What an earlier holder had stored is forgotten: its exchanges are gone, so are their results.
    """
    now = timezone.now()
    free = Q(status=RunStatus.QUEUED) | Q(status=RunStatus.RUNNING, lease_until__lt=now)
    with transaction.atomic():
        if _too_many(run_id):
            defer(run_id)
            return None
        taken = ValidationRun.objects.filter(free, id=run_id).update(
            status=RunStatus.RUNNING,
            lease_until=now + LEASE,
            attempts=F("attempts") + 1,
            started_at=now,
        )
        if not taken:
            return None
        run = ValidationRun.objects.select_related("endpoint__provider").get(id=run_id)
        if run.endpoint.version != run.endpoint_version:
            supersede(run.endpoint)
            return None
        run.checks.all().delete()
    return Claim(run.id, run.attempts, run.endpoint)


def defer(run_id: str) -> None:
    """Not now: the first sweep after a while announces it again."""
    waiting = ValidationRun.objects.filter(id=run_id, status=RunStatus.QUEUED)
    waiting.update(lease_until=timezone.now() + PACE)


def tenant_of(run_id: str) -> str | None:
    """`None` when there is no such run."""
    return ValidationRun.objects.filter(id=run_id).values_list("tenant_id", flat=True).first()


def _too_many(run_id: str) -> bool:
    """Whether the run's tenant has its share of the worker, or had it in the last minute.

    The tenant's row is locked, or threads that claim at the same time would not see each other.
    """
    tenant_id = ValidationRun.objects.filter(id=run_id).values("tenant")
    tenants = list(Tenant.objects.select_for_update(no_key=True).filter(id__in=tenant_id))
    others = ValidationRun.objects.filter(tenant__in=tenants).exclude(id=run_id)
    now = timezone.now()
    if others.filter(status=RunStatus.RUNNING, lease_until__gte=now).count() >= RUNS_AT_ONCE:
        return True
    return others.filter(started_at__gte=now - timedelta(minutes=1)).count() >= RUNS_A_MINUTE


def supersede(endpoint: Endpoint) -> None:
    """Ends the unfinished runs of the endpoint's older versions: their subject is gone."""
    ValidationRun.objects.filter(
        endpoint=endpoint,
        endpoint_version__lt=endpoint.version,
        status__in=(RunStatus.QUEUED, RunStatus.RUNNING),
    ).update(status=RunStatus.SUPERSEDED, finished_at=timezone.now(), lease_until=None)


def supersede_all(endpoint_ids: Collection[str]) -> None:
    """Ends all unfinished runs of endpoints that are no more what the runs speak of."""
    ValidationRun.objects.filter(
        endpoint_id__in=endpoint_ids, status__in=(RunStatus.QUEUED, RunStatus.RUNNING)
    ).update(status=RunStatus.SUPERSEDED, finished_at=timezone.now(), lease_until=None)


def overdue() -> list[str]:
    """Runs to announce again: their announcement was lost, or their holder is dead.

    Each is named to one asker only, however many sweep at the same time.
    """
    now = timezone.now()
    unheard = Q(lease_until__isnull=True, created_at__lt=now - FIRST_WAIT) | Q(lease_until__lt=now)
    due = Q(unheard, status=RunStatus.QUEUED) | Q(status=RunStatus.RUNNING, lease_until__lt=now)
    found = []
    for run in ValidationRun.objects.filter(due).order_by("created_at")[:500]:
        same = ValidationRun.objects.filter(due, id=run.id, attempts=run.attempts)
        if run.attempts >= MAX_ATTEMPTS:
            _give_up(same, run)
        elif same.update(status=RunStatus.QUEUED, lease_until=now + AGAIN):
            found.append(run.id)
    return found


def _give_up(same: QuerySet[ValidationRun], run: ValidationRun) -> None:
    summary, hint = _NEVER_ENDED
    with transaction.atomic():
        if same.update(status=RunStatus.FAILED, finished_at=timezone.now(), lease_until=None):
            CheckResult.objects.create(
                run=run,
                position=0,
                name="validation",
                label="The tests themselves",
                status=CheckStatus.FAILED,
                summary=summary,
                hint=hint,
            )
