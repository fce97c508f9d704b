"""OpenAI's SDK cannot tell the hosted URL from the endpoint itself."""

from typing import Any

import pytest

from tests.clients.sdk import HELLO, Answer, Calls
from tests.live import LivePlatform, LiveTenant
from tests.servers.program import free_port
from tests.upstreams import Chat, Send, Stall, chunk, head, reply, sse
from tests.upstreams.fixtures import StartUpstream
from tests.upstreams.server import Upstream
from tests.wire.corpus import Case, cases

TOKEN = "t0ken-of-the-endpoint"
TOOL = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "The weather of a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}
STREAM_HEAD = head(200, ("content-type", "text/event-stream"), ("transfer-encoding", "chunked"))


@pytest.fixture
def endpoint(upstream: StartUpstream) -> Upstream:
    return upstream(Chat(token=TOKEN))


def both(sdk: Calls, tenant: LiveTenant, endpoint: Upstream, **asked: Any) -> tuple[Answer, Answer]:
    """The same call, straight to the endpoint and through the hosted URL."""
    direct = sdk.ask(f"{endpoint.url}/v1", TOKEN, **asked)
    agent = tenant.agent(f"{endpoint.url}/v1/chat/completions", token=TOKEN)
    return direct, sdk.ask(f"{agent.base_url}/v1", tenant.key, **asked)


PARTS = [{"role": "user", "content": [
    {"type": "text", "text": "What is this? 👋"},
    {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}},
]}]  # fmt: skip
HISTORY = [
    *HELLO,
    {"role": "assistant", "content": None, "tool_calls": [
        {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
    ]},
    {"role": "tool", "tool_call_id": "call_1", "content": "sunny"},
]  # fmt: skip


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"tools": [TOOL], "tool_choice": "auto", "parallel_tool_calls": True},
        {"messages": PARTS, "temperature": 0.5, "max_tokens": 20, "stop": ["x"]},
        {"messages": HISTORY, "n": 2, "seed": 2**53 + 1},
        {"extra_body": {"top_k": 5, "big": 12345678901234567890123, "nested": {"é": [None]}}},
        {"metadata": {"plan": "gold"}, "user": "u", "response_format": {"type": "json_object"}},
    ],
    ids=["text", "tools", "parts", "history", "unknown", "metadata"],
)
def test_answer_is_the_endpoints_own_and_so_is_the_request(
    sdk: Calls, tenant: LiveTenant, endpoint: Upstream, asked: dict[str, Any], stream: bool
) -> None:
    direct, hosted = both(sdk, tenant, endpoint, stream=stream, **asked)
    assert direct.error is None
    assert hosted == direct
    straight, through = (seen.json() for seen in endpoint.requests)
    if stream:
        assert through.pop("stream_options") == {"include_usage": True}
    assert through == straight


def test_usage_chunk_comes_to_those_who_ask_for_it_and_to_no_one_else(
    sdk: Calls, tenant: LiveTenant, endpoint: Upstream
) -> None:
    direct, hosted = both(
        sdk, tenant, endpoint, stream=True, stream_options={"include_usage": True}
    )
    assert hosted == direct
    assert [usage["completion_tokens"] for usage in hosted.usage] == [4]
    direct, hosted = both(sdk, tenant, endpoint, stream=True)
    assert hosted == direct
    assert hosted.text == "Hello there!"
    assert hosted.usage == []


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 409, 422, 429, 500, 502, 503, 529])
def test_endpoints_own_errors_are_raised_as_they_would_be(
    sdk: Calls, tenant: LiveTenant, upstream: StartUpstream, status: int, stream: bool
) -> None:
    error = {"message": "Grüße", "type": "some_error", "param": "p", "code": "some_code", "x": 1}
    endpoint = upstream([reply(status, {"error": error})])
    direct, hosted = both(sdk, tenant, endpoint, stream=stream)
    assert direct.error
    assert direct.error["status_code"] == status
    assert hosted == direct


@pytest.mark.parametrize(
    "body",
    [b"", b"upstream request timeout", b'{"detail":"Not Found"}', b'{"error":"text"}',
     b'[{"error":{"code":400,"message":"bad"}}]', b"<html><h1>Bad Gateway</h1></html>"],
)  # fmt: skip
def test_errors_of_any_shape_are_raised_as_they_would_be(
    sdk: Calls, tenant: LiveTenant, upstream: StartUpstream, body: bytes
) -> None:
    endpoint = upstream([reply(502, body, ("content-type", "application/json"))])
    direct, hosted = both(sdk, tenant, endpoint)
    assert direct.error
    assert hosted == direct


