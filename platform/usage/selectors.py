"""Reads. Every selector takes the tenant first."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from tenants.models import Tenant
from usage.models import Call, CallEvent
from usage.turns import Turn, turns

MOST_DISPATCHES = 500
"""Of one call, together: a platform may give all its calls one id."""
MOST_TURNS = 500

NOT_OUR_FAULT = ("ok", "client_gone")
"""Outcomes that are no errors: a caller may hang up whenever it likes."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to; one left empty narrows nothing. `until` itself is outside."""

    type: str = ""
    agent: str = ""
    call: str = ""
    endpoint: str = ""
    outcome: str = ""
    external_id: str = ""
    since: datetime | None = None
    until: datetime | None = None


def events_of(tenant: Tenant, filters: Filters = Filters()) -> QuerySet[CallEvent]:
    return CallEvent.objects.filter(
        _in_span(filters), tenant_id=tenant.pk, **_named(filters, "type", "outcome"),
        **_ids(filters, "agent", "call", "endpoint"),
    )  # fmt: skip


def calls_of(tenant: Tenant, filters: Filters = Filters()) -> QuerySet[Call]:
    """By agent, the platform's own id and time; the other filters are of events."""
    return Call.objects.filter(
        _in_span(filters), tenant_id=tenant.pk, **_ids(filters, "agent"),
        **_named(filters, "external_id"),
    )  # fmt: skip


def dispatches_of(tenant: Tenant, call: Call) -> QuerySet[CallEvent]:
    """The usage events of a call."""
    return events_of(tenant, Filters(type="provider_usage", call=call.pk))


@dataclass(frozen=True, slots=True)
class Course:
    """What happened in a call, from its beginning, and how much of it was too much to be shown.

    The turns are those of the dispatches that are shown.
    """

    dispatches: list[CallEvent]
    dispatches_left_out: int
    turns: list[Turn]
    turns_left_out: int


def course(dispatches: QuerySet[CallEvent]) -> Course:
    """Of the dispatches of one call, in any order."""
    shown = list(dispatches.order_by("started_at", "pk")[: MOST_DISPATCHES + 1])
    left_out = dispatches.count() - MOST_DISPATCHES if len(shown) > MOST_DISPATCHES else 0
    found = turns(shown[:MOST_DISPATCHES])
    return Course(
        dispatches=shown[:MOST_DISPATCHES],
        dispatches_left_out=left_out,
        turns=found[:MOST_TURNS],
        turns_left_out=max(len(found) - MOST_TURNS, 0),
    )


def usage_per_day(
    tenant: Tenant, first: date, last: date, *, agent: str = ""
) -> list[dict[str, Any]]:
    """Sums over the events of each day (UTC), agent and provider, newest day first.

    They are worked out from the events each time: there is no second count that could disagree.
    """
    span = Filters(agent=agent, since=_midnight(first), until=_midnight(last + timedelta(days=1)))
    rows: QuerySet[Any, Any] = (
        events_of(tenant, span)
        .filter(type="provider_usage")
        .annotate(day=TruncDate("started_at"))
        .values("day", "agent_id", "provider")
        .annotate(
            dispatches=Count("pk"),
            failed=Count("pk", filter=~Q(outcome__in=NOT_OUR_FAULT)),
            estimated=Count("pk", filter=Q(tokens_source="estimated")),
            **{name: Sum(name, default=0) for name in _SUMMED},
        )
    )
    return list(rows.order_by("-day", "agent_id", "provider"))


_SUMMED = (
    "bytes_in", "bytes_out", "tokens_prompt", "tokens_completion", "tokens_reasoning",
    "characters", "audio_ms",
)  # fmt: skip


def _named(filters: Filters, *names: str) -> dict[str, str]:
    return {name: value for name in names if (value := getattr(filters, name))}


def _ids(filters: Filters, *names: str) -> dict[str, str]:
    return {f"{name}_id": value for name, value in _named(filters, *names).items()}


def _in_span(filters: Filters) -> Q:
    span = Q()
    if filters.since is not None:
        span &= Q(started_at__gte=filters.since)
    if filters.until is not None:
        span &= Q(started_at__lt=filters.until)
    return span


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=timezone.get_default_timezone())
