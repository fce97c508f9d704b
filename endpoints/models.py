"""What tenants patch: agents, their endpoints, and the validation runs of those."""

from django.db import models

from tenants.ids import new_id, unguessable_id
from tenants.models import Tenant, TenantProvider
from vault.fields import EncryptedTextField

HIDDEN_QUERY = "?…"  # no URL may hold this character, so it never stands for itself


def agent_id() -> str:
    return unguessable_id("agt")


def endpoint_id() -> str:
    return new_id("end")


def target_id() -> str:
    return new_id("tgt")


def run_id() -> str:
    return new_id("val")


class Channel(models.TextChoices):
    LLM = "llm", "LLM"
    VOICE = "voice", "Voice"
    TRANSCRIBER = "transcriber", "Transcriber"


class Endpoint(models.Model):
    """What a slot is patched to.

    `timeouts` holds seconds by clock name (`connect`, `tls`, `first_byte`, `idle`, `total`); one
    left out has the channel's default. `settings` belongs to the wire format. `version` counts
    saves: a validation run speaks of one version. `owner_agent_id` is set on an endpoint that an
    agent's shorthand made; it lives and dies with that agent.
    """

    id = models.CharField(primary_key=True, max_length=40, default=endpoint_id, editable=False)
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="endpoints")
    name = models.CharField(max_length=120)
    channel = models.CharField(max_length=12, choices=Channel.choices)
    wire_format = models.CharField(max_length=40)
    model = models.CharField(max_length=200, blank=True, default="")
    provider = models.ForeignKey(
        TenantProvider, models.PROTECT, null=True, blank=True, related_name="endpoints"
    )
    timeouts = models.JSONField(default=dict, blank=True)
    settings = models.JSONField(default=dict, blank=True)
    owner_agent_id = models.CharField(max_length=40, blank=True, default="", editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.name


class Target(models.Model):
    """One URL of an endpoint. Its query may be a signature: `url` is without it, `query` sealed."""

    id = models.CharField(primary_key=True, max_length=40, default=target_id, editable=False)
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+")
    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="targets")
    position = models.PositiveSmallIntegerField(default=0)
    url = models.CharField(max_length=2048)
    query = EncryptedTextField(blank=True, default="")

    class Meta:
        ordering = ("position",)
        constraints = (
            models.UniqueConstraint(fields=["endpoint", "position"], name="one_target_a_position"),
        )

    def __str__(self) -> str:
        return self.url

    @property
    def full_url(self) -> str:
        """What is called. Raises `SecretUnreadable`."""
        return f"{self.url}?{self.query.reveal()}" if self.query else self.url

    @property
    def shown_url(self) -> str:
        """What may be seen, by whoever may see the endpoint; opens nothing."""
        return f"{self.url}{HIDDEN_QUERY}" if self.query else self.url


class Agent(models.Model):
    """A voice agent with three slots; an empty slot refuses that channel's calls, loudly."""

    id = models.CharField(primary_key=True, max_length=40, default=agent_id, editable=False)
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="agents")
    name = models.CharField(max_length=120)
    llm = models.ForeignKey(Endpoint, models.PROTECT, null=True, blank=True, related_name="+")
    voice = models.ForeignKey(Endpoint, models.PROTECT, null=True, blank=True, related_name="+")
    transcriber = models.ForeignKey(
        Endpoint, models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.name


class RunStatus(models.TextChoices):
    """`superseded`: the endpoint was saved again before this run was done."""

    QUEUED = "queued"
    RUNNING = "running"
    PASSED = "passed"
    WARNING = "warning"
    FAILED = "failed"
    SUPERSEDED = "superseded"


class ValidationRun(models.Model):
    """The tests run against one version of an endpoint; the row is the truth, not the broker."""

    id = models.CharField(primary_key=True, max_length=40, default=run_id, editable=False)
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+")
    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="validation_runs")
    endpoint_version = models.PositiveIntegerField()
    status = models.CharField(max_length=10, choices=RunStatus.choices, default=RunStatus.QUEUED)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = (models.Index(fields=["status", "lease_until"], name="runs_to_claim"),)

    def __str__(self) -> str:
        return self.id


class CheckStatus(models.TextChoices):
    PASSED = "passed"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


class CheckResult(models.Model):
    """What one check saw, and how to mend it; `evidence` is a redacted raw exchange."""

    run = models.ForeignKey(ValidationRun, models.CASCADE, related_name="checks")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=40)
    label = models.CharField(max_length=120)
    status = models.CharField(max_length=10, choices=CheckStatus.choices)
    summary = models.TextField()
    hint = models.TextField(blank=True, default="")
    duration_ms = models.FloatField(default=0)
    evidence = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ("position",)
        constraints = (
            models.UniqueConstraint(fields=["run", "name"], name="one_result_a_check_and_run"),
        )

    def __str__(self) -> str:
        return f"{self.name} {self.status}"
