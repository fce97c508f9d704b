"""The shapes of agents, endpoints and their validation runs.

Serializers named `New…` and `…Change` say what may be sent, the others what is shown.
"""

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from endpoints.clocks import clocks
from endpoints.hosted import hosted_urls
from endpoints.models import Agent, Channel, CheckStatus, Endpoint, RunStatus
from tenants.rest.auth import AuthField, shown
from tenants.rest.strict import Choice, StrictSerializer

_CLOCKS_HELP = "Seconds by clock: connect, tls, first_byte, idle, total; null takes the default"
_SHORTHANDS = {channel: f"custom_{channel}_url" for channel in Channel.values}
_SETTINGS_HELP = "Settings of the wire format (see `wire-formats`); null takes the default"


class VerdictSerializer(StrictSerializer):
    """Where the tests of the endpoint as it is now stand."""

    run = serializers.CharField(source="id", read_only=True)
    status = serializers.ChoiceField(choices=RunStatus.choices, read_only=True)


class EndpointSerializer(StrictSerializer):
    """An endpoint without its secrets. Context: `runs`, the latest run by endpoint id."""

    id = serializers.CharField(read_only=True)
    name = serializers.CharField(read_only=True)
    channel = serializers.ChoiceField(choices=Channel.choices, read_only=True)
    wire_format = serializers.CharField(read_only=True)
    url = serializers.SerializerMethodField(
        help_text="The first target; a query is shown as `?…`, which may be sent back as it stands"
    )
    urls = serializers.SerializerMethodField(help_text="All targets, in the order they are tried")
    model = serializers.CharField(read_only=True)
    auth = serializers.SerializerMethodField()
    provider = serializers.SerializerMethodField(
        help_text="The stored credential it uses; null when the endpoint has its own or none"
    )
    timeouts = serializers.SerializerMethodField(help_text="Seconds by clock, defaults included")
    settings = serializers.JSONField(read_only=True)
    agent = serializers.SerializerMethodField(
        help_text="The agent whose shorthand made it, and with which it goes; null for the others"
    )
    version = serializers.IntegerField(read_only=True, help_text="Counts the changes")
    validation = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)

    def get_url(self, endpoint: Endpoint) -> str:
        return next(iter(self.get_urls(endpoint)), "")

    def get_urls(self, endpoint: Endpoint) -> list[str]:
        return [target.shown_url for target in endpoint.targets.all()]

    @extend_schema_field(AuthField(read_only=True))
    def get_auth(self, endpoint: Endpoint) -> dict[str, Any]:
        return shown(endpoint.provider)

    def get_provider(self, endpoint: Endpoint) -> str | None:
        provider = endpoint.provider
        return provider.id if provider and not provider.owner_endpoint_id else None

    def get_timeouts(self, endpoint: Endpoint) -> dict[str, float]:
        return asdict(clocks(endpoint.channel, endpoint.timeouts))

    def get_agent(self, endpoint: Endpoint) -> str | None:
        return endpoint.owner_agent_id or None

    @extend_schema_field(VerdictSerializer(allow_null=True))
    def get_validation(self, endpoint: Endpoint) -> dict[str, Any] | None:
        run = self.context["runs"].get(endpoint.id)
        return VerdictSerializer(run).data if run else None


class SavedEndpointSerializer(EndpointSerializer):
    """Context: also `notices`."""

    notices = serializers.SerializerMethodField(
        help_text="What the save did beyond what was asked, such as dropping a credential"
    )

    def get_notices(self, endpoint: Endpoint) -> list[str]:
        return list(self.context["notices"])


