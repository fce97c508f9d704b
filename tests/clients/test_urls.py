"""Every spelling of a hosted URL, and every way to show a key, that a platform is known to use."""

from typing import Any

import httpx2 as httpx
import pytest

from tests.clients.sdk import HELLO, Calls
from tests.live import LiveAgent, LivePlatform, LiveTenant
from tests.upstreams import Chat
from tests.upstreams.fixtures import StartUpstream
from tests.upstreams.server import Upstream

CHAT_PATHS = (
    "/v1/chat/completions",
    "/chat/completions",
    "/v1/chat/completions/chat/completions",
    "/chat/completions/chat/completions",
)
STREAM_PATHS = ("/chat/completions/stream", "/v1/chat/completions/stream")
ASK = {"model": "m", "messages": HELLO}


@pytest.fixture
def endpoint(upstream: StartUpstream) -> Upstream:
    return upstream(Chat())


@pytest.fixture
def agent(tenant: LiveTenant, endpoint: Upstream) -> LiveAgent:
    return tenant.agent(f"{endpoint.url}/v1/chat/completions", model="house-7b")


def post(url: str, headers: dict[str, str], **extra: Any) -> httpx.Response:
    return httpx.post(url, headers=headers, json={**ASK, **extra}, trust_env=False)


@pytest.mark.parametrize("slash", ["", "/"], ids=["plain", "slash"])
@pytest.mark.parametrize("path", CHAT_PATHS)
def test_every_spelling_reaches_the_endpoint(
    agent: LiveAgent, tenant: LiveTenant, endpoint: Upstream, path: str, slash: str
) -> None:
    answer = post(f"{agent.base_url}{path}{slash}", tenant.headers)
    assert answer.status_code == 200, answer.text
    assert answer.json()["choices"][0]["message"]["content"] == "Hello there!"
    streamed = post(f"{agent.base_url}{path}{slash}", tenant.headers, stream=True)
    assert streamed.text.endswith("data: [DONE]\n\n")
    assert len(endpoint.requests) == 2


@pytest.mark.parametrize("slash", ["", "/"], ids=["plain", "slash"])
@pytest.mark.parametrize("path", STREAM_PATHS)
def test_stream_url_always_streams(
    agent: LiveAgent, tenant: LiveTenant, endpoint: Upstream, path: str, slash: str
) -> None:
    for stream in ({}, {"stream": False}, {"stream": True}):
        answer = post(f"{agent.base_url}{path}{slash}", tenant.headers, **stream)
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.text.endswith("data: [DONE]\n\n")
    assert [seen.json()["stream"] for seen in endpoint.requests] == [True, True, True]


@pytest.mark.parametrize(
    "suffix", ["", "/", "/v1", "/v1/", "/chat/completions", "/v1/chat/completions"]
)
def test_sdk_may_be_given_any_of_these_as_its_base_url(
    sdk: Calls, agent: LiveAgent, tenant: LiveTenant, suffix: str
) -> None:
    answer = sdk.ask(f"{agent.base_url}{suffix}", tenant.key, stream=True)
    assert (answer.error, answer.text) == (None, "Hello there!")


@pytest.mark.parametrize("path", ["/models", "/v1/models", "/models/", "/v1/models/"])
def test_models_are_listed(agent: LiveAgent, tenant: LiveTenant, path: str) -> None:
    answer = httpx.get(f"{agent.base_url}{path}", headers=tenant.headers, trust_env=False)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert [model["id"] for model in answer.json()["data"]] == ["house-7b"]


def test_models_are_for_key_holders_only(agent: LiveAgent, platform: LivePlatform) -> None:
    url = f"{agent.base_url}/v1/models"
    stranger = platform.tenant().headers
    assert httpx.get(url, trust_env=False).status_code == 401
    assert httpx.get(url, headers=stranger, trust_env=False).status_code == 404


