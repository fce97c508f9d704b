"""Anthropic's SDK, unmodified, against endpoints of every shape."""

import re
import socketserver
import threading
from collections.abc import Callable
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.clients import messages
from tests.clients.messages import Answer
from tests.live import LiveTenant
from tests.shapes.llm import STREAMING
from tests.shapes.llm.anthropic_messages import SHAPE as MESSAGES
from tests.shapes.llm.openai_chat import SHAPE as CHAT
from tests.shapes.llm.shape import Shape
from tests.upstreams import Authority, reply, sse
from tests.upstreams.fixtures import StartUpstream
from tests.upstreams.script import Stall, Step

PAGE = Path(__file__).parents[2] / "docs" / "formats" / "anthropic-messages.md"
TOOLS = MESSAGES.asked["tool"]["tools"]
Ask = Callable[..., Answer]


@pytest.fixture(params=[messages.ask, messages.ask_async], ids=["sync", "async"])
def ask(request: pytest.FixtureRequest) -> Ask:
    found: Ask = request.param
    return found


@pytest.fixture(params=STREAMING)
def far(request: pytest.FixtureRequest) -> str:
    """The format that the endpoint speaks."""
    return str(request.param)


class Caller:
    """Asks an agent whose endpoint of some shape answers with these steps."""

    def __init__(self, ask: Ask, far: str, tenant: LiveTenant, ca_file: str) -> None:
        self._ask, self._far, self._tenant, self._ca_file = ask, far, tenant, ca_file

    @property
    def shape(self) -> Shape:
        return STREAMING[self._far]

    def stream(self, *names: str) -> list[Step]:
        return sse(*(event for name in names for event in self.shape.parts[name]))

    def heard(self, upstream: StartUpstream, *steps: Step, **asked: Any) -> Answer:
        url = upstream([*steps]).url + self.shape.path
        agent = self._tenant.agent(url, wire_format=self._far)
        return self._ask(agent.base_url, self._tenant.key, self._ca_file, **asked)


@pytest.fixture
def caller(ask: Ask, far: str, tenant: LiveTenant, authority: Authority) -> Caller:
    return Caller(ask, far, tenant, authority.ca_file)


def test_stream_is_put_together_by_the_sdk(caller: Caller, upstream: StartUpstream) -> None:
    steps = caller.stream("begin", "text", "end")
    answer = caller.heard(upstream, *steps, stream=True, system="Be brief.")
    assert answer.error is None
    assert answer.text == "Hello"
    assert answer.events.count("text") == 2
    assert answer.message["stop_reason"] == "end_turn"
    usage = answer.message["usage"]
    assert (usage["input_tokens"], usage["cache_read_input_tokens"]) == (4, 5)
    assert usage["output_tokens"] == 4


def test_tool_call_is_put_together_by_the_sdk(caller: Caller, upstream: StartUpstream) -> None:
    steps = caller.stream("begin", "text", "tool", "end")
    answer = caller.heard(upstream, *steps, stream=True, tools=TOOLS)
    assert answer.tools == [("t1", "weather", {"city": "Oslo"})]
    assert answer.text == "Hello"


def test_thinking_is_a_block_of_its_own_for_who_asked(
    caller: Caller, upstream: StartUpstream
) -> None:
    steps = caller.stream("begin", "thought then text", "end")
    thinking = {"type": "adaptive"}
    answer = caller.heard(upstream, *steps, stream=True, thinking=thinking)
    assert [block["type"] for block in answer.message["content"]] == ["thinking", "text"]
    assert answer.message["content"][0]["thinking"] == "Hm"
    assert answer.text == "Hello"


def test_whole_message_is_one(caller: Caller, upstream: StartUpstream) -> None:
    answer = caller.heard(upstream, reply(200, dict(caller.shape.whole)), stream=False)
    assert answer.error is None
    assert answer.text == "Hello"
    assert answer.message["usage"]["output_tokens"] == 4


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, "BadRequestError"), (404, "NotFoundError"), (429, "RateLimitError"),
     (500, "InternalServerError"), (529, "OverloadedError")],
)  # fmt: skip
def test_endpoints_own_error_is_raised_by_its_status(
    caller: Caller, upstream: StartUpstream, status: int, kind: str
) -> None:
    answer = caller.heard(upstream, reply(status, dict(caller.shape.error)), stream=True)
    assert answer.error
    assert (answer.error["class"], answer.error["api_message"]) == (kind, "Too fast.")


def test_error_inside_the_stream_is_raised(caller: Caller, upstream: StartUpstream) -> None:
    answer = caller.heard(upstream, *caller.stream("begin", "text", "error"), stream=True)
    assert answer.error
    assert answer.error["api_message"] == "Out of memory."


def test_stream_that_is_cut_off_is_raised(caller: Caller, upstream: StartUpstream) -> None:
    answer = caller.heard(upstream, *caller.stream("begin", "text"), stream=True)
    assert answer.error
    assert answer.error["error_code"] == "upstream_truncated"


def test_gateways_own_error_has_its_code_where_the_sdk_looks(
    ask: Ask, tenant: LiveTenant, authority: Authority
) -> None:
    agent = tenant.agent()
    answer = ask(agent.base_url, tenant.key, authority.ca_file, stream=True)
    assert answer.error
    assert answer.error["class"] == "ConflictError"
    assert answer.error["error_code"] == "custom_llm_not_configured"


def test_stream_that_is_closed_early_lets_the_endpoint_go(
    ask: Ask, tenant: LiveTenant, upstream: StartUpstream, authority: Authority
) -> None:
    events = [event for name in ("begin", "text") for event in CHAT.parts[name]]
    endpoint = upstream([*sse(*events, last=False), Stall()])
    agent = tenant.agent(endpoint.url + CHAT.path)
    answer = ask(agent.base_url, tenant.key, authority.ca_file, stream=True, take=4)
    assert (answer.error, len(answer.events)) == (None, 4)
    assert endpoint.connections[0].gone.wait(10)
    assert tenant.platform.events(tenant, 1)[0]["outcome"] == "client_gone"


def test_wrong_key_is_told_apart(
    ask: Ask, tenant: LiveTenant, upstream: StartUpstream, authority: Authority
) -> None:
    endpoint = upstream(sse(*CHAT.parts["begin"]))
    agent = tenant.agent(endpoint.url + CHAT.path)
    answer = ask(agent.base_url, "pb_live_wrong", authority.ca_file, stream=True)
    assert answer.error
    assert (answer.error["class"], answer.error["status_code"]) == ("AuthenticationError", 401)
    assert endpoint.requests == []


def test_minimal_server_of_the_page_is_one(ask: Ask, authority: Authority) -> None:
    code = re.findall(r"```python\n(.*?)\n```", PAGE.read_text(), re.DOTALL)[-1]
    names: dict[str, Any] = {"__name__": "page"}
    exec(compile(code, str(PAGE), "exec"), names)
    names["Messages"].log_message = lambda *args: None
    with ThreadingHTTPServer(("127.0.0.1", 0), names["Messages"]) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        url = f"http://127.0.0.1:{_port(server)}"
        answer = ask(url, "k", authority.ca_file, stream=True)
        server.shutdown()
        thread.join(5)
    assert answer.text == "Hello there."


def _port(server: socketserver.TCPServer) -> int:
    return int(server.server_address[1])