class _EndpointFields(StrictSerializer):
    """What both a new endpoint and a change may hold."""

    url = serializers.CharField(required=False, help_text="`https://…`, called exactly as it is")
    urls = serializers.ListField(
        child=serializers.CharField(),
        required=False,
        help_text="Several targets instead of `url`; the next is tried when one cannot be reached",
    )
    model = serializers.CharField(
        required=False, allow_blank=True, help_text="Replaces the caller's model unless empty"
    )
    auth = AuthField(required=False)
    timeouts = serializers.DictField(required=False, help_text=_CLOCKS_HELP)
    settings = serializers.DictField(required=False, help_text=_SETTINGS_HELP)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One list of URLs, however they were given."""
        if "url" in attrs and "urls" in attrs:
            raise ValidationError({"urls": [ErrorDetail("Give `url` or `urls`.", "invalid")]})
        if "url" in attrs:
            attrs["urls"] = [attrs.pop("url")]
        return attrs


class NewEndpointSerializer(_EndpointFields):
    name = serializers.CharField()
    channel = Choice(choices=Channel.choices)
    wire_format = serializers.CharField(help_text="A name from `wire-formats`")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        if "urls" not in attrs:
            raise ValidationError({"url": [ErrorDetail("This field is required.", "required")]})
        return attrs


class EndpointChangeSerializer(_EndpointFields):
    name = serializers.CharField(required=False)
    wire_format = serializers.CharField(required=False)


class HostedUrlsSerializer(StrictSerializer):
    """What a voice platform is given, by channel and by the shape its requests have."""

    llm = serializers.DictField(child=serializers.CharField(), read_only=True)
    voice = serializers.DictField(child=serializers.CharField(), read_only=True)
    transcriber = serializers.DictField(child=serializers.CharField(), read_only=True)


def _slot(**options: Any) -> serializers.CharField:
    return serializers.CharField(
        allow_null=True, help_text="The endpoint in this slot; null leaves it empty", **options
    )


def _shorthand() -> serializers.CharField:
    return serializers.CharField(
        required=False,
        allow_null=True,
        help_text="Makes or moves the agent's own endpoint in the channel's native format",
    )


class AgentSerializer(StrictSerializer):
    id = serializers.CharField(read_only=True)
    name = serializers.CharField(read_only=True)
    llm = _slot(source="llm_id", read_only=True)
    voice = _slot(source="voice_id", read_only=True)
    transcriber = _slot(source="transcriber_id", read_only=True)
    custom_llm_url = serializers.SerializerMethodField(
        help_text="The URL of the agent's own endpoint; null when it has none"
    )
    custom_voice_url = serializers.SerializerMethodField()
    custom_transcriber_url = serializers.SerializerMethodField()
    urls = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)

    def get_custom_llm_url(self, agent: Agent) -> str | None:
        return _own_url(agent, agent.llm)

    def get_custom_voice_url(self, agent: Agent) -> str | None:
        return _own_url(agent, agent.voice)

    def get_custom_transcriber_url(self, agent: Agent) -> str | None:
        return _own_url(agent, agent.transcriber)

    @extend_schema_field(HostedUrlsSerializer)
    def get_urls(self, agent: Agent) -> dict[str, dict[str, str]]:
        return hosted_urls(agent)


def _own_url(agent: Agent, endpoint: Endpoint | None) -> str | None:
    if endpoint is None or endpoint.owner_agent_id != agent.id:
        return None
    return next((target.shown_url for target in endpoint.targets.all()), None)


class AgentChangeSerializer(StrictSerializer):
    name = serializers.CharField(required=False)
    llm = _slot(required=False)
    voice = _slot(required=False)
    transcriber = _slot(required=False)
    custom_llm_url = _shorthand()
    custom_voice_url = _shorthand()
    custom_transcriber_url = _shorthand()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """In the terms of the services."""
        slots = {name: attrs[name] for name in Channel.values if name in attrs}
        urls = {name: attrs[key] for name, key in _SHORTHANDS.items() if key in attrs}
        given = {"name": attrs["name"]} if "name" in attrs else {}
        return {**given, "slots": slots, "custom_urls": urls}


class NewAgentSerializer(AgentChangeSerializer):
    name = serializers.CharField()


class CheckSerializer(StrictSerializer):
    name = serializers.CharField(read_only=True)
    # REST framework's fields have attributes of this name, which its metaclass keeps apart.
    label = serializers.CharField(read_only=True)  # type: ignore[assignment]
    status = serializers.ChoiceField(choices=CheckStatus.choices, read_only=True)
    summary = serializers.CharField(read_only=True, help_text="What was seen")
    hint = serializers.CharField(read_only=True, help_text="How to mend it; empty when all is well")
    duration_ms = serializers.FloatField(read_only=True)
    evidence = serializers.JSONField(
        read_only=True,
        help_text="The exchange behind it, redacted, with a `curl` line to repeat it; of a"
        " transcriber its `messages`, and a `command` that plays the same sentence; `same_as` names"
        " the check where the same exchange is shown",
    )


class RunSerializer(StrictSerializer):
    id = serializers.CharField(read_only=True)
    endpoint = serializers.CharField(source="endpoint_id", read_only=True)
    version = serializers.IntegerField(
        source="endpoint_version", read_only=True, help_text="The endpoint's version that it tests"
    )
    status = serializers.ChoiceField(choices=RunStatus.choices, read_only=True)
    created_at = serializers.DateTimeField(read_only=True)
    started_at = serializers.DateTimeField(read_only=True, allow_null=True)
    finished_at = serializers.DateTimeField(read_only=True, allow_null=True)


class RunWithChecksSerializer(RunSerializer):
    checks = CheckSerializer(many=True, read_only=True)


class QueuedRunSerializer(StrictSerializer):
    id = serializers.CharField(read_only=True)
    status = serializers.ChoiceField(choices=RunStatus.choices, read_only=True)


class SettingSerializer(StrictSerializer):
    name = serializers.CharField(read_only=True)
    help = serializers.CharField(read_only=True)
    accepts = serializers.CharField(read_only=True)
    default = serializers.JSONField(read_only=True)


class BoundSerializer(StrictSerializer):
    default = serializers.FloatField(read_only=True)
    least = serializers.FloatField(read_only=True)
    most = serializers.FloatField(read_only=True)


class WireFormatSerializer(StrictSerializer):
    name = serializers.CharField(read_only=True)
    # REST framework's fields have attributes of this name, which its metaclass keeps apart.
    label = serializers.CharField(read_only=True)  # type: ignore[assignment]
    channel = serializers.CharField(read_only=True)
    scheme = serializers.CharField(read_only=True, help_text="What an endpoint's URL begins with")
    capabilities = serializers.DictField(child=serializers.BooleanField(), read_only=True)
    settings = SettingSerializer(many=True, read_only=True)
    timeouts = serializers.DictField(
        child=BoundSerializer(), read_only=True, help_text="Seconds by clock, and their bounds"
    )


class WireFormatListSerializer(StrictSerializer):
    data = WireFormatSerializer(many=True, read_only=True)  # type: ignore[assignment]
    has_more = serializers.BooleanField(read_only=True)
    next_cursor = serializers.CharField(read_only=True, allow_null=True)
