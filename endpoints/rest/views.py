"""Agents, endpoints and their validation by REST."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, ClassVar, TypeVar

from django.db.models import Model, QuerySet
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    extend_schema,
    extend_schema_view,
)
from rest_framework.decorators import action
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from endpoints import selectors
from endpoints.clocks import CLOCKS
from endpoints.models import Agent, Channel, Endpoint, RunStatus, ValidationRun
from endpoints.rest import serializers as shapes
from endpoints.services import agents, endpoints, runs
from endpoints.services.endpoints import Saved
from tenants.models import Tenant
from tenants.rest.base import TenantView, TenantViewSet
from wire.base import WireFormat
from wire.registry import CHANNELS, formats_of

_Row = TypeVar("_Row", bound=Model)


def _chosen(request: Request, name: str, known: Mapping[str, Any]) -> dict[str, str]:
    """A filter of the query string as a lookup; empty when it was not given."""
    value = request.query_params.get(name)
    if value is None:
        return {}
    if value not in known:
        refusal = f"It is one of: {', '.join(known)}."
        raise ValidationError({name: [ErrorDetail(refusal, "invalid_choice")]})
    return {name: value}


MOST_IN_A_NAME = 120
_SEARCH = OpenApiParameter("search", description="Those whose name holds this, in any case")


def _searched(request: Request, rows: QuerySet[_Row]) -> QuerySet[_Row]:
    """Those whose name holds what the query string searches for."""
    wanted = request.query_params.get("search", "")
    if len(wanted) > MOST_IN_A_NAME:  # SQLite fails on a very long one
        return rows.none()
    return rows.filter(name__icontains=wanted) if wanted else rows


@extend_schema_view(
    list=extend_schema(
        operation_id="endpoints_list",
        summary="List endpoints",
        parameters=[OpenApiParameter("channel", enum=Channel.values), _SEARCH],
    ),
    retrieve=extend_schema(operation_id="endpoints_get", summary="Get an endpoint"),
)
@extend_schema(tags=["endpoints"])
class EndpointViewSet(TenantViewSet, ListModelMixin, RetrieveModelMixin):
    """What agents are patched to. Secrets are write-only, and queries of URLs count as such."""

    serializer_class = shapes.EndpointSerializer
    query_parameters = frozenset({"channel", "search"})

    def rows(self, tenant: Tenant) -> QuerySet[Endpoint]:
        rows = selectors.endpoints_of(tenant)
        if getattr(self, "action", "") == "list" and self.request is not None:
            rows = rows.filter(**_chosen(self.request, "channel", dict(Channel.choices)))
            rows = _searched(self.request, rows)
        return rows

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        """Looks the verdicts of all rows up at once."""
        rows = args[0] if kwargs.get("many") else list(args[:1])
        runs_by_endpoint = selectors.latest_runs(self.tenant, rows) if rows else {}
        given = kwargs.pop("context", None) or self.get_serializer_context()
        context = {**given, "runs": runs_by_endpoint}
        return self.serializer_class(*args, context=context, **kwargs)

    @extend_schema(
        operation_id="endpoints_create",
        summary="Make an endpoint",
        request=shapes.NewEndpointSerializer,
        responses={201: shapes.SavedEndpointSerializer},
        examples=[
            OpenApiExample(
                "A model behind a bearer token",
                value={
                    "name": "House model",
                    "channel": "llm",
                    "wire_format": "openai-chat",
                    "url": "https://llm.example.com/v1/chat/completions",
                    "model": "house-7b",
                    "auth": {"type": "bearer", "token": "the-token-of-your-server"},
                    "timeouts": {"first_byte": 15, "idle": 30, "total": 600},
                },
                request_only=True,
            )
        ],
    )
    def create(self, request: Request) -> Response:
        """It is tested at once; `validation` says by which run."""
        said = self.validated(shapes.NewEndpointSerializer)
        saved = endpoints.endpoint_create(tenant=self.tenant, **said)
        return Response(self._shown(saved), status=201)

    @extend_schema(
        operation_id="endpoints_update",
        summary="Change an endpoint",
        request=shapes.EndpointChangeSerializer,
        responses=shapes.SavedEndpointSerializer,
    )
    def partial_update(self, request: Request, id: str) -> Response:
        """What is left out stays. Another host drops the credential unless it is given again."""
        row = self.get_object()
        said = self.validated(shapes.EndpointChangeSerializer)
        return Response(
            self._shown(endpoints.endpoint_update(tenant=self.tenant, endpoint=row, **said))
        )

    @extend_schema(
        operation_id="endpoints_delete", summary="Delete an endpoint", responses={204: None}
    )
    def destroy(self, request: Request, id: str) -> Response:
        """Refused while an agent uses it."""
        endpoints.endpoint_delete(tenant=self.tenant, endpoint=self.get_object())
        return Response(status=204)

    @extend_schema(
        operation_id="endpoints_validate",
        summary="Test an endpoint",
        request=None,
        responses={202: shapes.QueuedRunSerializer},
    )
    @action(detail=True, methods=["post"], filter_backends=[])
    def validate(self, request: Request, id: str) -> Response:
        """Queues a run, or gives the one that is under way."""
        run = runs.endpoint_validate(tenant=self.tenant, endpoint=self.get_object())
        return Response(shapes.QueuedRunSerializer(run).data, status=202)

    def _shown(self, saved: Saved) -> dict[str, Any]:
        row = self.row(saved.endpoint.pk)
        latest = selectors.latest_runs(self.tenant, [row])
        context = {"runs": latest, "notices": saved.notices}
        return dict(shapes.SavedEndpointSerializer(row, context=context).data)


@extend_schema_view(
    list=extend_schema(operation_id="agents_list", summary="List agents", parameters=[_SEARCH]),
    retrieve=extend_schema(operation_id="agents_get", summary="Get an agent"),
)
@extend_schema(tags=["agents"])
class AgentViewSet(TenantViewSet, ListModelMixin, RetrieveModelMixin):
    """Voice agents: three slots, and the hosted URLs that voice platforms call."""

    serializer_class = shapes.AgentSerializer
    query_parameters = frozenset({"search"})

    def rows(self, tenant: Tenant) -> QuerySet[Agent]:
        rows = selectors.agents_with_slots(tenant)
        if getattr(self, "action", "") == "list" and self.request is not None:
            rows = _searched(self.request, rows)
        return rows

    @extend_schema(
        operation_id="agents_create",
        summary="Make an agent",
        request=shapes.NewAgentSerializer,
        responses={201: shapes.AgentSerializer},
        examples=[
            OpenApiExample(
                "Patched to an endpoint",
                value={"name": "Reception", "llm": "end_06e3…", "voice": None},
                request_only=True,
            ),
            OpenApiExample(
                "The shorthand, as in Rymi",
                value={
                    "name": "Reception",
                    "custom_llm_url": "https://llm.example.com/v1/chat/completions",
                },
                request_only=True,
            ),
        ],
    )
    def create(self, request: Request) -> Response:
        """`urls` holds what a voice platform is given."""
        said = self.validated(shapes.NewAgentSerializer)
        agent = agents.agent_create(tenant=self.tenant, **said)
        return Response(self._shown(agent), status=201)

    @extend_schema(
        operation_id="agents_update",
        summary="Change an agent",
        request=shapes.AgentChangeSerializer,
        responses=shapes.AgentSerializer,
    )
    def partial_update(self, request: Request, id: str) -> Response:
        """What is left out stays; gateways follow within seconds."""
        row = self.get_object()
        said = self.validated(shapes.AgentChangeSerializer)
        return Response(self._shown(agents.agent_update(tenant=self.tenant, agent=row, **said)))

    @extend_schema(operation_id="agents_delete", summary="Delete an agent", responses={204: None})
    def destroy(self, request: Request, id: str) -> Response:
        """With the endpoints that its shorthand made."""
        agents.agent_delete(tenant=self.tenant, agent=self.get_object())
        return Response(status=204)

    def _shown(self, agent: Agent) -> dict[str, Any]:
        return dict(shapes.AgentSerializer(self.row(agent.pk)).data)


@extend_schema_view(
    list=extend_schema(
        operation_id="validation_runs_list",
        summary="List validation runs",
        parameters=[
            OpenApiParameter("endpoint", description="Runs of this endpoint"),
            OpenApiParameter("status", enum=RunStatus.values),
        ],
    ),
    retrieve=extend_schema(
        operation_id="validation_runs_get",
        summary="Get a validation run",
        responses=shapes.RunWithChecksSerializer,
    ),
)
@extend_schema(tags=["validation-runs"])
class ValidationRunViewSet(TenantViewSet, ListModelMixin, RetrieveModelMixin):
    """The tests of endpoints; a run by itself also shows what each check saw, as it comes."""

    serializer_class = shapes.RunSerializer
    query_parameters = frozenset({"endpoint", "status"})

    def rows(self, tenant: Tenant) -> QuerySet[ValidationRun]:
        if getattr(self, "action", "") != "list" or self.request is None:
            return selectors.runs_with_checks(tenant)
        rows = selectors.validation_runs_of(tenant)
        rows = rows.filter(**_chosen(self.request, "status", dict(RunStatus.choices)))
        wanted = self.request.query_params.get("endpoint")
        return rows if wanted is None else rows.filter(endpoint_id=wanted)

    def get_serializer_class(self) -> type[shapes.RunSerializer]:
        return shapes.RunSerializer if self.action == "list" else shapes.RunWithChecksSerializer


class WireFormatView(TenantView):
    query_parameters: ClassVar[frozenset[str]] = frozenset({"channel"})

    @extend_schema(
        operation_id="wire_formats_list",
        summary="List wire formats",
        tags=["wire-formats"],
        parameters=[OpenApiParameter("channel", enum=list(CHANNELS))],
        responses=shapes.WireFormatListSerializer,
    )
    def get(self, request: Request) -> Response:
        """The shapes that endpoints may speak, what each carries, and what can be set for it."""
        channels = _chosen(request, "channel", dict.fromkeys(CHANNELS)).values() or CHANNELS
        data = [
            _shown_format(wire) for channel in channels for wire in formats_of(channel).values()
        ]
        return Response({"data": data, "has_more": False, "next_cursor": None})


def _shown_format(wire: WireFormat) -> dict[str, Any]:
    capabilities = getattr(wire, "capabilities", None)
    return {
        "name": wire.name,
        "label": wire.label,
        "channel": wire.channel,
        "scheme": wire.scheme,
        "capabilities": asdict(capabilities) if capabilities else {},
        "settings": [
            {name: getattr(setting, name) for name in ("name", "help", "accepts", "default")}
            for setting in wire.settings
        ],
        "timeouts": {name: asdict(bound) for name, bound in CLOCKS[wire.channel].items()},
    }
