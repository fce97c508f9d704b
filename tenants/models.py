"""Who uses Patchbay: tenants, their members, API keys and stored credentials."""

from typing import Any, ClassVar

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models

from tenants.ids import new_id
from tenants.plans import PLANS, Plan, plan_choices
from vault.fields import EncryptedTextField


def tenant_id() -> str:
    return new_id("ten")


def key_id() -> str:
    return new_id("key")


def provider_id() -> str:
    return new_id("prv")


def reply_id() -> str:
    return new_id("idm")


class Tenant(models.Model):
    """A customer account; everything else belongs to exactly one."""

    id = models.CharField(primary_key=True, max_length=40, default=tenant_id, editable=False)
    name = models.CharField(max_length=120)
    plan_name = models.CharField("plan", max_length=20, choices=plan_choices, default="free")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name

    @property
    def plan(self) -> Plan:
        return PLANS[self.plan_name]


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **extra: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **extra)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, email: str, password: str | None = None, **extra: Any) -> "User":
        return self.create_user(email, password, is_superuser=True, **extra)


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in by e-mail; an operator of the installation is a superuser."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, blank=True)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(auto_now_add=True)

    objects = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.email

    @property
    def is_staff(self) -> bool:
        """Django's admin asks this; who may see what is decided by membership."""
        return self.is_active

    def check_password(self, raw_password: str | None) -> bool:
        """Renews a hash of an older kind, unless the person has another password meanwhile."""
        before = self.password

        def renew(text: str) -> None:
            self.password = make_password(text)
            User.objects.filter(pk=self.pk, password=before).update(password=self.password)

        return check_password(raw_password, before, renew)


class Role(models.TextChoices):
    OWNER = "owner"
    ADMIN = "admin"
    VIEWER = "viewer"


class Membership(models.Model):
    """A person's role in a tenant."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.VIEWER)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "member"
        constraints = (
            models.UniqueConstraint(fields=["tenant", "user"], name="one_membership_per_tenant"),
        )

    def __str__(self) -> str:
        return f"{self.user} ({self.role})"


class ApiKey(models.Model):
    """A tenant's key; only its SHA-256 is kept, the text is shown once when it is made.

    `scopes` is a list of scope names (`tenants.keys.SCOPES`); `agent_id`, when set, restricts the
    key to one agent, which is what makes it fit to stand in a URL.
    """

    id = models.CharField(primary_key=True, max_length=40, default=key_id, editable=False)
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=120)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    prefix = models.CharField(max_length=16, editable=False)
    last4 = models.CharField(max_length=4, editable=False)
    scopes = models.JSONField(default=list)
    agent_id = models.CharField(max_length=40, blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = "API key"

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…{self.last4})"


class TenantProvider(models.Model):
    """A stored credential for one channel.

    `auth_type` names a type of `egress.auth`; `settings` holds its open fields (a header's name),
    `secrets` a JSON object of its secret ones. The credential goes to `hosts` and nowhere else.
    `owner_endpoint_id` is set on one that an endpoint's inline `auth` made; it lives and dies with
    that endpoint.
    """

    id = models.CharField(primary_key=True, max_length=40, default=provider_id, editable=False)
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="providers")
    provider = models.CharField(
        max_length=30,
        choices=[
            ("custom-llm", "Custom LLM"),
            ("custom-voice", "Custom voice"),
            ("custom-transcriber", "Custom transcriber"),
        ],
    )
    name = models.CharField(max_length=120)
    auth_type = models.CharField(max_length=20, default="none")
    settings = models.JSONField(default=dict, blank=True)
    secrets = EncryptedTextField(blank=True, default="")
    last4 = models.CharField(max_length=4, blank=True, default="", editable=False)
    secrets_updated_at = models.DateTimeField(null=True, blank=True, editable=False)
    hosts = models.JSONField(default=list, blank=True)
    owner_endpoint_id = models.CharField(max_length=40, blank=True, default="", editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "tenant_providers"
        verbose_name = "credential"

    def __str__(self) -> str:
        return self.name


class Change(models.Model):
    """A notice to every gateway process that its snapshot of an object is out of date."""

    kind = models.CharField(max_length=20)
    object_id = models.CharField(max_length=64)
    tenant_id = models.CharField(max_length=40)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}"


class IdempotentReply(models.Model):
    """The answer that a POST with an `Idempotency-Key` got, to be given again for 24 hours.

    `body` is encrypted, because an answer may hold a secret that is shown once.
    """

    id = models.CharField(primary_key=True, max_length=40, default=reply_id, editable=False)
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = EncryptedTextField(blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["tenant", "key"], name="one_reply_per_idempotency_key"),
        )

    def __str__(self) -> str:
        return self.key
