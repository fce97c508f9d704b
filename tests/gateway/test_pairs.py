"""Every LLM format that callers speak, on every one that endpoints speak, over real sockets."""

import json
from typing import Any

import httpx2 as httpx
import pytest

from tests.gateway.calls import event_of
from tests.live import LiveAgent, LiveTenant
from tests.shapes.llm import SHAPES
from tests.shapes.llm.shape import Shape
from tests.upstreams.fixtures import StartUpstream
from tests.upstreams.script import Stall, Step, reply, sse
from tests.upstreams.server import Upstream
from tests.wire.corpus import meaning
from wire.events import Failure, LLMEvent, Usage
from wire.matrix import losses
from wire.registry import format_named, formats_of, hosted_format, hosted_formats

POSTING = [name for name, wire in hosted_formats("llm").items() if wire.scheme == "https"]
PAIRS = [(near, far) for near in POSTING for far in SHAPES]


def carries(name: str, *features: str) -> bool:
    """Whether a format has all these capabilities."""
    able = format_named("llm", name).capabilities
    return all(getattr(able, feature) for feature in features)


def pairs_with(*features: str) -> pytest.MarkDecorator:
    """The pairs whose formats both have these capabilities."""
    pairs = [pair for pair in PAIRS if all(carries(name, *features) for name in pair)]
    return pytest.mark.parametrize(("near", "far"), pairs, ids=["-on-".join(p) for p in pairs])


every_pair = pairs_with()
streaming_pairs = pairs_with("streaming")


class Pair:
    """A caller of one shape, and an endpoint of another behind an agent."""

    def __init__(
        self, near: str, far: str, tenant: LiveTenant, upstream: StartUpstream, *steps: Step
    ) -> None:
        self.near, self.far = SHAPES[near], SHAPES[far]
        self.wire = hosted_format("llm", near)
        self.tenant = tenant
        self.endpoint: Upstream = upstream([*steps])
        scheme = format_named("llm", far).scheme
        url = self.endpoint.url.replace("https", scheme, 1) + self.far.path
        self.agent: LiveAgent = tenant.agent(url, wire_format=far, model="house-7b")

    def post(self, scene: str = "text", **more: Any) -> httpx.Response:
        options = {"include_usage": True} if self.near is SHAPES["openai-chat"] else None
        asked = {"stream": True, "stream_options": options, **self.near.asked[scene], **more}
        kept = {name: value for name, value in asked.items() if value is not None}
        url = self.agent.base_url + self.near.path
        return httpx.post(url, headers=self.tenant.headers, json=kept, timeout=30)

    def heard(self, scene: str = "text") -> list[LLMEvent]:
        return meaning.events(self.wire, [self.post(scene).content])

    def seen(self) -> Any:
        return self.endpoint.requests[-1].json()


def streamed(shape: Shape, *names: str, last: bool = True, pause: float = 0.0) -> list[Step]:
    if not shape.parts:
        return [reply(200, dict(shape.whole))]
    events = [event for name in names for event in shape.parts[name]]
    return shape.steps(*events, last=last, pause=pause)


def whole(shape: Shape) -> list[Step]:
    """An answer that does not come in pieces, of shapes that have one."""
    if shape.whole:
        return [reply(200, dict(shape.whole))]
    return streamed(shape, "begin", "text", "end")


def play(near: str, far: str, tenant: LiveTenant, upstream: StartUpstream, *names: str) -> Pair:
    """A pair whose endpoint answers with these parts."""
    return Pair(near, far, tenant, upstream, *streamed(SHAPES[far], *names))


def test_every_llm_format_is_in_the_matrix() -> None:
    assert set(SHAPES) == set(formats_of("llm"))


