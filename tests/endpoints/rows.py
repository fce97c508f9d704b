"""Rows that many tests need, made through the real services."""

from typing import Any

from endpoints.models import Agent, Endpoint
from endpoints.services.agents import agent_create
from endpoints.services.endpoints import Saved, endpoint_create
from tenants.models import Tenant

URL = "https://llm.example.com/v1/chat/completions"
TOKEN = "sk-canary-0123456789abcdef"  # planted: it must show up nowhere


def saved_endpoint(tenant: Tenant, **given: Any) -> Saved:
    fields = {"name": "House model", "wire_format": "openai-chat", "urls": [URL], **given}
    return endpoint_create(tenant=tenant, channel=fields.pop("channel", "llm"), **fields)


def endpoint(tenant: Tenant, **given: Any) -> Endpoint:
    return saved_endpoint(tenant, **given).endpoint


def agent(tenant: Tenant, **given: Any) -> Agent:
    return agent_create(tenant=tenant, **{"name": "Reception", **given})
