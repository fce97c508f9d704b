"""What the lists of usage may be asked for, read from the query string."""

from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from rest_framework import serializers

from tenants.rest.strict import Choice, StrictSerializer
from usage.calls import EXTERNAL_ID_WIDTH
from usage.rest.serializers import OUTCOMES, TYPES

MOST_DAYS = 92
_USUAL_DAYS = 30


def _id(help_text: str) -> serializers.CharField:
    return serializers.CharField(required=False, max_length=40, help_text=help_text)


def _a_day_of_ours(day: date) -> None:
    """Days at the ends of the calendar have none before or after them to reckon with."""
    if not 1970 <= day.year < date.max.year:
        raise serializers.ValidationError("Must be a day from 1970 to 9998.")


class _SpanFilters(StrictSerializer):
    agent = _id("Of this agent only")
    since = serializers.DateTimeField(required=False, help_text="Begun at this moment or later")
    until = serializers.DateTimeField(required=False, help_text="Begun before this moment")


class CallFilters(_SpanFilters):
    external_id = serializers.CharField(
        required=False, max_length=EXTERNAL_ID_WIDTH, help_text="Which the platform calls so"
    )


class EventFilters(_SpanFilters):
    type = Choice(required=False, choices=TYPES)
    call = _id("Of this call only")
    endpoint = _id("Of this endpoint only")
    outcome = Choice(required=False, choices=OUTCOMES)


class UsageFilters(StrictSerializer):
    """A span of days, both ends in it; the last 30 unless something else is asked for."""

    since = serializers.DateField(
        required=False, validators=[_a_day_of_ours], help_text="First day; 30 days ago by default"
    )
    until = serializers.DateField(
        required=False, validators=[_a_day_of_ours], help_text="Last day; today by default"
    )
    agent = _id("Of this agent only")
    group = Choice(choices=["day"], default="day")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        until = attrs.setdefault("until", timezone.now().date())
        since = attrs.setdefault("since", until - timedelta(days=_USUAL_DAYS - 1))
        if not timedelta(0) <= until - since < timedelta(days=MOST_DAYS):
            refusal = f"The span must be of 1 to {MOST_DAYS} days, from `since` to `until`."
            raise serializers.ValidationError({"since": [refusal]})
        return attrs