@every_pair
def test_text_and_usage_come_through(
    near: str, far: str, tenant: LiveTenant, upstream: StartUpstream
) -> None:
    pair = play(near, far, tenant, upstream, "begin", "text", "end")
    found = pair.heard()
    assert meaning.texts(found) == {"0": "Hello"}
    assert meaning.finishes(found) == ["stop"]
    event = event_of(tenant)
    if carries(near, "usage") and carries(far, "usage"):
        assert meaning.usage(found) == Usage(9, 4, cached=5)
    if carries(far, "usage"):
        assert (event["tokens_prompt"], event["tokens_completion"]) == (9, 4)
    source = "reported" if carries(far, "usage") else "estimated"
    assert (event["outcome"], event["tokens_source"]) == ("ok", source)
    assert (event["format_in"], event["format_out"]) == (near, far)
    assert event["timing_ms"]["first_content"] > 0


@pairs_with("system", "streaming")
def test_system_prompt_and_the_endpoints_model_reach_it(
    near: str, far: str, tenant: LiveTenant, upstream: StartUpstream
) -> None:
    pair = play(near, far, tenant, upstream, "begin", "text", "end")
    pair.heard()
    assert SHAPES[far].asks(pair.endpoint.requests[-1]) == ("house-7b", True)
    told = {"role": "system", "content": "Be brief."}
    assert SHAPES[far].told["system"](pair.seen()) == told


@pairs_with("reasoning")
def test_reasoning_is_kept_apart_from_what_is_spoken(
    near: str, far: str, tenant: LiveTenant, upstream: StartUpstream
) -> None:
    found = play(near, far, tenant, upstream, "begin", "thought then text", "end").heard()
    assert meaning.texts(found) == {"0": "Hello"}
    assert meaning.reasoning(found) == "Hm"


@pairs_with("tools")
def test_tool_is_offered_and_called_in_pieces(
    near: str, far: str, tenant: LiveTenant, upstream: StartUpstream
) -> None:
    pair = play(near, far, tenant, upstream, "begin", "text", "tool", "end")
    found = pair.heard("tool")
    call = {"id": "t1", "name": "weather", "arguments": '{"city":"Oslo"}'}
    assert meaning.tools(found) == [call]
    assert meaning.finishes(found) == ["tool_calls"]
    assert SHAPES[far].told["tool"](pair.seen()) == "weather"


@pairs_with("tools", "images")
def test_result_of_a_tool_and_a_picture_reach_the_endpoint(
    near: str, far: str, tenant: LiveTenant, upstream: StartUpstream
) -> None:
    pair = play(near, far, tenant, upstream, "begin", "text", "end")
    pair.heard("result")
    assert SHAPES[far].told["result"](pair.seen()) == ("t1", "sun")
    pair.heard("picture")
    assert SHAPES[far].told["picture"](pair.seen()) == "data:image/png;base64,iVBORw0KGgo="


@pairs_with("streaming", "ends")
def test_answer_that_is_too_long_says_so(
    near: str, far: str, tenant: LiveTenant, upstream: StartUpstream
) -> None:
    found = play(near, far, tenant, upstream, "begin", "text", "full").heard()
    assert meaning.finishes(found) == ["length"]


@every_pair
def test_whole_reply_is_one_in_the_callers_shape(
    near: str, far: str, tenant: LiveTenant, upstream: StartUpstream
) -> None:
    pair = Pair(near, far, tenant, upstream, *whole(SHAPES[far]))
    got = pair.post(stream=False, stream_options=None)
    assert got.headers["content-type"] == "application/json"
    found = pair.wire.read_answer(got.content)
    assert meaning.texts(found) == {"0": "Hello"}
    if carries(near, "usage") and carries(far, "usage"):
        assert meaning.usage(found) == Usage(9, 4, cached=5)
        assert SHAPES[far].asks(pair.endpoint.requests[-1]) == ("house-7b", False)
    assert event_of(tenant)["outcome"] == "ok"


@every_pair
def test_whole_reply_in_place_of_a_stream_is_streamed(
    near: str, far: str, tenant: LiveTenant, upstream: StartUpstream
) -> None:
    pair = Pair(near, far, tenant, upstream, *whole(SHAPES[far]))
    assert meaning.texts(pair.heard()) == {"0": "Hello"}


