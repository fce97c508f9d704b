"""VEXYL's side of a call: whole answers, sessions, flags, and nothing but words when all fails."""

import json
import time
from collections.abc import Callable, Iterable
from typing import Any

import httpx2 as httpx
import pytest

from tests.gateway.calls import event_of
from tests.gateway.test_pairs import streamed
from tests.live import LiveAgent, LivePlatform, LiveTenant
from tests.servers.program import free_port
from tests.shapes.llm import SHAPES
from tests.shapes.llm.openai_chat import SHAPE as CHAT
from tests.upstreams.fixtures import StartUpstream
from tests.upstreams.script import Seen, Send, Stall, Step, Wait, chunk, reply
from usage.calls import call_id
from wire.registry import format_named
from wire.vexyl.errors import APOLOGY

NOWHERE = f"https://127.0.0.1:{free_port()}/v1/chat/completions"
FAR = {
    name: shape
    for name, shape in SHAPES.items()
    if shape.parts and format_named("llm", name).scheme == "https"
}  # the others stream over sockets of their own: tests/gateway/test_retell_endpoint.py
every_far = pytest.mark.parametrize("far", FAR)


def say(
    agent: LiveAgent, tenant: LiveTenant, message: str = "Hi", session: str = "s1", **more: Any
) -> httpx.Response:
    body = {"message": message, "sessionId": session, **more}
    return httpx.post(f"{agent.base_url}/chat", headers=tenant.headers, json=body, timeout=30)


def echo(request: Seen) -> list[Step]:
    """An endpoint that answers with how many messages it was told, and the last of them."""
    told = request.json()["messages"]
    answer = {"content": f"{len(told)}: {told[-1]['content']}"}
    chunk_of = {"choices": [{"index": 0, "delta": answer, "finish_reason": "stop"}]}
    return [reply(200, f"data: {json.dumps(chunk_of)}\n\ndata: [DONE]\n\n",
                  ("content-type", "text/event-stream"))]  # fmt: skip


@every_far
def test_stream_of_an_endpoint_becomes_one_answer(
    tenant: LiveTenant, upstream: StartUpstream, far: str
) -> None:
    shape = FAR[far]
    endpoint = upstream(streamed(shape, "begin", "thought then text", "end"))
    agent = tenant.agent(endpoint.url + shape.path, wire_format=far, model="house-7b")
    got = say(agent, tenant)
    assert (got.status_code, got.headers["content-type"]) == (200, "application/json")
    assert got.json() == {
        "response": "Hello", "sessionId": "s1", "shouldEscalate": False, "shouldHangup": False,
    }  # fmt: skip
    assert shape.asks(endpoint.requests[0]) == ("house-7b", True)
    event = event_of(tenant)
    assert (event["outcome"], event["tokens_prompt"]) == ("ok", 9)
    assert event["bytes_out"] == len(got.content)
    assert event["call_id"] == call_id(tenant.id, agent.id, "s1")


