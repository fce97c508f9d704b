"""What `make run` shows to somebody who has never seen Patchbay: a tenant, an agent, a dispatch."""

import json
import os
import secrets
import shutil
import time
from dataclasses import asdict, dataclass, replace
from importlib.util import find_spec
from pathlib import Path

from django.conf import settings
from django.db import transaction

from config.demo_endpoints import EXAMPLES, references
from config.first_run import DEMO_DIR
from config.processes import Program, python
from endpoints.models import Agent, Endpoint
from endpoints.services.agents import NATIVE_FORMATS, agent_create, agent_update
from endpoints.services.credentials import Auth
from endpoints.services.endpoints import endpoint_create, endpoint_update
from tenants import keys
from tenants.models import Role, User
from tenants.services import api_key_create, member_add, tenant_create
from usage.models import CallEvent

NOTES = DEMO_DIR / "demo.json"
LOGS: Path = settings.VAR_DIR / "log"
OWNER = "owner@example.com"
QUESTION = "Hello from the first call."
SENTENCE = "What time is it?"  # pocketsphinx hears it word for word


@dataclass(frozen=True, slots=True)
class Demo:
    """What a second start must know, kept in a file that only this user may read."""

    tenant: str
    agent: str
    endpoints: dict[str, str]  # ids by channel
    key: str
    password: str
    endpoint_token: str

    @property
    def hosted_url(self) -> str:
        return f"{settings.PUBLIC_URL}/a/{self.agent}/v1"

    @property
    def local_hosted_url(self) -> str:
        return f"{local_url()}/a/{self.agent}/v1"


def local_url() -> str:
    """The gateway from this machine, whatever it is called from outside."""
    host = "127.0.0.1" if settings.HOST in ("0.0.0.0", "::") else settings.HOST  # noqa: S104
    return f"http://{host}:{settings.PORT}"


def programs(demo: Demo) -> list[Program]:
    """The demo's endpoints, the gateway and the worker."""
    LOGS.mkdir(parents=True, exist_ok=True)
    manage = str(settings.BASE_DIR / "manage.py")
    return [
        *(reference.program(demo.endpoint_token, LOGS) for reference in references().values()),
        Program("The gateway", python(manage, "serve"), log=LOGS / "gateway.log"),
        Program("The worker", python(manage, "worker"), log=LOGS / "worker.log"),
    ]


def certificate() -> Program:
    return Program("Making certificates", python(str(EXAMPLES / "local_ca.py"), str(DEMO_DIR)))


def readiness() -> Program:
    script = str(EXAMPLES / "wait_until_ready.py")
    others = [reference.asked_over_http for reference in references().values()]
    return Program("Waiting for all to be ready", python(script, local_url(), *others))


def first_call(demo: Demo) -> Program:
    """A real call through the hosted URL, by the script that tenants copy."""
    command = python("-u", str(EXAMPLES / "call_agent.py"), demo.local_hosted_url, QUESTION)
    return Program("The first call", command, {"PATCHBAY_KEY": demo.key})


def can_speak(demo: Demo) -> bool:
    """Whether both jacks are patched to the demo's own endpoints, which know what is asked."""
    made = {channel: demo.endpoints.get(channel, "") for channel in ("voice", "transcriber")}
    return Agent.objects.filter(pk=demo.agent, **made).exists()


def spoken_call(demo: Demo) -> Program:
    """A sentence out of the voice jack and into the transcriber jack."""
    base = demo.local_hosted_url.removesuffix("/v1")
    command = python("-u", str(EXAMPLES / "speak_and_listen.py"), base, SENTENCE)
    return Program("The spoken call", command, {"PATCHBAY_KEY": demo.key})


def stand_ins() -> list[str]:
    """The speech engines that are not installed, so that tones or loudness stand in for them."""
    modules = [name for name in ("soxr", "pocketsphinx") if find_spec(name) is None]
    return modules if shutil.which("espeak-ng") else ["espeak-ng", *modules]


def ensure() -> Demo:
    """The demo as it was left, or a new one where it is gone; its endpoints follow the port."""
    demo = _noted() or _make()
    demo = _patched(demo)
    with open(os.open(NOTES, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(asdict(demo), file)
    return demo


def _noted() -> Demo | None:
    if not NOTES.exists():
        return None
    notes = json.loads(NOTES.read_text())
    if "endpoint" in notes:  # by a Patchbay that had one jack
        notes["endpoints"] = {"llm": notes.pop("endpoint")}
    demo = Demo(**notes)
    agents = Agent.objects.filter(pk=demo.agent, tenant_id=demo.tenant)
    return demo if agents.exists() else None


@transaction.atomic
def _make() -> Demo:
    """A tenant and an agent whose jacks are empty."""
    tenant = tenant_create(name="Demo", plan="pro")
    User.objects.filter(email=OWNER).delete()
    _, password = member_add(tenant=tenant, email=OWNER, role=Role.OWNER, by_operator=True)
    _, key = api_key_create(tenant=tenant, name="Demo key", scopes=list(keys.SCOPES))
    agent = agent_create(tenant=tenant, name="Reception")
    assert password is not None  # noqa: S101 - the person was deleted above, so it is new
    token = secrets.token_urlsafe(24)
    return Demo(tenant.id, agent.id, {}, key.reveal(), password.reveal(), token)


@transaction.atomic
def _patched(demo: Demo) -> Demo:
    """With an endpoint in each jack that is empty and always was; what a person did is left."""
    agent = Agent.objects.select_related("tenant").get(pk=demo.agent, tenant_id=demo.tenant)
    made = {}
    for channel, reference in references().items():
        auth: Auth = {"type": "bearer", "token": demo.endpoint_token}
        if channel in demo.endpoints:
            _follow_port(demo.tenant, demo.endpoints[channel], reference.url, auth)
        elif getattr(agent, f"{channel}_id") is None:
            made[channel] = endpoint_create(
                tenant=agent.tenant,
                channel=channel,
                name=reference.name,
                wire_format=NATIVE_FORMATS[channel],
                urls=[reference.url],
                auth=auth,
            ).endpoint.id
    if made:
        agent_update(tenant=agent.tenant, agent=agent, slots=made)
    return replace(demo, endpoints=demo.endpoints | made)


def _follow_port(tenant: str, endpoint_id: str, url: str, auth: Auth) -> None:
    endpoint = Endpoint.objects.filter(pk=endpoint_id, tenant_id=tenant).first()
    if endpoint is not None and not endpoint.targets.filter(url=url).exists():
        endpoint_update(tenant=endpoint.tenant, endpoint=endpoint, urls=[url], auth=auth)


def newest_event(demo: Demo, *, after: int, seconds: float = 10.0) -> CallEvent | None:
    """The tenant's newest event once it has more than `after` of them; `None` when none comes."""
    events = CallEvent.objects.filter(tenant_id=demo.tenant)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if events.count() > after:
            return events.latest("started_at")
        time.sleep(0.1)
    return None