@every_pair
def test_error_before_the_stream_has_the_callers_shape(
    near: str, far: str, tenant: LiveTenant, upstream: StartUpstream
) -> None:
    retry = ("retry-after", "7")
    pair = Pair(near, far, tenant, upstream, reply(429, dict(SHAPES[far].error), retry))
    got = pair.post()
    spoken = pair.wire.spoken_errors and near != far
    assert (got.status_code, got.headers["retry-after"]) == (200 if spoken else 429, "7")
    assert got.headers["x-patchbay-error-source"] == "upstream"
    assert got.headers["content-type"] == "application/json"
    assert set(got.json()) == set(SHAPES[near].error)
    assert got.json()["error"]["message"] == "Too fast."
    assert event_of(tenant)["outcome"] == "upstream_error"


@pairs_with("streaming", "errors")
def test_error_inside_the_stream_is_its_last_event(
    near: str, far: str, tenant: LiveTenant, upstream: StartUpstream
) -> None:
    found = play(near, far, tenant, upstream, "begin", "text", "error").heard()
    assert meaning.texts(found) == {"0": "Hello"}
    assert isinstance(found[-1], Failure)
    assert found[-1].message == "Out of memory."
    assert event_of(tenant)["outcome"] == "upstream_error"


@streaming_pairs
def test_stream_that_is_cut_off_ends_in_an_error(
    near: str, far: str, tenant: LiveTenant, upstream: StartUpstream
) -> None:
    pair = play(near, far, tenant, upstream, "begin", "text")
    got = pair.post()
    failures = [event for event in meaning.events(pair.wire, [got.content])
                if isinstance(event, Failure)]  # fmt: skip
    assert len(failures) == 1
    assert "upstream_truncated" in got.text
    assert event_of(tenant)["outcome"] == "upstream_truncated"


@streaming_pairs
def test_caller_that_hangs_up_lets_the_endpoint_go(
    near: str, far: str, tenant: LiveTenant, upstream: StartUpstream
) -> None:
    begun = streamed(SHAPES[far], "begin", "text", last=False)
    pair = Pair(near, far, tenant, upstream, *begun, Stall())
    url = pair.agent.base_url + pair.near.path
    body = {**pair.near.asked["text"], "stream": True}
    with httpx.stream("POST", url, headers=tenant.headers, json=body) as got:
        assert b"Hel" in next(piece for piece in got.iter_bytes() if b"Hel" in piece)
    assert pair.endpoint.connections[0].gone.wait(10)
    assert event_of(tenant)["outcome"] == "client_gone"


@streaming_pairs
def test_endpoint_that_stays_after_its_end_is_not_waited_for(
    near: str, far: str, tenant: LiveTenant, upstream: StartUpstream
) -> None:
    begun = streamed(SHAPES[far], "begin", "text", "end", last=False, pause=0.02)
    pair = Pair(near, far, tenant, upstream, *begun, Stall())
    assert meaning.finishes(pair.heard()) == ["stop"]
    event = event_of(tenant)
    assert (event["outcome"], event["timing_ms"]["total"] < 15_000) == ("ok", True)


@every_pair
def test_gateways_own_errors_have_the_callers_shape(
    near: str, far: str, tenant: LiveTenant, upstream: StartUpstream
) -> None:
    pair = play(near, far, tenant, upstream)
    url = pair.agent.base_url + pair.near.path
    got = httpx.post(url, json=pair.near.asked["text"])
    assert got.status_code == 401
    assert set(got.json()) == set(pair.near.error)
    assert "invalid_api_key" in got.text