@every_far
def test_tool_that_ends_or_hands_over_the_call_sets_the_flag(
    tenant: LiveTenant, upstream: StartUpstream, far: str
) -> None:
    calls = [part.replace("weather", "end_call") for part in FAR[far].parts["tool"]]
    shape = {**FAR[far].parts, "tool": calls}
    events = [event for name in ("begin", "text", "tool", "end") for event in shape[name]]
    steps = [Send(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n")]
    steps += [Send(event.encode() + b"\n\n") for event in events]
    url = upstream(steps).url + FAR[far].path
    got = say(tenant.agent(url, wire_format=far, model="house-7b"), tenant).json()
    assert (got["response"], got["shouldHangup"], got["shouldEscalate"]) == ("Hello", True, False)


def test_what_was_said_before_is_told_to_the_endpoint(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    endpoint = upstream(echo)
    agent = tenant.agent(endpoint.url + CHAT.path)
    told = [say(agent, tenant, text).json()["response"] for text in ("Hi", "My name is Ann", "Bye")]
    assert told == ["1: Hi", "3: My name is Ann", "5: Bye"]
    assert [each["role"] for each in endpoint.requests[-1].json()["messages"]] == [
        "user", "assistant", "user", "assistant", "user",
    ]  # fmt: skip
    assert say(agent, tenant, "Hi", "s2").json()["response"] == "1: Hi"


def test_history_that_the_caller_sends_is_all_that_counts(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    agent = tenant.agent(upstream(echo).url + CHAT.path)
    say(agent, tenant, "Hi")
    history = [{"role": "user", "content": "Other"}]
    assert say(agent, tenant, "Bye", history=history).json()["response"] == "2: Bye"
    assert say(agent, tenant, "Bye", history=[]).json()["response"] == "3: Bye"


def test_no_other_agent_and_no_other_tenant_finds_what_was_said(
    live: LivePlatform, tenant: LiveTenant, upstream: StartUpstream
) -> None:
    url = upstream(echo).url + CHAT.path
    say(tenant.agent(url), tenant, "My PIN is 1234")
    stranger = live.tenant()
    for other in (tenant, stranger):
        assert say(other.agent(url), other, "Hi").json()["response"] == "1: Hi"


def test_what_a_caller_said_is_kept_though_the_answer_failed(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    answers: list[Callable[[Seen], Iterable[Step]]] = [
        lambda seen: [reply(500, {"error": {"message": "boom"}})], echo, echo,
    ]  # fmt: skip
    asked: list[int] = []

    def script(seen: Seen) -> Iterable[Step]:
        asked.append(1)
        return answers[len(asked) - 1](seen)

    agent = tenant.agent(upstream(script).url + CHAT.path)
    assert say(agent, tenant, "Book a table").json()["response"] == APOLOGY
    assert say(agent, tenant, "For two").json()["response"] == "2: For two"
    assert say(agent, tenant, "For two").json()["response"] == "4: For two"


@every_far
@pytest.mark.parametrize(
    ("names", "outcome", "codes"),
    [
        (("begin", "text"), "upstream_truncated", ["upstream_truncated"]),
        (("begin", "text", "error"), "upstream_error", ["oom", "INTERNAL"]),
    ],
)
def test_stream_that_fails_in_its_middle_is_an_apology(
    tenant: LiveTenant,
    upstream: StartUpstream,
    far: str,
    names: tuple[str, ...],
    outcome: str,
    codes: list[str],
) -> None:
    shape = FAR[far]
    url = upstream(streamed(shape, *names)).url + shape.path
    agent = tenant.agent(url, wire_format=far, model="house-7b")
    got = say(agent, tenant)
    assert (got.status_code, got.json()["response"]) == (200, APOLOGY)
    assert got.json()["error"]["code"] in codes
    assert event_of(tenant)["outcome"] == outcome


def test_endpoint_that_cannot_be_reached_is_an_apology(tenant: LiveTenant) -> None:
    got = say(tenant.agent(NOWHERE), tenant)
    assert (got.status_code, got.json()["response"]) == (200, APOLOGY)
    assert got.json()["error"]["code"] == "upstream_connect_failed"
    assert got.headers["x-patchbay-error-source"] == "gateway"
    assert event_of(tenant)["outcome"] == "connect_failed"


def test_what_the_operator_must_mend_keeps_its_status(tenant: LiveTenant) -> None:
    unpatched = tenant.agent()
    assert say(unpatched, tenant).status_code == 409
    body = {"sessionId": "s1"}
    patched = tenant.agent(NOWHERE)
    unread = httpx.post(f"{patched.base_url}/chat", headers=tenant.headers, json=body)
    assert (unread.status_code, unread.json()["error"]["param"]) == (422, "message")
    unknown = httpx.post(f"{patched.base_url}/chat", json={"message": "Hi"})
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (401, "invalid_api_key")


@every_far
def test_caller_that_hangs_up_lets_the_endpoint_go(
    tenant: LiveTenant, upstream: StartUpstream, far: str
) -> None:
    endpoint = upstream([*streamed(FAR[far], "begin", "text", last=False), Stall()])
    agent = tenant.agent(endpoint.url + FAR[far].path, wire_format=far, model="house-7b")
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{agent.base_url}/chat", headers=tenant.headers, json={"message": "Hi"},
                   timeout=3)  # fmt: skip
    assert endpoint.connections[0].gone.wait(10)
    assert event_of(tenant)["outcome"] == "client_gone"


def test_caller_need_not_wait_for_an_endpoint_that_stays_after_its_end(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    endpoint = upstream([*streamed(CHAT, "begin", "text", "end", last=False, pause=0.02), Stall()])
    agent = tenant.agent(endpoint.url + CHAT.path)
    took = []
    while len(took) < 4 and min(took, default=1) >= 0.9:  # other programs can make one slow
        began = time.monotonic()
        assert say(agent, tenant).json()["response"] == "Hello"
        took.append(time.monotonic() - began)
    assert took[-1] < 0.9, took
    for event in tenant.platform.events(tenant, len(took)):
        assert event["outcome"] == "ok"


def test_connection_of_an_endpoint_that_ends_well_is_kept(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    slow_end = [*streamed(CHAT, "begin", "text", "end", last=False), Wait(0.2), Send(chunk(b""))]
    endpoint = upstream(slow_end)
    agent = tenant.agent(endpoint.url + CHAT.path)
    with httpx.Client(headers=tenant.headers) as caller:  # one that leaves need not be waited for
        for count in (1, 2):
            caller.post(f"{agent.base_url}/chat", json={"message": "Hi"})
            tenant.platform.events(tenant, count)
    assert len(endpoint.connections) == 1


# An endpoint that speaks the format.


def ask(agent: LiveAgent, tenant: LiveTenant, text: str, named: str = "", **more: Any) -> Any:
    headers = {**tenant.headers, **({"x-call-id": named} if named else {})}
    body = {"messages": [{"role": "user", "content": text}], **more}
    url = agent.chat_url
    return httpx.post(url, headers=headers, json=body, timeout=30)


def test_endpoint_is_told_the_last_words_and_the_call(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    endpoint = upstream([reply(200, {"response": "Hello"})])
    agent = tenant.agent(endpoint.url + "/chat", wire_format="vexyl-chat", model="ignored")
    turns = [
        {"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Hello."}, {"role": "user", "content": "Bye"},
    ]  # fmt: skip
    ask(agent, tenant, "", "call-7", messages=turns)
    ask(agent, tenant, "", messages=turns, call={"id": "vapi-1"})
    ask(agent, tenant, "", messages=turns)
    told = [request.json() for request in endpoint.requests]
    assert told[0] == {"message": "Bye", "sessionId": "call-7", "context": {}}
    assert told[1]["sessionId"] == "vapi-1"
    assert [turn["content"] for turn in told[2].pop("history")] == ["Hi", "Hello."]
    assert len(told[2]["sessionId"]) == 32


def test_flags_of_an_endpoint_are_calls_of_tools_and_a_stream_is_made(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    answer = {"response": "Let me connect you.", "shouldEscalate": True}
    agent = tenant.agent(upstream([reply(200, answer)]).url, wire_format="vexyl-chat",
                         settings={"escalate_tool": "transferCall"})  # fmt: skip
    whole = ask(agent, tenant, "Hi").json()["choices"][0]
    assert whole["message"]["tool_calls"][0]["function"]["name"] == "transferCall"
    assert (whole["message"]["content"], whole["finish_reason"]) == (
        "Let me connect you.", "tool_calls",
    )  # fmt: skip
    streamed_answer = ask(agent, tenant, "Hi", stream=True)
    assert streamed_answer.headers["content-type"].startswith("text/event-stream")
    assert streamed_answer.text.endswith("data: [DONE]\n\n")
    assert "transferCall" in streamed_answer.text


def test_endpoints_own_name_for_the_session_is_sent_from_then_on(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    endpoint = upstream([reply(200, {"response": "Hello", "data": {"sid": "theirs"}})])
    agent = tenant.agent(endpoint.url, wire_format="vexyl-chat",
                         settings={"session_field": "data.sid"})  # fmt: skip
    for call in ("c1", "c1", "c2", "c1"):
        ask(agent, tenant, "Hi", call, stream=call == "c2")
    names = [request.json()["sessionId"] for request in endpoint.requests]
    assert names == ["c1", "theirs", "c2", "theirs"]


def test_answer_without_words_says_where_they_were_looked_for(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    agent = tenant.agent(upstream([reply(200, {"text": "Hello"})]).url, wire_format="vexyl-chat",
                         settings={"response_field": "data.text"})  # fmt: skip
    got = ask(agent, tenant, "Hi", stream=True)
    assert got.status_code == 502
    assert "has no words at `data.text`" in got.json()["error"]["message"]


def test_vexyl_callers_get_a_vexyl_endpoints_very_bytes(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    body = '{"reply":"Hello",  "sessionId":"theirs","metadata":{"a":1}}'
    json_type = ("content-type", "application/json")
    endpoint = upstream([reply(200, body, json_type)])
    agent = tenant.agent(endpoint.url, wire_format="vexyl-chat")
    for _ in range(2):
        assert say(agent, tenant, context={"x": 1}).text == body
        sent = {"message": "Hi", "sessionId": "s1", "context": {"x": 1}}
        assert endpoint.requests[-1].json() == sent
    failing = upstream([reply(503, dict(SHAPES["vexyl-chat"].error))])
    own = say(tenant.agent(failing.url, wire_format="vexyl-chat"), tenant)
    assert (own.status_code, own.json()["response"]) == (503, "Sorry.")