@pytest.mark.parametrize(
    ("status", "fields", "tries"),
    [
        (429, {"retry-after-ms": "20"}, 3),
        (503, {"retry-after": "0"}, 3),
        (400, {}, 1),
        (429, {"x-should-retry": "false"}, 1),
        (400, {"x-should-retry": "true", "retry-after-ms": "20"}, 3),
    ],
)
def test_sdk_retries_exactly_as_the_endpoint_wants(
    sdk: Calls,
    tenant: LiveTenant,
    upstream: StartUpstream,
    status: int,
    fields: dict[str, str],
    tries: int,
) -> None:
    endpoint = upstream([reply(status, {"error": {"message": "m"}}, *fields.items())])
    direct, hosted = both(sdk, tenant, endpoint, retries=2)
    assert hosted == direct
    assert len(endpoint.requests) == 2 * tries


CORPUS = [case for case in cases("openai-chat") if case.complete]


def test_every_recorded_stream_is_understood_alike(
    sdk: Calls, tenant: LiveTenant, upstream: StartUpstream
) -> None:
    endpoint = upstream([])
    agent = tenant.agent(f"{endpoint.url}/v1/chat/completions", token=TOKEN)
    for case in CORPUS:
        endpoint.script = [Send(STREAM_HEAD), Send(chunk(case.body)), Send(chunk(b""))]
        asked = {"stream": True, "stream_options": {"include_usage": True}}
        direct = sdk_or_crash(sdk, f"{endpoint.url}/v1", TOKEN, asked)
        assert sdk_or_crash(sdk, f"{agent.base_url}/v1", tenant.key, asked) == direct, case.name


def sdk_or_crash(sdk: Calls, base_url: str, key: str, asked: dict[str, Any]) -> Answer | str:
    """Some recorded streams are too much for the SDK itself: then it must fail alike."""
    try:
        return sdk.ask(base_url, key, **asked)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def test_stream_that_is_cut_off_raises_where_the_endpoint_itself_would_end_silently(
    sdk: Calls, tenant: LiveTenant, upstream: StartUpstream
) -> None:
    case: Case = next(case for case in cases("openai-chat") if not case.complete)
    endpoint = upstream([Send(STREAM_HEAD), Send(chunk(case.body)), Send(chunk(b""))])
    direct, hosted = both(sdk, tenant, endpoint, stream=True)
    assert hosted.parts == direct.parts
    assert direct.error is None
    assert hosted.error
    assert hosted.error["class"] == "APIError"
    assert hosted.error["body"]["code"] == "upstream_truncated"


def test_json_in_place_of_a_stream_is_streamed(
    sdk: Calls, tenant: LiveTenant, upstream: StartUpstream
) -> None:
    endpoint = upstream(Chat(json_only=True))
    agent = tenant.agent(f"{endpoint.url}/v1/chat/completions")
    options = {"include_usage": True}
    answer = sdk.ask(f"{agent.base_url}/v1", tenant.key, stream=True, stream_options=options)
    assert answer.error is None
    assert answer.text == "Hello there!"
    assert len(answer.usage) == 1


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_timeouts_are_timeouts_and_let_the_endpoint_go(
    sdk: Calls, tenant: LiveTenant, upstream: StartUpstream, stream: bool
) -> None:
    endpoint = upstream([Stall()])
    direct, hosted = both(sdk, tenant, endpoint, stream=stream, timeout=0.4)
    assert direct.error
    assert direct.error["class"] == "APITimeoutError"
    assert hosted == direct
    assert all(connection.gone.wait(10) for connection in endpoint.connections)


def test_timeout_in_the_middle_of_a_stream_is_one_too(
    sdk: Calls, tenant: LiveTenant, upstream: StartUpstream
) -> None:
    first = b'data: {"id":"c","choices":[{"index":0,"delta":{"content":"Hi"}}]}'
    endpoint = upstream([*sse(first, last=False), Stall()])
    direct, hosted = both(sdk, tenant, endpoint, stream=True, timeout=2)
    assert direct.text == "Hi"
    assert direct.error
    assert direct.error["class"] == "APITimeoutError"
    assert hosted == direct
    assert all(connection.gone.wait(10) for connection in endpoint.connections)