@pytest.mark.parametrize(
    ("name", "prefix"),
    [
        ("authorization", "Bearer "),
        ("authorization", "bearer "),
        ("authorization", "Token "),
        ("x-api-key", ""),
        ("api-key", ""),
        ("x-vapi-secret", ""),
        ("xi-api-key", ""),
    ],
)
def test_key_may_come_in_any_known_header(
    agent: LiveAgent, tenant: LiveTenant, endpoint: Upstream, name: str, prefix: str
) -> None:
    url = f"{agent.base_url}/v1/chat/completions"
    assert post(url, {name: prefix + tenant.key}).status_code == 200
    assert post(url, {name: prefix + tenant.key.swapcase()}).status_code == 401
    (seen,) = endpoint.requests
    assert tenant.key not in str(seen.headers), "a tenant's key is not for its endpoint"


def test_authorization_comes_first_and_an_empty_header_does_not_count(
    agent: LiveAgent, tenant: LiveTenant
) -> None:
    url = f"{agent.base_url}/v1/chat/completions"
    wrong_first = {"authorization": "Bearer pb_live_wrong", "x-api-key": tenant.key}
    assert post(url, wrong_first).status_code == 401
    right_first = {"authorization": f"Bearer {tenant.key}", "x-api-key": "pb_live_wrong"}
    assert post(url, right_first).status_code == 200
    assert post(url, {"authorization": "Bearer", "x-api-key": tenant.key}).status_code == 200


@pytest.mark.parametrize("form", ["{base}/v1/chat/completions?token={key}",
                                  "{base}/t/{key}/v1/chat/completions",
                                  "{base}/t/{key}/chat/completions/stream"])  # fmt: skip
def test_url_takes_a_key_of_this_agent_alone(
    agent: LiveAgent, tenant: LiveTenant, form: str, platform: LivePlatform
) -> None:
    own, _ = tenant.new_key("llm", agent=agent.id)
    assert post(form.format(base=agent.base_url, key=own), {}).status_code == 200
    assert post(form.format(base=agent.base_url, key=tenant.key), {}).status_code == 401
    other = tenant.agent()
    assert post(form.format(base=other.base_url, key=own), {}).status_code == 404
    log = platform.log.read_text()
    assert own not in log
    assert tenant.key not in log


@pytest.mark.parametrize("path", ["/v1/completions", "/chat/completion", "/v2/chat/completions"])
def test_unknown_urls_are_errors_that_an_sdk_understands(
    agent: LiveAgent, tenant: LiveTenant, path: str
) -> None:
    answer = post(f"{agent.base_url}{path}", tenant.headers)
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "url_not_found"


def test_wrong_method_says_which_is_right(agent: LiveAgent, tenant: LiveTenant) -> None:
    url = f"{agent.base_url}/v1/chat/completions"
    answer = httpx.get(url, headers=tenant.headers, trust_env=False)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert answer.json()["error"]["code"] == "method_not_allowed"


def test_notice_of_vapi_is_acknowledged_and_goes_nowhere(
    agent: LiveAgent, tenant: LiveTenant, endpoint: Upstream
) -> None:
    notice = {"message": {"type": "speech-update", "status": "started"}}
    url = f"{agent.base_url}/chat/completions"
    answer = httpx.post(url, headers=tenant.headers, json=notice, trust_env=False)
    assert (answer.status_code, answer.json()) == (200, {})
    assert endpoint.requests == []


def test_what_platforms_add_stays_here_and_names_the_call(
    agent: LiveAgent, tenant: LiveTenant, endpoint: Upstream, platform: LivePlatform
) -> None:
    added = {
        "call": {"id": "vapi-call-7", "type": "webCall"}, "phoneNumber": {"twilioAuthToken": "t"},
        "customer": {"number": "+15550100"}, "timestamp": 1735689600000, "metadata": {"n": 1},
        "elevenlabs_extra_body": {"a": 1}, "user_id": "u-7",
    }  # fmt: skip
    assert post(f"{agent.base_url}/chat/completions", tenant.headers, **added).status_code == 200
    (seen,) = endpoint.requests
    assert set(seen.json()) == {"model", "messages"}
    (event,) = platform.events(tenant, 1)
    url = f"{platform.url}/api/v1/calls/{event['call_id']}"
    call = httpx.get(url, headers=tenant.headers, trust_env=False).json()
    assert call["external_id"] == "vapi-call-7"
