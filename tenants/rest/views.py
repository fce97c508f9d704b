"""The tenants' own REST resources."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from tenants import selectors, services
from tenants.models import ApiKey, Tenant, TenantProvider
from tenants.rest.base import TenantView, TenantViewSet
from tenants.rest.serializers import (
    ApiKeySerializer,
    CreatedApiKeySerializer,
    MeSerializer,
    NewApiKeySerializer,
    NewProviderSerializer,
    NewSessionTokenSerializer,
    ProviderChangeSerializer,
    ProviderSerializer,
    SessionTokenSerializer,
)


class MeView(TenantView):
    @extend_schema(operation_id="me", summary="Who you are", tags=["me"], responses=MeSerializer)
    def get(self, request: Request) -> Response:
        """The tenant, its plan, and the key that asks."""
        return Response(MeSerializer({"tenant": self.tenant, "api_key": self.key}).data)


@extend_schema_view(
    list=extend_schema(operation_id="api_keys_list", summary="List API keys"),
    retrieve=extend_schema(operation_id="api_keys_get", summary="Get an API key"),
)
@extend_schema(tags=["api-keys"])
class ApiKeyViewSet(TenantViewSet, ListModelMixin, RetrieveModelMixin):
    """Keys are shown with the ends of their texts; revoked ones stay in the list."""

    serializer_class = ApiKeySerializer

    def rows(self, tenant: Tenant) -> QuerySet[ApiKey]:
        return selectors.api_keys_of(tenant)

    @extend_schema(
        operation_id="api_keys_create",
        summary="Make an API key",
        request=NewApiKeySerializer,
        responses={201: CreatedApiKeySerializer},
        examples=[
            OpenApiExample(
                "For the LLM URLs of all agents",
                value={"name": "Vapi", "scopes": ["llm"]},
                request_only=True,
            )
        ],
    )
    def create(self, request: Request) -> Response:
        """The answer holds the key's text, which is stored nowhere and never shown again."""
        said = self.validated(NewApiKeySerializer)
        row, text = services.api_key_create(
            tenant=self.tenant,
            name=said["name"],
            scopes=said["scopes"],
            agent_id=said["agent"] or "",
            expires_at=said["expires_at"],
        )
        shown: dict[str, Any] = ApiKeySerializer(row).data
        return Response({**shown, "key": text.reveal()}, status=201)

    @extend_schema(
        operation_id="api_keys_revoke", summary="Revoke an API key", responses={204: None}
    )
    def destroy(self, request: Request, id: str) -> Response:
        """At once and for good; a gateway stops taking the key within a second."""
        services.api_key_revoke(tenant=self.tenant, key=self.get_object())
        return Response(status=204)


@extend_schema_view(
    list=extend_schema(operation_id="providers_list", summary="List stored credentials"),
    retrieve=extend_schema(operation_id="providers_get", summary="Get a stored credential"),
)
@extend_schema(tags=["providers"])
class ProviderViewSet(TenantViewSet, ListModelMixin, RetrieveModelMixin):
    """Secrets are write-only: `last4` and `updated_at` are what is shown of them."""

    serializer_class = ProviderSerializer

    def rows(self, tenant: Tenant) -> QuerySet[TenantProvider]:
        return selectors.providers_of(tenant)

    @extend_schema(
        operation_id="providers_create",
        summary="Store a credential",
        request=NewProviderSerializer,
        responses={201: ProviderSerializer},
        examples=[
            OpenApiExample(
                "A bearer token",
                value={
                    "provider": "custom-llm",
                    "name": "House model",
                    "auth": {"type": "bearer", "token": "the-token-of-your-server"},
                    "hosts": ["llm.example.com"],
                },
                request_only=True,
            )
        ],
    )
    def create(self, request: Request) -> Response:
        """The secret is stored encrypted and sent to the named hosts only."""
        said = self.validated(NewProviderSerializer)
        row = services.provider_create(tenant=self.tenant, **said)
        return Response(ProviderSerializer(row).data, status=201)

    @extend_schema(
        operation_id="providers_update",
        summary="Change a stored credential",
        request=ProviderChangeSerializer,
        responses=ProviderSerializer,
    )
    def partial_update(self, request: Request, id: str) -> Response:
        """What is left out stays. A host is added only with the secret given again."""
        row = self.get_object()
        said = self.validated(ProviderChangeSerializer)
        row = services.provider_update(tenant=self.tenant, provider=row, **said)
        return Response(ProviderSerializer(row).data)

    @extend_schema(
        operation_id="providers_delete", summary="Delete a stored credential", responses={204: None}
    )
    def destroy(self, request: Request, id: str) -> Response:
        """Refused while an endpoint uses it."""
        services.provider_delete(tenant=self.tenant, provider=self.get_object())
        return Response(status=204)


class SessionTokenView(TenantView):
    @extend_schema(
        operation_id="session_tokens_create",
        summary="Issue a session token",
        tags=["session-tokens"],
        request=NewSessionTokenSerializer,
        responses={201: SessionTokenSerializer},
        examples=[
            OpenApiExample(
                "For a browser that calls the agent's LLM for ten minutes",
                value={"agent": "agt_…", "channels": ["llm"], "ttl": 600},
                request_only=True,
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """It opens these channels of this agent, fits into a URL, and ends with the issuing key."""
        said = self.validated(NewSessionTokenSerializer)
        token, ends = services.session_token_issue(
            key=self.key, agent_id=said["agent"], channels=said["channels"], ttl=said["ttl"]
        )
        shown = {"token": token.reveal(), "expires_at": ends}
        return Response(SessionTokenSerializer(shown).data, status=201)
