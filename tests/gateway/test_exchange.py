"""What Patchbay refuses by itself, over the real server."""

import json

import httpx2 as httpx
import pytest

from tests.gateway.calls import HELLO, PATH, WORD, code, post
from tests.live import LivePlatform, LiveTenant
from tests.upstreams.chat import Chat
from tests.upstreams.fixtures import StartUpstream
from tests.upstreams.script import Stall, sse


def test_an_empty_slot_is_refused_with_one_clear_log_line(live: LivePlatform) -> None:
    tenant = live.tenant()
    agent = tenant.agent()

    got = post(agent, tenant)

    assert code(got) == (409, "custom_llm_not_configured")
    lines = [line for line in live.log.read_text().splitlines() if agent.id in line]
    assert len(lines) == 1
    logged = json.loads(lines[0])
    assert (logged["code"], logged["agent"]) == ("custom_llm_not_configured", agent.id)
    assert live.events(tenant, 0) == []


def test_a_plan_without_custom_endpoints_is_refused(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    endpoint = upstream(Chat())
    agent = tenant.agent(endpoint.url + PATH)
    tenant.platform.ask("plan", tenant=tenant.id, plan="free")

    assert code(post(agent, tenant)) == (403, "plan_required")
    assert not endpoint.requests


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'"x"', b"null", b"\xff", b"{}", b'{"messages":"no"}']
)
def test_a_body_that_cannot_be_read_is_refused(
    tenant: LiveTenant, upstream: StartUpstream, body: bytes
) -> None:
    endpoint = upstream(Chat())
    agent = tenant.agent(endpoint.url + PATH)

    assert code(post(agent, tenant, body=body)) == (422, "invalid_request")
    assert not endpoint.requests


def test_a_body_over_32_mib_is_refused_declared_or_not(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    agent = tenant.agent(upstream(Chat()).url + PATH)
    block = b" " * (1024 * 1024)

    declared = post(agent, tenant, body=block * 33)
    chunked = httpx.post(agent.chat_url, headers=tenant.headers, content=(block for _ in range(33)))

    assert code(declared) == (413, "request_too_large")
    assert code(chunked) == (413, "request_too_large")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_another_method_is_refused(live: LivePlatform, method: str) -> None:
    got = httpx.request(method, f"{live.url}/a/agt_1{PATH}")

    assert code(got) == (405, "method_not_allowed")
    assert got.headers["allow"] == "POST"


def test_an_unknown_url_below_an_agent_is_refused_in_shape(live: LivePlatform) -> None:
    assert code(httpx.post(f"{live.url}/a/agt_1/v2/chat")) == (404, "url_not_found")


def test_a_request_that_has_come_round_is_refused(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    endpoint = upstream(Chat())
    agent = tenant.agent(endpoint.url + PATH)

    chained = post(agent, tenant, headers={"x-patchbay-hops": "1"})
    looped = post(agent, tenant, headers={"x-patchbay-hops": "2"})

    assert chained.status_code == 200
    assert endpoint.requests[0].header("x-patchbay-hops") == "2"
    assert code(looped) == (502, "upstream_refused")


def test_one_dispatch_over_the_plans_limit_is_refused(
    upstream: StartUpstream, live: LivePlatform
) -> None:
    tenant = live.tenant()
    agent = tenant.agent(upstream([*sse(WORD, last=False), Stall()]).url + PATH)
    streams = []
    try:
        for _ in range(200):
            streams.append(
                httpx.Client(timeout=30).send(
                    httpx.Request(
                        "POST",
                        agent.chat_url,
                        headers=tenant.headers,
                        json={**HELLO, "stream": True},
                    ),
                    stream=True,
                )
            )
        refused = post(agent, tenant)
    finally:
        for stream in streams:
            stream.close()

    assert code(refused) == (429, "concurrency_limit")
    assert refused.headers["retry-after"] == "1"
    live.events(tenant, 200)
    assert post(tenant.agent(upstream(Chat()).url + PATH), tenant).status_code == 200


def test_a_credential_that_cannot_be_opened_is_said_to_be_so(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    endpoint = upstream(Chat())
    agent = tenant.agent(endpoint.url + PATH, token="t0ken-of-tenant")
    tenant.platform.ask(
        "sql",
        statement="UPDATE tenant_providers SET secrets = replace(secrets, substr(secrets, -6),"
        " 'AAAAAA') WHERE tenant_id = %s",
        values=[tenant.id],
    )

    assert code(post(agent, tenant)) == (503, "secret_unreadable")
    assert not endpoint.requests
