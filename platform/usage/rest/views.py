"""Events, calls, and usage per day: read only."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from tenants.models import Tenant
from tenants.rest.base import TenantView, TenantViewSet
from tenants.rest.strict import StrictSerializer
from usage import selectors
from usage.models import Call, CallEvent
from usage.rest.filters import CallFilters, EventFilters, UsageFilters
from usage.rest.serializers import (
    CallDetailSerializer,
    CallSerializer,
    CourseSerializer,
    EventSerializer,
    UsageSerializer,
)


def _asked(view: TenantView, serializer: type[StrictSerializer]) -> dict[str, Any]:
    """The filters in the query string. Raises `ValidationError` by parameter."""
    given = view.request.query_params
    names = view.query_parameters.intersection(given)
    filters = serializer(data={name: given[name] for name in names})
    filters.is_valid(raise_exception=True)
    return dict(filters.validated_data)


@extend_schema_view(
    list=extend_schema(
        operation_id="events_list", summary="List events", parameters=[EventFilters]
    ),
    retrieve=extend_schema(operation_id="events_get", summary="Get an event"),
)
@extend_schema(tags=["events"])
class EventViewSet(TenantViewSet, ListModelMixin, RetrieveModelMixin):
    """Each dispatch has one `provider_usage` event, there within seconds of its end."""

    serializer_class = EventSerializer
    query_parameters = frozenset(EventFilters().fields)
    page_field = "started_at"

    def rows(self, tenant: Tenant) -> QuerySet[CallEvent]:
        if self.action != "list":
            return selectors.events_of(tenant)
        return selectors.events_of(tenant, selectors.Filters(**_asked(self, EventFilters)))


@extend_schema_view(
    list=extend_schema(operation_id="calls_list", summary="List calls", parameters=[CallFilters]),
)
@extend_schema(tags=["calls"])
class CallViewSet(TenantViewSet, ListModelMixin):
    """A call is there when the first of its dispatches is over."""

    serializer_class = CallSerializer
    query_parameters = frozenset(CallFilters().fields)
    page_field = "started_at"

    def rows(self, tenant: Tenant) -> QuerySet[Call]:
        if self.action != "list":
            return selectors.calls_of(tenant)
        return selectors.calls_of(tenant, selectors.Filters(**_asked(self, CallFilters)))

    @extend_schema(operation_id="calls_get", summary="Get a call", responses=CallDetailSerializer)
    def retrieve(self, request: Request, id: str) -> Response:
        """The call with its dispatches, first to last, and the turns that they make."""
        call = self.get_object()
        course = selectors.course(selectors.dispatches_of(self.tenant, call))
        return Response({**CallSerializer(call).data, **CourseSerializer(course).data})


class UsageView(TenantView):
    query_parameters = frozenset(UsageFilters().fields)

    @extend_schema(
        operation_id="usage",
        summary="Usage per day",
        tags=["usage"],
        parameters=[UsageFilters],
        responses=UsageSerializer,
    )
    def get(self, request: Request) -> Response:
        """Sums per day (UTC), agent and provider, newest day first; at most 92 days at once."""
        asked = _asked(self, UsageFilters)
        days = selectors.usage_per_day(
            self.tenant, asked["since"], asked["until"], agent=asked.get("agent", "")
        )
        page = {"data": days, "has_more": False, "next_cursor": None}
        return Response(UsageSerializer(page).data)
