"""Who may reach each REST route, and what its bodies and filters may hold.

A new route, body field or filter fails `tests/test_isolation.py` until it stands here: bodies and
filters name the caller's own objects, and the test swaps each id for another tenant's.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model
from django.utils import timezone

from endpoints.models import Agent, Endpoint, ValidationRun
from tenants.models import ApiKey, TenantProvider
from tests.admin.rows import House
from usage.models import Call, CallEvent

Body = Callable[[House], dict[str, Any]]

PUBLIC = {"/", "/favicon.ico", "/api/schema", "/api/docs"}
ADMIN = "/admin"  # every vector of it stands in tests/admin/test_isolation.py
NOT_SERVED_HERE = {"/static"}


@dataclass(frozen=True, slots=True)
class Tenanted:
    """`model` is what `{id}` names. `bodies` by method; `filters` by parameter."""

    model: type[Model] | None = None
    bodies: Mapping[str, tuple[Body, ...]] = field(default_factory=dict)
    filters: Mapping[str, Callable[[House], str]] = field(default_factory=dict)


def _host(house: House) -> str:
    return f"{house.canary.lower()}.example.com"


def _id(house: House, model: type[Model]) -> str:
    return str(house.rows[model].pk)


_AUTH = {"type": "bearer", "token": "a-token-of-the-test-0123"}


def _new_key(house: House) -> dict[str, Any]:
    return {
        "name": "n",
        "scopes": ["llm"],
        "agent": _id(house, Agent),
        "expires_at": "2999-01-01T00:00:00Z",
    }


def _new_provider(house: House) -> dict[str, Any]:
    return {"provider": "custom-llm", "name": "n", "auth": _AUTH, "hosts": ["x.example.com"]}


def _provider_change(house: House) -> dict[str, Any]:
    return {"name": "n", "auth": _AUTH, "hosts": ["x.example.com"]}


def _session_token(house: House) -> dict[str, Any]:
    return {"agent": _id(house, Agent), "channels": ["llm"], "ttl": 60}


def _endpoint_change(house: House) -> dict[str, Any]:
    return {
        "name": "n",
        "wire_format": "openai-chat",
        "url": f"https://{_host(house)}/v1/chat/completions",
        "model": "m",
        "auth": {"provider": _id(house, TenantProvider)},
        "timeouts": {"total": 60},
        "settings": {},
    }


def _new_endpoint(house: House) -> dict[str, Any]:
    return _endpoint_change(house) | {"channel": "llm"}


def _with_urls(body: Body) -> Body:
    def made(house: House) -> dict[str, Any]:
        changed = body(house)
        changed["urls"] = [changed.pop("url")]
        return changed

    return made


def _slots(channel: str) -> Body:
    empty = {"name": "n", "llm": None, "voice": None, "transcriber": None}
    return lambda house: empty | {channel: _id(house, Endpoint)}


def _shorthand(house: House) -> dict[str, Any]:
    url = f"https://{_host(house)}/v1/chat/completions"
    return {
        "name": "n",
        "custom_llm_url": url,
        "custom_voice_url": None,
        "custom_transcriber_url": None,
    }


_AGENT = (_slots("llm"), _slots("voice"), _slots("transcriber"), _shorthand)
_OF_AGENT = {"agent": lambda house: _id(house, Agent)}


def _today(house: House) -> str:
    return timezone.now().date().isoformat()


_SPAN = {"since": _today, "until": _today}
_MOMENTS = {
    "since": lambda house: "2020-01-01T00:00:00Z",
    "until": lambda house: "2999-01-01T00:00:00Z",
}

POLICY: dict[str, Tenanted] = {
    "/api/v1/me": Tenanted(),
    "/api/v1/api-keys": Tenanted(bodies={"post": (_new_key,)}),
    "/api/v1/api-keys/<id>": Tenanted(ApiKey),
    "/api/v1/providers": Tenanted(bodies={"post": (_new_provider,)}),
    "/api/v1/providers/<id>": Tenanted(TenantProvider, bodies={"patch": (_provider_change,)}),
    "/api/v1/session-tokens": Tenanted(bodies={"post": (_session_token,)}),
    "/api/v1/endpoints": Tenanted(
        bodies={"post": (_new_endpoint, _with_urls(_new_endpoint))},
        filters={
            "channel": lambda house: "llm",
            "search": lambda house: str(house.rows[Endpoint].name),
        },
    ),
    "/api/v1/endpoints/<id>": Tenanted(
        Endpoint, bodies={"patch": (_endpoint_change, _with_urls(_endpoint_change))}
    ),
    "/api/v1/endpoints/<id>/validate": Tenanted(Endpoint),
    "/api/v1/agents": Tenanted(
        bodies={"post": _AGENT}, filters={"search": lambda house: str(house.rows[Agent].name)}
    ),
    "/api/v1/agents/<id>": Tenanted(Agent, bodies={"patch": _AGENT}),
    "/api/v1/validation-runs": Tenanted(
        filters={
            "endpoint": lambda house: _id(house, Endpoint),
            "status": lambda house: "failed",
        }
    ),
    "/api/v1/validation-runs/<id>": Tenanted(ValidationRun),
    "/api/v1/wire-formats": Tenanted(filters={"channel": lambda house: "llm"}),
    "/api/v1/events": Tenanted(
        filters={
            **_OF_AGENT,
            **_MOMENTS,
            "call": lambda house: _id(house, Call),
            "endpoint": lambda house: _id(house, Endpoint),
            "type": lambda house: "provider_usage",
            "outcome": lambda house: "upstream_error",
        }
    ),
    "/api/v1/events/<id>": Tenanted(CallEvent),
    "/api/v1/calls": Tenanted(
        filters={
            **_OF_AGENT,
            **_MOMENTS,
            "external_id": lambda house: str(house.rows[Call].external_id),
        }
    ),
    "/api/v1/calls/<id>": Tenanted(Call),
    "/api/v1/usage": Tenanted(filters={**_OF_AGENT, **_SPAN, "group": lambda house: "day"}),
}
