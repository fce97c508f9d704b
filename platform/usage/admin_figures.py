"""Today in figures, for the first page of the admin."""

from dataclasses import dataclass
from datetime import datetime, time
from statistics import median

from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone

from tenants.admin_scope import Scope
from usage.models import CallEvent
from usage.selectors import NOT_OUR_FAULT

SAMPLE = 1000  # the latest LLM dispatches that the median is taken of
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Figures:
    """Since midnight UTC; `first_content` is the LLMs' median in milliseconds, if any answered.

    A transcriber's waits for somebody to speak, and a voice's is of another kind.
    """

    dispatches: int
    errors: int
    tokens_in: int
    tokens_out: int
    first_content: float | None


def figures(scope: Scope) -> Figures:
    today = _events(scope).filter(started_at__gte=_midnight())
    sums = today.aggregate(
        dispatches=Count("pk"),
        errors=Count("pk", filter=~Q(outcome__in=NOT_OUR_FAULT)),
        tokens_in=Sum("tokens_prompt", default=0),
        tokens_out=Sum("tokens_completion", default=0),
    )
    answers = today.filter(provider="custom-llm").order_by("-started_at", "-id")
    latest = answers.values_list("timing_ms", flat=True)[:SAMPLE]
    measured = [each["first_content"] for each in latest if each.get("first_content") is not None]
    return Figures(**sums, first_content=median(measured) if measured else None)


def last_failures(scope: Scope) -> list[CallEvent]:
    rows = _events(scope).exclude(outcome__in=NOT_OUR_FAULT)
    return list(rows.order_by("-started_at", "-id")[:SHOWN])


def last_events(scope: Scope) -> list[CallEvent]:
    return list(_events(scope).order_by("-started_at", "-id")[:SHOWN])


def _events(scope: Scope) -> QuerySet[CallEvent]:
    return scope.narrow(CallEvent.objects.filter(type="provider_usage"), "tenant_id")


def _midnight() -> datetime:
    today = timezone.now().date()
    return datetime.combine(today, time.min, tzinfo=timezone.get_default_timezone())
