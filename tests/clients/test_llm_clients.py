"""LLM clients, unmodified and in processes of their own, against endpoints of every shape."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.clients.pages import lines
from tests.clients.program import Programs
from tests.clients.scenes import events
from tests.live import LivePlatform, LiveTenant
from tests.shapes.llm import STREAMING
from tests.shapes.llm.openai_responses import SHAPE as RESPONSES
from tests.upstreams import reply, sse
from tests.upstreams.fixtures import StartUpstream
from tests.upstreams.script import Script, Stall, Step
from tests.upstreams.server import Upstream

pytestmark = pytest.mark.acceptance

USAGE = {"input": 9, "output": 4, "cached": 5}


@dataclass(frozen=True)
class Client:
    """`api` is which of its forms a program uses; `whole`: it has more than streams.

    A client with a `package` is made by the lines that the format's page has of it.
    """

    name: str
    script: str
    api: str = "chat"
    whole: bool = True
    package: str = ""

    @property
    def loops(self) -> bool:
        """The others call tools in sessions of their own, with rooms and microphones."""
        return not self.package


CLIENTS = [
    Client("openai-node", "node/openai.mjs"),
    Client("openai-node-responses", "node/openai.mjs", api="responses"),
    Client("ai", "node/ai.mjs"),
    Client("ai-responses", "node/ai.mjs", api="responses"),
    Client("ai-compatible", "node/ai.mjs", api="compatible"),
    Client("langchain", "programs/chat_langchain.py"),
    Client("langchain-responses", "programs/chat_langchain.py", api="responses"),
    Client("livekit", "programs/chat_livekit.py", whole=False, package="livekit"),
    Client("pipecat", "programs/chat_pipecat.py", whole=False, package="pipecat"),
]


class Caller:
    """Has a client ask an agent whose endpoint of some shape answers with these steps."""

    def __init__(
        self,
        client: Client,
        far: str,
        programs: Programs,
        tenant: LiveTenant,
        upstream: StartUpstream,
    ) -> None:
        self.client, self.shape = client, STREAMING[far]
        self._far, self._programs, self._tenant, self._upstream = far, programs, tenant, upstream
        self.endpoint: Upstream

    def stream(self, *names: str, last: bool = True) -> list[Step]:
        return sse(*events(self.shape, *names), last=last)

    def looped(self, store: bool = False) -> dict[str, Any]:
        """A tool's call at first, then a text; `store` is what a client of responses asks for."""
        calls = self.stream("begin", "text", "tool", "end")
        text = self.stream("begin", "text", "end")
        script = lambda seen: text if len(self.endpoint.requests) > 1 else calls  # noqa: E731
        return self._asked(script, scene="loop", how="stream", store=store)

    def heard(
        self, *steps: Step, scene: str = "text", how: str = "stream", key: str = ""
    ) -> dict[str, Any]:
        return self._asked(steps, key=key, scene=scene, how=how)

    def _asked(self, script: Script, *, key: str = "", **job: Any) -> dict[str, Any]:
        self.endpoint = self._upstream(script)
        agent = self._tenant.agent(self.endpoint.url + self.shape.path, wire_format=self._far)
        key = key or self._tenant.key
        package = self.client.package
        code = lines("openai-chat", package, agent.base_url, key) if package else None
        return self._programs(self.client.script).ask(
            code=code, base_url=f"{agent.base_url}/v1", key=key, api=self.client.api, **job
        )


@pytest.fixture
def tenant(live: LivePlatform) -> LiveTenant:
    return live.tenant(plan="enterprise")


@pytest.fixture(params=CLIENTS, ids=lambda client: client.name)
def client(request: pytest.FixtureRequest) -> Client:
    found: Client = request.param
    return found


@pytest.fixture(params=STREAMING)
def caller(
    client: Client,
    request: pytest.FixtureRequest,
    programs: Programs,
    tenant: LiveTenant,
    upstream: StartUpstream,
) -> Caller:
    return Caller(client, request.param, programs, tenant, upstream)


def told(caller: Caller, what: str) -> Any:
    """What the endpoint was told, out of the one request that it got."""
    (seen,) = caller.endpoint.requests
    return caller.shape.told[what](seen.json())


