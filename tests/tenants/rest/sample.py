"""A small resource on the grammar, so that the grammar is tested by itself."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.urls import include, path
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter

from tenants import selectors
from tenants.errors import Conflict, PlanRequired
from tenants.models import ApiKey, Tenant
from tenants.rest.base import TenantViewSet
from tenants.rest.strict import StrictSerializer


class PartSerializer(StrictSerializer):
    colour = serializers.CharField()


class NoteSerializer(StrictSerializer):
    id = serializers.CharField(read_only=True)
    name = serializers.CharField(max_length=64)
    part = PartSerializer(required=False, write_only=True)
    extra = serializers.JSONField(required=False, write_only=True)


def broken() -> None:
    raise RuntimeError("canary-in-an-exception")


def refuse(error: Exception) -> Callable[[], None]:
    def act() -> None:
        raise error

    return act


ACTS: dict[str, Callable[[], None]] = {
    "broken": broken,
    "django": refuse(ValidationError({"name": ValidationError("Too plain.", code="plain")})),
    "django-whole": refuse(ValidationError("They do not fit together.", code="misfit")),
    "plan": refuse(PlanRequired("Custom endpoints need the plan Pro.")),
    "conflict": refuse(Conflict("in_use", "It is in use.")),
}


class NoteViewSet(TenantViewSet, ListModelMixin, RetrieveModelMixin):
    """Rows of `ApiKey` under another name."""

    serializer_class = NoteSerializer
    query_parameters = frozenset({"name"})

    def rows(self, tenant: Tenant) -> QuerySet[ApiKey]:
        rows = selectors.api_keys_of(tenant)
        wanted = self.request.query_params.get("name") if self.request else None
        return rows.filter(name=wanted) if wanted else rows

    def create(self, request: Request) -> Response:
        serializer = NoteSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        name = serializer.validated_data["name"]
        row = ApiKey.objects.create(tenant=self.tenant, name=name, digest=name, scopes=[])
        ACTS.get(name, lambda: None)()
        return Response({**NoteSerializer(row).data, "secret": "canary-shown-once"}, 201)

    @action(detail=False, methods=["post"])
    def ping(self, request: Request) -> Response:
        """Takes no body."""
        return Response({})


router = SimpleRouter(trailing_slash=False)
router.register("notes", NoteViewSet, basename="note")
urlpatterns: list[Any] = [
    path("api/v1/", include(router.urls)),
    path("", include("config.urls")),
]
handler404 = "tenants.rest.problems.page_not_found"
handler500 = "tenants.rest.problems.server_error"
