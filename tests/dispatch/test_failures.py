"""How a dispatch that failed is told."""

import httpx2 as httpx

from tests.live import LiveTenant
from tests.upstreams.fixtures import StartUpstream


def test_refusal_to_translate_names_the_member_that_is_at_fault(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    agent = tenant.agent(upstream([]).url + "/v1/messages", wire_format="anthropic-messages")
    body = {"messages": [], "tool_choice": "perhaps"}
    url = f"{agent.base_url}/v1/chat/completions"
    error = httpx.post(url, headers=tenant.headers, json=body).json()["error"]
    assert (error["code"], error["param"]) == ("invalid_request", "tool_choice")
