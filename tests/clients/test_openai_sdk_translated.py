"""OpenAI's SDK, unmodified, against endpoints whose bytes are not OpenAI's."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.clients.sdk import Answer, Calls
from tests.live import LiveTenant
from tests.shapes.llm.anthropic_messages import SHAPE as MESSAGES
from tests.shapes.llm.gemini import SHAPE as GEMINI
from tests.shapes.llm.openai_chat import SHAPE as CHAT
from tests.shapes.llm.shape import Shape
from tests.upstreams import reply, sse
from tests.upstreams.fixtures import StartUpstream
from tests.upstreams.script import Step

USAGE = {"stream": True, "stream_options": {"include_usage": True}}


@dataclass(frozen=True)
class Far:
    """An endpoint's format, and the code of its error; `pieces` is how many a tool's call has."""

    name: str
    shape: Shape
    code: str
    pieces: int

    def stream(self, *names: str) -> list[Step]:
        return sse(*(event for name in names for event in self.shape.parts[name]))


FARS = [
    Far("anthropic-messages", MESSAGES, "slow_down", 3),
    Far("gemini", GEMINI, "RESOURCE_EXHAUSTED", 1),
]


class Caller:
    def __init__(self, sdk: Calls, far: Far, tenant: LiveTenant, upstream: StartUpstream) -> None:
        self.far = far
        self._sdk, self._tenant, self._upstream = sdk, tenant, upstream

    def heard(self, *steps: Step, **asked: Any) -> Answer:
        url = self._upstream([*steps]).url + self.far.shape.path
        agent = self._tenant.agent(url, wire_format=self.far.name)
        return self._sdk.ask(f"{agent.base_url}/v1", self._tenant.key, **asked)


@pytest.fixture(params=FARS, ids=lambda far: far.name)
def caller(
    request: pytest.FixtureRequest, sdk: Calls, tenant: LiveTenant, upstream: StartUpstream
) -> Caller:
    return Caller(sdk, request.param, tenant, upstream)


def test_stream_is_one_of_chunks_with_usage_for_who_asked(caller: Caller) -> None:
    answer = caller.heard(*caller.far.stream("begin", "thought then text", "end"), **USAGE)
    assert answer.error is None
    assert answer.text == "Hello"
    assert [usage["total_tokens"] for usage in answer.usage] == [13]
    assert answer.usage[0]["prompt_tokens_details"]["cached_tokens"] == 5
    reasons = [choice["finish_reason"] for part in answer.parts for choice in part["choices"]]
    assert [reason for reason in reasons if reason] == ["stop"]
    assert len({part["id"] for part in answer.parts}) == 1


def test_tool_call_comes_in_pieces(caller: Caller) -> None:
    tools = CHAT.asked["tool"]["tools"]
    steps = caller.far.stream("begin", "text", "tool", "end")
    answer = caller.heard(*steps, stream=True, tools=tools)
    calls = [
        call
        for part in answer.parts
        for choice in part["choices"]
        for call in choice["delta"].get("tool_calls") or ()
    ]
    assert (calls[0]["id"], calls[0]["function"]["name"]) == ("t1", "weather")
    assert "".join(call["function"]["arguments"] for call in calls) == '{"city":"Oslo"}'
    assert len(calls) == caller.far.pieces


def test_whole_completion_is_one(caller: Caller) -> None:
    answer = caller.heard(reply(200, dict(caller.far.shape.whole)))
    assert answer.error is None
    (completion,) = answer.parts
    assert completion["choices"][0]["message"]["content"] == "Hello"
    assert completion["usage"]["total_tokens"] == 13


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, "BadRequestError"), (429, "RateLimitError"), (529, "InternalServerError")],
)
def test_endpoints_own_error_is_raised_by_its_status(
    caller: Caller, status: int, kind: str
) -> None:
    answer = caller.heard(reply(status, dict(caller.far.shape.error)), stream=True)
    assert answer.error
    assert (answer.error["class"], answer.error["code"]) == (kind, caller.far.code)


def test_error_inside_the_stream_and_a_cut_are_raised(caller: Caller) -> None:
    answer = caller.heard(*caller.far.stream("begin", "text", "error"), stream=True)
    assert answer.error
    assert answer.error["message"] == "Out of memory."
    cut = caller.heard(*caller.far.stream("begin", "text"), stream=True)
    assert cut.error
    assert cut.error["code"] == "upstream_truncated"
