"""Two tenants with everything that a tenant can have, each text of which is a canary."""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model

from endpoints.models import Agent, CheckResult, Endpoint, RunStatus, ValidationRun
from endpoints.services import targets
from tenants.ids import new_id
from tenants.models import Membership, Role, Tenant, TenantProvider, User
from tests.tenants.rows import api_key
from usage.models import Call, CallEvent

PASSWORD = "a long enough password"
TOKEN = "sk-planted-{}-0123456789abcdef9f2c"


@dataclass(slots=True)
class House:
    """One tenant with its rows by model; `canary` is part of every text in them."""

    canary: str
    tenant: Tenant
    users: dict[str, User] = field(default_factory=dict)
    rows: dict[type[Model], Any] = field(default_factory=dict)
    key_text: str = ""

    @property
    def token(self) -> str:
        return TOKEN.format(self.canary)

    @property
    def ids(self) -> list[str]:
        return [str(row.pk) for row in self.rows.values()]

    @property
    def marks(self) -> list[str]:
        """What no other tenant's page may hold: the texts' canary, and ids however quoted."""
        return [self.canary, *(key.rpartition("_")[2] for key in self.ids)]


def long_id() -> int:
    """A row id that no other number on a page is mistaken for."""
    return random.randrange(10**8, 10**9 - 10**6)


def house(canary: str, plan: str = "pro") -> House:
    tenant = Tenant.objects.create(name=f"{canary} Ltd", plan_name=plan)
    made = House(canary, tenant, rows={Tenant: tenant})
    for role in Role:
        user = User.objects.create_user(
            f"{role}-{canary}@example.com".lower(), PASSWORD, id=long_id()
        )
        made.users[role.value] = user
        made.rows[Membership] = Membership.objects.create(
            id=long_id(), tenant=tenant, user=user, role=role
        )
    made.rows[User] = made.users["viewer"]
    _patched(made)
    _used(made)
    _logged(made)
    return made


def _patched(made: House) -> None:
    key, made.key_text = api_key(made.tenant)
    key.name = f"{made.canary} key"
    key.save()
    provider = TenantProvider.objects.create(
        tenant=made.tenant, provider="custom-llm", name=f"{made.canary} provider",
        auth_type="bearer", secrets=f'{{"token": "{made.token}"}}', last4="9f2c",
        secrets_updated_at=datetime.now(UTC), hosts=[f"{made.canary.lower()}.example.com"],
    )  # fmt: skip
    endpoint = Endpoint.objects.create(
        tenant=made.tenant, name=f"{made.canary} endpoint", channel="llm",
        wire_format="openai-chat", model=f"{made.canary}-7b", provider=provider,
    )  # fmt: skip
    url = f"https://{made.canary.lower()}.example.com/v1/chat/completions?sig={made.canary}-sig"
    targets.new(endpoint, url).save()
    agent = Agent.objects.create(tenant=made.tenant, name=f"{made.canary} agent", llm=endpoint)
    run = ValidationRun.objects.create(
        tenant=made.tenant, endpoint=endpoint, endpoint_version=1, status=RunStatus.FAILED
    )
    CheckResult.objects.create(
        run=run, position=0, name="address", label=f"{made.canary} check", status="failed",
        summary=f"{made.canary} saw nothing", hint=f"{made.canary} hint",
        evidence={"curl": f"curl {made.canary}"},
    )  # fmt: skip
    for row in (key, provider, endpoint, agent, run):
        made.rows[type(row)] = row


def _used(made: House) -> None:
    now = datetime.now(UTC)
    agent, endpoint = made.rows[Agent], made.rows[Endpoint]
    call = Call.objects.create(
        id=new_id("call"), tenant_id=made.tenant.id, agent_id=agent.id,
        external_id=f"{made.canary}-call", started_at=now, ended_at=now + timedelta(seconds=2),
    )  # fmt: skip
    event = CallEvent.objects.create(
        id=new_id("evt"), tenant_id=made.tenant.id, agent_id=agent.id, endpoint_id=endpoint.id,
        call_id=call.id, dispatch_id=new_id("dsp"), provider="custom-llm", format_in="openai-chat",
        format_out="openai-chat", outcome="upstream_error", status=500, bytes_in=812,
        bytes_out=9120, tokens_prompt=31, tokens_completion=57, tokens_source="reported",
        details={"canary": made.canary},
        timing_ms={"connect": 11.2, "first_byte": 182.0, "first_content": 183.1,
                   "total": 1204.7, "gateway": 0.9},
        error={"code": "upstream_error", "message": f"{made.canary} failed"},
        started_at=now, ended_at=now + timedelta(seconds=1),
    )  # fmt: skip
    made.rows[Call], made.rows[CallEvent] = call, event


def _logged(made: House) -> None:
    """What the admin remembers of every row, written by the tenant's owner."""
    for model, row in made.rows.items():
        LogEntry.objects.create(
            user=made.users["owner"], content_type=ContentType.objects.get_for_model(model),
            object_id=str(row.pk), object_repr=f"{made.canary} {model.__name__}",
            action_flag=CHANGE, change_message=f"{made.canary} message",
        )  # fmt: skip