def test_text_is_streamed_with_its_usage(caller: Caller) -> None:
    answer = caller.heard(*caller.stream("begin", "text", "end"))
    assert (answer.get("error"), answer["text"]) == (None, "Hello")
    assert answer["pieces"] == ["Hel", "lo"]
    assert answer["usage"] == USAGE
    assert "Be brief." in caller.endpoint.requests[0].body.decode()


@pytest.mark.parametrize(
    "client", [each for each in CLIENTS if each.whole], ids=lambda each: each.name, indirect=True
)
def test_text_comes_whole_with_its_usage(caller: Caller) -> None:
    answer = caller.heard(reply(200, dict(caller.shape.whole)), how="whole")
    assert (answer.get("error"), answer["text"]) == (None, "Hello")
    assert answer["usage"] == USAGE


def test_reasoning_is_no_text(caller: Caller) -> None:
    answer = caller.heard(*caller.stream("begin", "thought then text", "end"))
    assert (answer.get("error"), answer["pieces"]) == (None, ["Hello"])


def test_tool_call_is_the_clients_own(caller: Caller) -> None:
    answer = caller.heard(*caller.stream("begin", "text", "tool", "end"), scene="tool")
    assert answer.get("error") is None
    assert answer["tools"] == [["t1", "weather", {"city": "Oslo"}]]
    assert answer["text"] == "Hello"
    assert told(caller, "tool") == "weather"


def test_two_calls_are_two(caller: Caller) -> None:
    steps = caller.stream("begin", "text", "tool", "second tool", "end")
    answer = caller.heard(*steps, scene="tool")
    assert answer.get("error") is None
    assert sorted(answer["tools"]) == [[each, "weather", {"city": "Oslo"}] for each in ("t1", "t2")]


def test_result_of_a_tool_reaches_the_endpoint(caller: Caller) -> None:
    answer = caller.heard(*caller.stream("begin", "text", "end"), scene="result")
    assert (answer.get("error"), answer["text"]) == (None, "Hello")
    assert told(caller, "result") == ("t1", "sun")


@pytest.mark.parametrize(
    "client", [each for each in CLIENTS if each.loops], ids=lambda each: each.name, indirect=True
)
def test_client_goes_on_with_the_result_of_a_tool(caller: Caller) -> None:
    answer = caller.looped()
    assert (answer.get("error"), answer["text"]) == (None, "HelloHello")
    _, second = (seen.body.decode() for seen in caller.endpoint.requests)
    for what in ("Hello", "t1", "weather", "Oslo", "sun"):
        assert what in second


AI_RESPONSES = next(each for each in CLIENTS if each.name == "ai-responses")


@pytest.mark.parametrize("client", [AI_RESPONSES], ids=["ai-responses"], indirect=True)
def test_ai_that_has_its_answers_stored_is_told_that_nobody_did(caller: Caller) -> None:
    answer = caller.looped(store=True)
    if caller.shape is RESPONSES:
        assert answer.get("error") is None  # passes unchanged to who stores answers
        return
    assert answer["error"]["status_code"] == 422
    assert "item_reference" in answer["error"]["message"]


@pytest.mark.parametrize("status", [400, 429, 529])
def test_endpoints_own_error_is_the_clients(caller: Caller, status: int) -> None:
    answer = caller.heard(reply(status, dict(caller.shape.error)))
    assert answer["error"]["status_code"] == status
    assert "Too fast." in answer["error"]["message"]


def test_error_inside_the_stream_is_the_clients(caller: Caller) -> None:
    answer = caller.heard(*caller.stream("begin", "text", "error"))
    assert answer["pieces"] == ["Hel", "lo"]
    assert "Out of memory." in answer["error"]["message"]


def test_stream_that_is_cut_off_is_an_error(caller: Caller) -> None:
    answer = caller.heard(*caller.stream("begin", "text"))
    assert answer["pieces"] == ["Hel", "lo"]
    assert "ended too early" in answer["error"]["message"]


def test_cancelling_client_frees_the_endpoint(caller: Caller) -> None:
    answer = caller.heard(*caller.stream("begin", "text", last=False), Stall(), how="cancel")
    assert (answer.get("error"), answer["pieces"][0]) == (None, "Hel")
    (connection,) = caller.endpoint.connections
    assert connection.gone.wait(10)


def test_wrong_key_is_told_apart(caller: Caller) -> None:
    answer = caller.heard(key="pb_live_wrong")
    assert answer["error"]["status_code"] == 401
    assert caller.endpoint.requests == []
