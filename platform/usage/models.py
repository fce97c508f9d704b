"""What was used: calls, and the events of their dispatches."""

from django.db import models


class Call(models.Model):
    """What the voice platform calls a call; groups dispatches of all three channels.

    Rows outlive what they speak of, so tenant, agent and endpoint are ids, not foreign keys.
    """

    id = models.CharField(primary_key=True, max_length=40)
    tenant_id = models.CharField(max_length=40)
    agent_id = models.CharField(max_length=40)
    external_id = models.CharField(max_length=200, blank=True, default="")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()

    class Meta:
        indexes = (
            models.Index(fields=["tenant_id", "-started_at"], name="calls_of_tenant"),
            models.Index(fields=["tenant_id", "external_id"], name="calls_by_external_id"),
        )

    def __str__(self) -> str:
        return self.id


class CallEvent(models.Model):
    """One event; a `provider_usage` event stands for exactly one dispatch."""

    id = models.CharField(primary_key=True, max_length=40)
    type = models.CharField(max_length=30, default="provider_usage")
    tenant_id = models.CharField(max_length=40)
    agent_id = models.CharField(max_length=40)
    endpoint_id = models.CharField(max_length=40)
    call_id = models.CharField(max_length=40)
    dispatch_id = models.CharField(max_length=40, unique=True)
    provider = models.CharField(max_length=30)
    format_in = models.CharField(max_length=40)
    format_out = models.CharField(max_length=40)
    outcome = models.CharField(max_length=20)
    status = models.PositiveSmallIntegerField(null=True)
    attempts = models.PositiveSmallIntegerField(default=1)
    bytes_in = models.BigIntegerField(default=0)
    bytes_out = models.BigIntegerField(default=0)
    tokens_prompt = models.BigIntegerField(null=True)
    tokens_completion = models.BigIntegerField(null=True)
    tokens_reasoning = models.BigIntegerField(null=True)
    tokens_source = models.CharField(max_length=10, default="none")
    characters = models.BigIntegerField(null=True)
    audio_ms = models.FloatField(null=True)
    timing_ms = models.JSONField(default=dict)
    error = models.JSONField(null=True)
    details = models.JSONField(null=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()

    class Meta:
        db_table = "call_events"
        verbose_name = "event"
        indexes = (
            models.Index(fields=["tenant_id", "-started_at", "-id"], name="events_of_tenant"),
            models.Index(fields=["tenant_id", "call_id"], name="events_of_call"),
            models.Index(fields=["tenant_id", "agent_id", "-started_at"], name="events_of_agent"),
        )

    def __str__(self) -> str:
        return self.id
