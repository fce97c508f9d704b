"""Works on a live platform's database from beside it: one JSON line in, one out.

`tests.live` starts it with the platform's own environment, so what it makes is made by the real
services, encrypted with the real keys, and announced to the running gateway.
"""

import json
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any


def _tenant(plan: str) -> dict[str, Any]:
    from tenants import keys, services

    owner = services.tenant_create(name="Live", plan=plan)
    return {"id": owner.id, **_key(owner.id, [*keys.SCOPES], "")}


def _key(tenant: str, scopes: list[str], agent: str) -> dict[str, Any]:
    from tenants import services
    from tenants.models import Tenant

    row, text = services.api_key_create(
        tenant=Tenant.objects.get(id=tenant), name="live", scopes=scopes, agent_id=agent
    )
    return {"key": text.reveal(), "key_id": row.id}


def _session(tenant: str, key_id: str, agent: str, ttl: int) -> dict[str, Any]:
    from django.conf import settings

    from tenants import session_tokens
    from tenants.models import ApiKey

    claims = session_tokens.SessionClaims(
        tenant_id=tenant,
        agent_id=agent,
        channels=frozenset({"llm", "voice", "transcriber"}),
        issuer=ApiKey.objects.get(id=key_id).digest,
        expires_at=int(time.time()) + ttl,
    )
    return {"token": session_tokens.issue(claims, settings.SECRET_KEY).reveal()}


def _plan(tenant: str, plan: str) -> dict[str, Any]:
    from tenants import services
    from tenants.models import Tenant

    services.plan_set(tenant=Tenant.objects.get(id=tenant), plan=plan)
    return {}


def _endpoint(
    tenant: str, urls: list[str], channel: str = "llm", token: str = "", **given: Any
) -> dict[str, Any]:
    from endpoints.services.agents import NATIVE_FORMATS
    from endpoints.services.endpoints import endpoint_create
    from tenants.models import Tenant

    given = {"name": "live", "wire_format": NATIVE_FORMATS[channel], **given}
    if token:
        given["auth"] = {"type": "bearer", "token": token}
    owner = Tenant.objects.get(id=tenant)
    return {"id": endpoint_create(tenant=owner, channel=channel, urls=urls, **given).endpoint.id}


def _raw_endpoint(tenant: str, url: str, wire_format: str) -> dict[str, Any]:
    """A row with a URL that no service would store."""
    from endpoints.models import Endpoint
    from endpoints.services import targets

    row = Endpoint.objects.create(
        tenant_id=tenant, channel="llm", wire_format=wire_format, name="raw"
    )
    targets.new(row, url).save()
    return {"id": row.id}


def _agent(tenant: str, slots: dict[str, str | None]) -> dict[str, Any]:
    from endpoints.services.agents import agent_create
    from tenants.models import Tenant

    owner = Tenant.objects.get(id=tenant)
    return {"id": agent_create(tenant=owner, name="live", slots=slots).id}


def _patch(agent: str, llm: str | None) -> dict[str, Any]:
    from endpoints.models import Agent
    from endpoints.services.agents import agent_update

    row = Agent.objects.get(id=agent)
    agent_update(tenant=row.tenant, agent=row, slots={"llm": llm})
    return {}


def _change_endpoint(endpoint: str, **given: Any) -> dict[str, Any]:
    from endpoints.models import Endpoint
    from endpoints.services.endpoints import endpoint_update

    row = Endpoint.objects.get(id=endpoint)
    endpoint_update(tenant=row.tenant, endpoint=row, **given)
    return {}


def _revoke(key_id: str) -> dict[str, Any]:
    from tenants import services
    from tenants.models import ApiKey

    key = ApiKey.objects.get(id=key_id)
    services.api_key_revoke(tenant=key.tenant, key=key)
    return {}


def _sql(statement: str, values: list[Any]) -> dict[str, Any]:
    """For what no service does: rows that only an attacker or a broken disk would write."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return {"rows": cursor.rowcount}


def _events(tenant: str) -> dict[str, Any]:
    from usage.models import CallEvent

    rows = CallEvent.objects.filter(tenant_id=tenant).order_by("started_at", "id")
    return {"events": json.loads(json.dumps(list(rows.values()), default=str))}


ACTIONS: dict[str, Callable[..., dict[str, Any]]] = {
    "tenant": _tenant,
    "key": _key,
    "session": _session,
    "plan": _plan,
    "sql": _sql,
    "endpoint": _endpoint,
    "raw_endpoint": _raw_endpoint,
    "change_endpoint": _change_endpoint,
    "agent": _agent,
    "patch": _patch,
    "revoke": _revoke,
    "events": _events,
}


def main() -> None:
    import django
    from django.db import close_old_connections

    django.setup()
    answers = sys.stdout
    sys.stdout = sys.stderr
    for line in sys.stdin:
        asked = json.loads(line)
        close_old_connections()
        try:
            answer = ACTIONS[asked.pop("do")](**asked)
        except Exception:
            answer = {"failed": traceback.format_exc()}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