def test_stream_that_is_closed_early_lets_the_endpoint_go(
    sdk: Calls, tenant: LiveTenant, upstream: StartUpstream, platform: LivePlatform
) -> None:
    events = [b'data: {"id":"c","choices":[{"index":0,"delta":{"content":"Hi"}}]}'] * 1000
    endpoint = upstream(sse(*events, pause=0.02))
    agent = tenant.agent(f"{endpoint.url}/v1/chat/completions")
    answer = sdk.ask(f"{agent.base_url}/v1", tenant.key, stream=True, take=3)
    assert answer.text == "HiHiHi"
    assert endpoint.connections[0].gone.wait(10)
    assert platform.events(tenant, 1)[0]["outcome"] == "client_gone"


def test_models_are_the_endpoints_model(sdk: Calls, tenant: LiveTenant, endpoint: Upstream) -> None:
    agent = tenant.agent(f"{endpoint.url}/v1/chat/completions", model="house-7b")
    (model,) = sdk.models(f"{agent.base_url}/v1", tenant.key)
    assert model["id"] == "house-7b"
    assert model["object"] == "model"


class TestRefusals:
    """The gateway's own errors are the SDK's own exceptions."""

    def refused(self, answer: Answer, kind: str, status: int, code: str) -> None:
        assert answer.error
        seen = {name: answer.error[name] for name in ("class", "status_code", "code")}
        assert seen == {"class": kind, "status_code": status, "code": code}
        assert answer.error["body"]["message"]

    def test_wrong_key(self, sdk: Calls, tenant: LiveTenant) -> None:
        answer = sdk.ask(f"{tenant.agent().base_url}/v1", "pb_live_wrong")
        self.refused(answer, "AuthenticationError", 401, "invalid_api_key")

    def test_unknown_agent_and_somebody_elses(
        self, sdk: Calls, tenant: LiveTenant, platform: LivePlatform, endpoint: Upstream
    ) -> None:
        other = platform.tenant().agent(f"{endpoint.url}/v1/chat/completions")
        unknown = sdk.ask(f"{platform.url}/a/agt_unknown/v1", tenant.key)
        self.refused(unknown, "NotFoundError", 404, "agent_not_found")
        assert sdk.ask(f"{other.base_url}/v1", tenant.key) == unknown
        assert endpoint.requests == []

    def test_empty_slot_is_not_asked_again(self, sdk: Calls, tenant: LiveTenant) -> None:
        agent = tenant.agent()
        answer = sdk.ask(f"{agent.base_url}/v1", tenant.key, retries=2)
        self.refused(answer, "ConflictError", 409, "custom_llm_not_configured")
        assert tenant.platform.log.read_text().count(agent.id) == 1, "each refusal has its line"

    def test_free_plan(self, sdk: Calls, platform: LivePlatform, endpoint: Upstream) -> None:
        tenant = platform.tenant()
        agent = tenant.agent(f"{endpoint.url}/v1/chat/completions")
        platform.ask("plan", tenant=tenant.id, plan="free")
        answer = sdk.ask(f"{agent.base_url}/v1", tenant.key)
        self.refused(answer, "PermissionDeniedError", 403, "plan_required")

    def test_invalid_request_names_the_parameter(
        self, sdk: Calls, tenant: LiveTenant, endpoint: Upstream
    ) -> None:
        agent = tenant.agent(f"{endpoint.url}/v1/chat/completions")
        answer = sdk.ask(f"{agent.base_url}/v1", tenant.key, messages="Hi")
        self.refused(answer, "UnprocessableEntityError", 422, "invalid_request")
        assert answer.error
        assert answer.error["param"] == "messages"

    def test_endpoint_that_is_down(self, sdk: Calls, tenant: LiveTenant) -> None:
        agent = tenant.agent(f"https://localhost:{free_port()}/v1/chat/completions")
        answer = sdk.ask(f"{agent.base_url}/v1", tenant.key)
        self.refused(answer, "InternalServerError", 502, "upstream_connect_failed")

    def test_endpoint_that_is_too_slow(
        self, sdk: Calls, tenant: LiveTenant, upstream: StartUpstream
    ) -> None:
        agent = tenant.agent(
            f"{upstream([Stall()]).url}/v1/chat/completions", timeouts={"first_byte": 1}
        )
        answer = sdk.ask(f"{agent.base_url}/v1", tenant.key, stream=True)
        self.refused(answer, "InternalServerError", 504, "upstream_timeout")
