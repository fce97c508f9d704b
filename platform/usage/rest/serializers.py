"""The shapes of usage in the REST API."""

from typing import Any

from rest_framework import serializers

from tenants.rest.strict import StrictSerializer

OUTCOMES = (
    "ok", "upstream_error", "upstream_timeout", "upstream_truncated", "connect_failed",
    "refused", "client_gone", "lost_process",
)  # fmt: skip
TYPES = ("provider_usage",)
SOURCES = ("reported", "estimated", "none")


class FormatsSerializer(StrictSerializer):
    def get_fields(self) -> dict[str, Any]:
        """`in` is no name that a class body could hold."""
        return {
            "in": serializers.CharField(source="format_in", help_text="What the caller speaks"),
            "out": serializers.CharField(source="format_out", help_text="What the endpoint speaks"),
        }


class TokensSerializer(StrictSerializer):
    prompt = serializers.IntegerField(source="tokens_prompt", allow_null=True)
    completion = serializers.IntegerField(source="tokens_completion", allow_null=True)
    reasoning = serializers.IntegerField(source="tokens_reasoning", allow_null=True)
    source = serializers.ChoiceField(  # type: ignore[assignment] # the metaclass takes it out
        source="tokens_source",
        choices=SOURCES,
        help_text="Who counted: the endpoint, or we by length",
    )


class EventSerializer(StrictSerializer):
    """One event; a `provider_usage` event stands for exactly one dispatch."""

    id = serializers.CharField()
    type = serializers.ChoiceField(choices=TYPES)
    provider = serializers.CharField()
    agent = serializers.CharField(source="agent_id")
    endpoint = serializers.CharField(source="endpoint_id")
    call = serializers.CharField(source="call_id")
    dispatch = serializers.CharField(source="dispatch_id")
    format = FormatsSerializer(source="*")
    outcome = serializers.ChoiceField(choices=OUTCOMES)
    status = serializers.IntegerField(allow_null=True, help_text="What the endpoint answered")
    attempts = serializers.IntegerField()
    bytes_in = serializers.IntegerField()
    bytes_out = serializers.IntegerField()
    tokens = TokensSerializer(source="*")
    characters = serializers.IntegerField(allow_null=True)
    audio_ms = serializers.FloatField(allow_null=True)
    timing_ms = serializers.DictField(child=serializers.FloatField(allow_null=True))
    error = serializers.DictField(allow_null=True)
    details = serializers.DictField(
        allow_null=True, help_text="What only the event's channel has to tell"
    )
    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField()


class CallSerializer(StrictSerializer):
    id = serializers.CharField()
    agent = serializers.CharField(source="agent_id")
    external_id = serializers.CharField(
        help_text="What the voice platform calls it; empty where it named none"
    )
    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField()


class StepSerializer(StrictSerializer):
    at = serializers.DateTimeField()
    ms = serializers.FloatField(
        allow_null=True, help_text="Since the step before it, or since the turn began"
    )
    gateway_ms = serializers.FloatField(allow_null=True, help_text="Patchbay's own part of `ms`")


class TurnDispatchesSerializer(StrictSerializer):
    transcriber = serializers.CharField(allow_null=True)
    llm = serializers.ListField(child=serializers.CharField())
    voice = serializers.ListField(child=serializers.CharField())


class TurnSerializer(StrictSerializer):
    """Something said and the reply to it. A step that did not happen is null."""

    began_at = serializers.DateTimeField()
    speech_end = StepSerializer(allow_null=True)
    final = StepSerializer(allow_null=True)
    utterance_end_at = serializers.DateTimeField(allow_null=True)
    first_content = StepSerializer(allow_null=True, help_text="Of the LLM")
    first_audio = StepSerializer(allow_null=True, help_text="Of the voice")
    total_ms = serializers.FloatField(
        allow_null=True, help_text="From the beginning to the last step"
    )
    gateway_ms = serializers.FloatField(
        allow_null=True, help_text="Patchbay's own share of `total_ms`"
    )
    dispatches = TurnDispatchesSerializer(source="*")


class CourseSerializer(StrictSerializer):
    dispatches = EventSerializer(many=True)
    dispatches_left_out = serializers.IntegerField(help_text="Those after the first 500")
    turns = TurnSerializer(many=True, help_text="Of the dispatches shown, first to last")
    turns_left_out = serializers.IntegerField(help_text="Those after the first 500")


class CallDetailSerializer(CallSerializer, CourseSerializer):
    """A call with its dispatches, first to last, and its turns."""


class SummedTokensSerializer(StrictSerializer):
    prompt = serializers.IntegerField(source="tokens_prompt")
    completion = serializers.IntegerField(source="tokens_completion")
    reasoning = serializers.IntegerField(source="tokens_reasoning")


class UsageDaySerializer(StrictSerializer):
    """What an agent used of a provider on a day (UTC)."""

    day = serializers.DateField()
    agent = serializers.CharField(source="agent_id")
    provider = serializers.CharField()
    dispatches = serializers.IntegerField()
    failed = serializers.IntegerField(help_text="Those that ended neither well nor by the caller")
    estimated = serializers.IntegerField(help_text="Those whose tokens we counted by length")
    tokens = SummedTokensSerializer(source="*")
    bytes_in = serializers.IntegerField()
    bytes_out = serializers.IntegerField()
    characters = serializers.IntegerField()
    audio_ms = serializers.FloatField()


class UsageSerializer(StrictSerializer):
    data = UsageDaySerializer(many=True)  # type: ignore[assignment] # the metaclass takes it out
    has_more = serializers.BooleanField()
    next_cursor = serializers.CharField(allow_null=True)
