"""OpenAI's SDK, unmodified, against an endpoint that speaks Anthropic's messages."""

from typing import Any

import pytest

from tests.clients.sdk import Answer, Calls
from tests.gateway.shapes import CHAT, MESSAGES
from tests.live import LiveTenant
from tests.upstreams import reply, sse
from tests.upstreams.fixtures import StartUpstream
from tests.upstreams.script import Step

USAGE = {"stream": True, "stream_options": {"include_usage": True}}


def stream(*names: str) -> list[Step]:
    return sse(*(event for name in names for event in MESSAGES.parts[name]))


def heard(
    sdk: Calls, tenant: LiveTenant, upstream: StartUpstream, *steps: Step, **asked: Any
) -> Answer:
    url = upstream([*steps]).url + MESSAGES.path
    agent = tenant.agent(url, wire_format="anthropic-messages")
    return sdk.ask(f"{agent.base_url}/v1", tenant.key, **asked)


def test_stream_is_one_of_chunks_with_usage_for_who_asked(
    sdk: Calls, tenant: LiveTenant, upstream: StartUpstream
) -> None:
    answer = heard(sdk, tenant, upstream, *stream("begin", "thought then text", "end"), **USAGE)
    assert answer.error is None
    assert answer.text == "Hello"
    assert [usage["total_tokens"] for usage in answer.usage] == [13]
    assert answer.usage[0]["prompt_tokens_details"]["cached_tokens"] == 5
    reasons = [choice["finish_reason"] for part in answer.parts for choice in part["choices"]]
    assert [reason for reason in reasons if reason] == ["stop"]
    assert len({part["id"] for part in answer.parts}) == 1


def test_tool_call_comes_in_pieces(sdk: Calls, tenant: LiveTenant, upstream: StartUpstream) -> None:
    tools = CHAT.asked["tool"]["tools"]
    steps = stream("begin", "text", "tool", "end")
    answer = heard(sdk, tenant, upstream, *steps, stream=True, tools=tools)
    calls = [
        call
        for part in answer.parts
        for choice in part["choices"]
        for call in choice["delta"].get("tool_calls") or ()
    ]
    assert (calls[0]["id"], calls[0]["function"]["name"]) == ("t1", "weather")
    assert "".join(call["function"]["arguments"] for call in calls) == '{"city":"Oslo"}'
    assert len(calls) == 3


def test_whole_completion_is_one(sdk: Calls, tenant: LiveTenant, upstream: StartUpstream) -> None:
    answer = heard(sdk, tenant, upstream, reply(200, dict(MESSAGES.whole)))
    assert answer.error is None
    (completion,) = answer.parts
    assert completion["choices"][0]["message"]["content"] == "Hello"
    assert completion["usage"]["total_tokens"] == 13


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, "BadRequestError"), (429, "RateLimitError"), (529, "InternalServerError")],
)
def test_endpoints_own_error_is_raised_by_its_status(
    sdk: Calls, tenant: LiveTenant, upstream: StartUpstream, status: int, kind: str
) -> None:
    answer = heard(sdk, tenant, upstream, reply(status, dict(MESSAGES.error)), stream=True)
    assert answer.error
    assert (answer.error["class"], answer.error["code"]) == (kind, "slow_down")


def test_error_inside_the_stream_and_a_cut_are_raised(
    sdk: Calls, tenant: LiveTenant, upstream: StartUpstream
) -> None:
    answer = heard(sdk, tenant, upstream, *stream("begin", "text", "error"), stream=True)
    assert answer.error
    assert answer.error["message"] == "Out of memory."
    cut = heard(sdk, tenant, upstream, *stream("begin", "text"), stream=True)
    assert cut.error
    assert cut.error["code"] == "upstream_truncated"
