"""What `make run` shows to somebody who has never seen Patchbay: a tenant, an agent, a dispatch."""

import json
import os
import secrets
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings
from django.db import transaction

from config.first_run import DEMO_DIR
from config.processes import Program, python
from endpoints.models import Agent, Endpoint
from endpoints.services.agents import agent_create
from endpoints.services.endpoints import endpoint_create, endpoint_update
from tenants import keys
from tenants.models import Role, User
from tenants.services import api_key_create, member_add, tenant_create
from usage.models import CallEvent

EXAMPLES: Path = settings.BASE_DIR / "examples"
NOTES = DEMO_DIR / "demo.json"
LOGS: Path = settings.VAR_DIR / "log"
OWNER = "owner@example.com"
QUESTION = "Hello from the first call."


@dataclass(frozen=True, slots=True)
class Demo:
    """What a second start must know, kept in a file that only this user may read."""

    tenant: str
    agent: str
    endpoint: str
    key: str
    password: str
    endpoint_token: str

    @property
    def hosted_url(self) -> str:
        return f"{settings.PUBLIC_URL}/a/{self.agent}/v1"

    @property
    def local_hosted_url(self) -> str:
        return f"{local_url()}/a/{self.agent}/v1"


def endpoint_port() -> int:
    """Moves with the gateway's own port, so that two demos on one machine do not meet."""
    return int(settings.PORT) + 443


def local_url() -> str:
    """The gateway from this machine, whatever it is called from outside."""
    host = "127.0.0.1" if settings.HOST in ("0.0.0.0", "::") else settings.HOST  # noqa: S104
    return f"http://{host}:{settings.PORT}"


def endpoint_url() -> str:
    return f"https://localhost:{endpoint_port()}/v1/chat/completions"


def programs(demo: Demo) -> list[Program]:
    """The demo endpoint, the gateway and the worker."""
    LOGS.mkdir(parents=True, exist_ok=True)
    manage = str(settings.BASE_DIR / "manage.py")
    model = python(
        str(EXAMPLES / "llm_endpoint.py"),
        *("--port", str(endpoint_port())),
        *("--cert", str(DEMO_DIR / "cert.pem"), "--key", str(DEMO_DIR / "key.pem")),
    )
    token = {"ENDPOINT_TOKEN": demo.endpoint_token}
    return [
        Program("The demo endpoint", model, token, LOGS / "demo-endpoint.log"),
        Program("The gateway", python(manage, "serve"), log=LOGS / "gateway.log"),
        Program("The worker", python(manage, "worker"), log=LOGS / "worker.log"),
    ]


def certificate() -> Program:
    return Program("Making certificates", python(str(EXAMPLES / "local_ca.py"), str(DEMO_DIR)))


def readiness() -> Program:
    script = str(EXAMPLES / "wait_until_ready.py")
    return Program("Waiting for the gateway", python(script, local_url()))


def first_call(demo: Demo) -> Program:
    """A real call through the hosted URL, by the script that tenants copy."""
    command = python("-u", str(EXAMPLES / "call_agent.py"), demo.local_hosted_url, QUESTION)
    return Program("The first call", command, {"PATCHBAY_KEY": demo.key})


def ensure() -> Demo:
    """The demo as it was left, or a new one where it is gone; its endpoint follows the port."""
    if NOTES.exists():
        demo = Demo(**json.loads(NOTES.read_text()))
        if Agent.objects.filter(pk=demo.agent, tenant_id=demo.tenant).exists():
            _follow_port(demo)
            return demo
    demo = _make()
    with open(os.open(NOTES, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(asdict(demo), file)
    return demo


@transaction.atomic
def _make() -> Demo:
    tenant = tenant_create(name="Demo", plan="pro")
    User.objects.filter(email=OWNER).delete()
    _, password = member_add(tenant=tenant, email=OWNER, role=Role.OWNER, by_operator=True)
    _, key = api_key_create(tenant=tenant, name="Demo key", scopes=list(keys.SCOPES))
    token = secrets.token_urlsafe(24)
    endpoint = endpoint_create(
        tenant=tenant,
        channel="llm",
        name="Demo model",
        wire_format="openai-chat",
        urls=[endpoint_url()],
        auth={"type": "bearer", "token": token},
    ).endpoint
    agent = agent_create(tenant=tenant, name="Reception", slots={"llm": endpoint.id})
    assert password is not None  # noqa: S101 - the person was deleted above, so it is new
    return Demo(tenant.id, agent.id, endpoint.id, key.reveal(), password.reveal(), token)


def _follow_port(demo: Demo) -> None:
    endpoint = Endpoint.objects.filter(pk=demo.endpoint, tenant_id=demo.tenant).first()
    if endpoint is None or endpoint.targets.filter(url=endpoint_url()).exists():
        return
    endpoint_update(
        tenant=endpoint.tenant,
        endpoint=endpoint,
        urls=[endpoint_url()],
        auth={"type": "bearer", "token": demo.endpoint_token},
    )


def newest_event(demo: Demo, *, after: int, seconds: float = 10.0) -> CallEvent | None:
    """The tenant's newest event once it has more than `after` of them; `None` when none comes."""
    events = CallEvent.objects.filter(tenant_id=demo.tenant)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if events.count() > after:
            return events.latest("started_at")
        time.sleep(0.1)
    return None