@pytest.mark.parametrize("near", [name for name in POSTING if carries(name, "tools")])
def test_signature_of_a_call_comes_back_to_gemini_through_every_caller(
    near: str, tenant: LiveTenant, upstream: StartUpstream
) -> None:
    """What a caller keeps of a call is its id, and Gemini refuses a call without its signature."""
    signed = {"functionCall": {"name": "weather", "args": {}}, "thoughtSignature": "QUI+/w=="}
    answer = {"candidates": [{"content": {"parts": [signed]}, "finishReason": "STOP"}]}
    pair = Pair(near, "gemini", tenant, upstream, *sse(f"data: {json.dumps(answer)}", last=True))
    (call,) = meaning.tools(pair.heard("tool"))
    history = json.dumps(pair.near.asked["result"]).replace('"t1"', json.dumps(call["id"]))
    pair.post("result", **json.loads(history))
    called, told = (content["parts"][0] for content in pair.seen()["contents"][1:])
    assert called == {**signed, "functionCall": {"name": "weather", "args": {}}}
    assert told == {"functionResponse": {"name": "weather", "response": {"output": "sun"}}}


SOUND = {"role": "user", "content": [{"type": "input_audio", "input_audio": {"data": "AA=="}}]}
PAPER = {"role": "user", "content": [{"type": "document", "source": {"type": "text"}}]}


@pytest.mark.parametrize(
    ("near", "far", "more", "says"),
    [
        ("openai-chat", "anthropic-messages", {"messages": [SOUND]}, "`messages[0].content[0]`"),
        ("anthropic-messages", "openai-chat", {"messages": [PAPER]}, "`messages[0].content[0]`"),
        ("openai-responses", "openai-chat", {"input": [SOUND]}, "`input[0].content[0]`"),
        ("openai-responses", "anthropic-messages", {"previous_response_id": "resp_1"},
         "`previous_response_id`"),
        ("openai-responses", "openai-chat", {"tools": [{"type": "web_search"}]},
         "The tool 'web_search'"),
    ],
)  # fmt: skip
def test_what_cannot_be_translated_is_refused_and_nothing_is_sent(
    near: str, far: str, more: Any, says: str, tenant: LiveTenant, upstream: StartUpstream
) -> None:
    pair = play(near, far, tenant, upstream, "begin", "text", "end")
    got = pair.post(**more)
    assert got.status_code == 422
    assert f"{says} cannot be translated" in got.json()["error"]["message"]
    (member,) = more
    assert f'"param":"{member}"' in got.text
    assert not pair.endpoint.requests
    event = event_of(tenant)
    assert (event["outcome"], event["error"]["code"]) == ("refused", "invalid_request")


@every_pair
def test_what_the_matrix_says_is_lost_is_lost_and_nothing_fails(
    near: str, far: str, tenant: LiveTenant, upstream: StartUpstream
) -> None:
    pair = play(near, far, tenant, upstream, "begin", "text", "end")
    more = pair.near.more
    assert more, "its shape names nothing that only it has"
    assert pair.post(**more).status_code == 200
    kept = more.keys() & pair.seen().keys()
    assert kept == (set() if losses(near, far) else more.keys())


def test_messages_endpoint_is_told_the_version_and_nothing_of_the_callers_headers(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    shape = SHAPES["anthropic-messages"]
    endpoint = upstream(streamed(shape, "begin", "text", "end"))
    auth = {"type": "header", "header": "x-api-key", "value": "k3y"}
    agent = tenant.agent(
        endpoint.url + shape.path, wire_format="anthropic-messages", auth=auth
    )  # fmt: skip
    headers = {"x-api-key": tenant.key, "anthropic-version": "2099-01-01", "anthropic-beta": "b"}
    body = {**shape.asked["text"], "stream": True, "model": "theirs"}
    got = httpx.post(agent.base_url + shape.path, headers=headers, json=body)
    assert got.status_code == 200
    seen = endpoint.requests[0]
    assert seen.header("anthropic-version") == "2023-06-01"
    assert seen.header("anthropic-beta") is None
    assert seen.header("x-api-key") == "k3y"
    assert json.loads(seen.body) == body
