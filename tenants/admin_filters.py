"""List filters whose values come from the signed-in person's scope alone."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone


class ChoiceFilter(admin.SimpleListFilter):
    """Rows whose `field` has the chosen value; `options` lists what may be chosen."""

    field: ClassVar[str] = ""

    @classmethod
    def parameters(cls) -> tuple[str, ...]:
        return (cls.parameter_name or "",)

    def options(self, request: HttpRequest) -> Iterable[tuple[str, str]]:
        raise NotImplementedError

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(self.options(request))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        value = self.value()
        return queryset if value is None else queryset.filter(**{self.field: value})


class PeriodFilter(admin.ListFilter):
    """Rows of the days `<prefix>since` to `<prefix>until`, both included, in UTC."""

    title = "date"
    template = "admin/filters/period.html"
    field: ClassVar[str] = "started_at"

    def __init__(
        self, request: HttpRequest, params: dict[str, Any], model: Any, model_admin: Any
    ) -> None:
        super().__init__(request, params, model, model_admin)
        for name in self.parameters():
            if name in params:
                self.used_parameters[name] = params.pop(name)[-1]
        self.since = _day(str(self.used_parameters.get("since", "")))
        self.until = _day(str(self.used_parameters.get("until", "")))

    @classmethod
    def parameters(cls) -> tuple[str, ...]:
        return ("since", "until")

    def expected_parameters(self) -> list[str | None]:
        return list(self.parameters())

    def has_output(self) -> bool:
        return True

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        today = timezone.now().date()
        spans = (("Any date", None), ("Today", 0), ("Last 7 days", 6), ("Last 30 days", 29))
        return (self._choice(changelist, label, days, today) for label, days in spans)

    def _choice(self, changelist: Any, label: str, days: int | None, today: date) -> dict[str, Any]:
        since = None if days is None else today - timedelta(days=days)
        return {
            "selected": self.since == since and self.until is None,
            "query_string": changelist.get_query_string(
                {"since": since.isoformat()} if since else {},
                ["until"] if since else ["since", "until"],
            ),
            "display": label,
        }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        if self.since:
            queryset = queryset.filter(**{f"{self.field}__gte": _midnight(self.since)})
        if self.until and self.until < date.max:
            end = _midnight(self.until) + timedelta(days=1)
            queryset = queryset.filter(**{f"{self.field}__lt": end})
        return queryset


def _day(text: str) -> date | None:
    """A wrong date filters nothing, as if it had not been given."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=timezone.get_default_timezone())
