"""`client.responses` of OpenAI's SDK, unmodified, against endpoints of every shape."""

import re
import socketserver
import threading
from collections.abc import Callable
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.clients import responses
from tests.clients.responses import Answer
from tests.live import LiveTenant
from tests.shapes.llm import STREAMING
from tests.shapes.llm.openai_chat import SHAPE as CHAT
from tests.shapes.llm.openai_responses import SHAPE as RESPONSES
from tests.shapes.llm.shape import Shape
from tests.upstreams import Authority, reply, sse
from tests.upstreams.fixtures import StartUpstream
from tests.upstreams.script import Stall, Step
from tests.upstreams.server import Upstream

PAGE = Path(__file__).parents[2] / "docs" / "formats" / "openai-responses.md"
TOOLS = [{"type": "function", "name": "weather", "parameters": {"type": "object"}, "strict": False}]
Ask = Callable[..., Answer]


@pytest.fixture(params=[responses.ask, responses.ask_async], ids=["sync", "async"])
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
        self._ask, self.far, self._tenant, self._ca_file = ask, far, tenant, ca_file

    endpoint: Upstream

    @property
    def shape(self) -> Shape:
        return STREAMING[self.far]

    def stream(self, *names: str) -> list[Step]:
        return sse(*(event for name in names for event in self.shape.parts[name]))

    def heard(self, upstream: StartUpstream, *steps: Step, **asked: Any) -> Answer:
        self.endpoint = upstream([*steps])
        url = self.endpoint.url + self.shape.path
        agent = self._tenant.agent(url, wire_format=self.far)
        return self._ask(f"{agent.base_url}/v1", self._tenant.key, self._ca_file, **asked)


@pytest.fixture
def caller(ask: Ask, far: str, tenant: LiveTenant, authority: Authority) -> Caller:
    return Caller(ask, far, tenant, authority.ca_file)


def test_stream_is_put_together_by_the_sdk(caller: Caller, upstream: StartUpstream) -> None:
    steps = caller.stream("begin", "text", "end")
    answer = caller.heard(upstream, *steps, stream=True, instructions="Be brief.")
    assert answer.error is None
    assert answer.text == "Hello"
    assert answer.events == [
        "response.created", "response.in_progress", "response.output_item.added",
        "response.content_part.added", "response.output_text.delta", "response.output_text.delta",
        "response.output_text.done", "response.content_part.done", "response.output_item.done",
        "response.completed",
    ]  # fmt: skip
    usage = answer.response["usage"]
    assert (usage["input_tokens"], usage["output_tokens"], usage["total_tokens"]) == (9, 4, 13)
    assert usage["input_tokens_details"]["cached_tokens"] == 5


def test_tool_call_is_put_together_by_the_sdk(caller: Caller, upstream: StartUpstream) -> None:
    steps = caller.stream("begin", "text", "tool", "end")
    answer = caller.heard(upstream, *steps, stream=True, tools=TOOLS)
    assert answer.tools == [("t1", "weather", '{"city":"Oslo"}')]
    assert answer.text == "Hello"
    pieces = 1 if caller.far == "gemini" else 2  # Gemini gives a call whole
    assert answer.events.count("response.function_call_arguments.delta") == pieces


def test_answer_is_given_back_with_what_its_tool_found(
    caller: Caller, upstream: StartUpstream
) -> None:
    steps = caller.stream("begin", "tool", "end")
    first = caller.heard(upstream, *steps, stream=True, tools=TOOLS)
    found = {"type": "function_call_output", "call_id": first.tools[0][0], "output": "sun"}
    history = [{"role": "user", "content": "Hi"}, *first.response["output"], found]
    steps = caller.stream("begin", "text", "end")
    second = caller.heard(upstream, *steps, stream=True, tools=TOOLS, input=history)
    assert second.error is None
    assert second.text == "Hello"
    assert caller.shape.told["result"](caller.endpoint.requests[-1].json()) == ("t1", "sun")


def test_reasoning_is_a_summary_for_who_asked(caller: Caller, upstream: StartUpstream) -> None:
    steps = caller.stream("begin", "thought then text", "end")
    summary = {"summary": "auto"}
    answer = caller.heard(upstream, *steps, stream=True, reasoning=summary)
    (thought,) = answer.items("reasoning")
    assert thought["summary"][0]["text"] == "Hm"
    assert answer.text == "Hello"


def test_answer_that_is_too_long_is_incomplete(caller: Caller, upstream: StartUpstream) -> None:
    answer = caller.heard(upstream, *caller.stream("begin", "text", "full"), stream=True)
    assert answer.events[-1] == "response.incomplete"
    assert answer.response["incomplete_details"]["reason"] == "max_output_tokens"
    assert answer.text == "Hello"


