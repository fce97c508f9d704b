"""The shapes of the tenants' own REST resources."""

from typing import Any

from rest_framework import serializers

from tenants import session_tokens
from tenants.keys import HOSTED_SCOPES, SCOPES
from tenants.models import ApiKey, TenantProvider
from tenants.rest.auth import AuthField
from tenants.rest.strict import Choice, StrictSerializer


class PlanSerializer(StrictSerializer):
    name = serializers.CharField(read_only=True)
    custom_endpoints = serializers.BooleanField(read_only=True)
    concurrency = serializers.IntegerField(
        read_only=True, help_text="Dispatches that may be open at once"
    )
    rate = serializers.IntegerField(read_only=True, help_text="Dispatches a minute")


class TenantSerializer(StrictSerializer):
    id = serializers.CharField(read_only=True)
    name = serializers.CharField(read_only=True)
    plan = PlanSerializer(read_only=True)
    created_at = serializers.DateTimeField(read_only=True)


class ApiKeySerializer(StrictSerializer):
    """A key as it is shown; its text is not among what is stored."""

    id = serializers.CharField(read_only=True)
    name = serializers.CharField(read_only=True)
    prefix = serializers.CharField(read_only=True)
    last4 = serializers.CharField(read_only=True)
    scopes = serializers.ListField(child=serializers.CharField(), read_only=True)
    agent = serializers.SerializerMethodField(help_text="The one agent it may call; null for all")
    created_at = serializers.DateTimeField(read_only=True)
    expires_at = serializers.DateTimeField(read_only=True, allow_null=True)
    last_used_at = serializers.DateTimeField(read_only=True, allow_null=True)
    revoked_at = serializers.DateTimeField(read_only=True, allow_null=True)

    def get_agent(self, key: ApiKey) -> str | None:
        return key.agent_id or None


class NewApiKeySerializer(StrictSerializer):
    name = serializers.CharField(max_length=120)
    scopes = serializers.ListField(
        child=Choice(choices=list(SCOPES.items())),
        allow_empty=False,
        help_text="What the key may do",
    )
    agent = serializers.CharField(
        required=False,
        allow_null=True,
        default=None,
        max_length=40,
        help_text="An agent's id: the key may call this agent only, and fits into a URL",
    )
    expires_at = serializers.DateTimeField(required=False, allow_null=True, default=None)


class CreatedApiKeySerializer(ApiKeySerializer):
    """A new key with its text, this once."""

    key = serializers.CharField(read_only=True, help_text="The text of the key: keep it now")


class MeSerializer(StrictSerializer):
    tenant = TenantSerializer(read_only=True)
    api_key = ApiKeySerializer(read_only=True)


def _hosts(**options: Any) -> serializers.ListField:
    return serializers.ListField(
        child=serializers.CharField(max_length=253),
        help_text="Host names that the secret may be sent to; it goes nowhere else",
        **options,
    )


class ProviderSerializer(StrictSerializer):
    """A stored credential without its secrets."""

    id = serializers.CharField(read_only=True)
    provider = serializers.CharField(read_only=True)
    name = serializers.CharField(read_only=True)
    auth = AuthField(source="*", read_only=True)
    hosts = _hosts(read_only=True)
    endpoint = serializers.SerializerMethodField(
        help_text="The endpoint whose own `auth` this is; null for one made here"
    )
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)

    def get_endpoint(self, provider: TenantProvider) -> str | None:
        return provider.owner_endpoint_id or None


class NewProviderSerializer(StrictSerializer):
    provider = Choice(
        choices=list(TenantProvider._meta.get_field("provider").choices or ()),
        help_text="The channel that the credential is for",
    )
    name = serializers.CharField(max_length=120)
    auth = AuthField()
    hosts = _hosts(required=False, default=list)


class ProviderChangeSerializer(StrictSerializer):
    name = serializers.CharField(max_length=120, required=False)
    auth = AuthField(required=False)
    hosts = _hosts(required=False)


class NewSessionTokenSerializer(StrictSerializer):
    agent = serializers.CharField(max_length=40, help_text="The agent's id")
    channels = serializers.ListField(
        child=Choice(choices=[each for each in SCOPES if each in HOSTED_SCOPES]),
        allow_empty=False,
        help_text="The agent's channels that it opens",
    )
    ttl = serializers.IntegerField(
        min_value=session_tokens.MIN_TTL,
        max_value=session_tokens.MAX_TTL,
        default=600,
        help_text="Seconds until it ends",
    )


class SessionTokenSerializer(StrictSerializer):
    token = serializers.CharField(read_only=True)
    expires_at = serializers.DateTimeField(read_only=True)