def test_whole_response_is_one(caller: Caller, upstream: StartUpstream) -> None:
    answer = caller.heard(upstream, reply(200, dict(caller.shape.whole)), stream=False)
    assert answer.error is None
    assert answer.text == "Hello"
    assert answer.response["usage"]["output_tokens"] == 4


def test_whole_response_in_place_of_a_stream_is_put_together_by_the_sdk(
    caller: Caller, upstream: StartUpstream
) -> None:
    answer = caller.heard(upstream, reply(200, dict(caller.shape.whole)), stream=True)
    assert answer.error is None
    assert answer.text == "Hello"


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, "BadRequestError"), (404, "NotFoundError"), (429, "RateLimitError"),
     (500, "InternalServerError")],
)  # fmt: skip
def test_endpoints_own_error_is_raised_by_its_status(
    caller: Caller, upstream: StartUpstream, status: int, kind: str
) -> None:
    answer = caller.heard(upstream, reply(status, dict(caller.shape.error)), stream=True)
    assert answer.error
    code = "RESOURCE_EXHAUSTED" if caller.far == "gemini" else "slow_down"
    assert (answer.error["class"], answer.error["code"]) == (kind, code)
    assert "Too fast." in answer.error["message"]


def test_error_inside_the_stream_is_raised(caller: Caller, upstream: StartUpstream) -> None:
    steps = caller.stream("begin", "text", "error")
    answer = caller.heard(upstream, *steps, stream=True)
    assert answer.error
    assert answer.error["message"] == "Out of memory."


def test_stream_that_is_cut_off_is_raised(caller: Caller, upstream: StartUpstream) -> None:
    answer = caller.heard(upstream, *caller.stream("begin", "text"), stream=True)
    assert answer.error
    assert answer.error["code"] == "upstream_truncated"


def test_reference_to_an_earlier_answer_is_refused_where_nobody_would_know_it(
    caller: Caller, upstream: StartUpstream
) -> None:
    if caller.shape is RESPONSES:
        answer = caller.heard(
            upstream, reply(200, dict(RESPONSES.whole)), stream=False, previous_response_id="r"
        )
        assert answer.error is None
        return
    steps = caller.stream("begin", "text", "end")
    answer = caller.heard(upstream, *steps, stream=False, previous_response_id="resp_1")
    assert answer.error
    assert answer.error["class"] == "UnprocessableEntityError"
    assert answer.error["param"] == "previous_response_id"


def test_gateways_own_error_is_raised(ask: Ask, tenant: LiveTenant, authority: Authority) -> None:
    agent = tenant.agent()
    answer = ask(f"{agent.base_url}/v1", tenant.key, authority.ca_file, stream=True)
    assert answer.error
    assert answer.error["class"] == "ConflictError"
    assert answer.error["code"] == "custom_llm_not_configured"


def test_stream_that_is_closed_early_lets_the_endpoint_go(
    ask: Ask, tenant: LiveTenant, upstream: StartUpstream, authority: Authority
) -> None:
    events = [event for name in ("begin", "text") for event in CHAT.parts[name]]
    endpoint = upstream([*sse(*events, last=False), Stall()])
    agent = tenant.agent(endpoint.url + CHAT.path)
    answer = ask(f"{agent.base_url}/v1", tenant.key, authority.ca_file, stream=True, take=4)
    assert (answer.error, len(answer.events)) == (None, 4)
    assert endpoint.connections[0].gone.wait(10)
    assert tenant.platform.events(tenant, 1)[0]["outcome"] == "client_gone"


def test_wrong_key_is_told_apart(
    ask: Ask, tenant: LiveTenant, upstream: StartUpstream, authority: Authority
) -> None:
    endpoint = upstream(sse(*CHAT.parts["begin"]))
    agent = tenant.agent(endpoint.url + CHAT.path)
    answer = ask(f"{agent.base_url}/v1", "pb_live_wrong", authority.ca_file, stream=True)
    assert answer.error
    assert (answer.error["class"], answer.error["status_code"]) == ("AuthenticationError", 401)
    assert endpoint.requests == []


def test_minimal_server_of_the_page_is_one(ask: Ask, authority: Authority) -> None:
    code = re.findall(r"```python\n(.*?)\n```", PAGE.read_text(), re.DOTALL)[-1]
    names: dict[str, Any] = {"__name__": "page"}
    exec(compile(code, str(PAGE), "exec"), names)
    names["Responses"].log_message = lambda *args: None
    with ThreadingHTTPServer(("127.0.0.1", 0), names["Responses"]) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        answer = ask(f"http://127.0.0.1:{_port(server)}/v1", "k", authority.ca_file, stream=True)
        server.shutdown()
        thread.join(5)
    assert answer.error is None
    assert answer.text == "Hello there."


def _port(server: socketserver.TCPServer) -> int:
    return int(server.server_address[1])
