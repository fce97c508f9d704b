"""The LLM road over the real server: what callers get, what endpoints see, what is recorded."""

import socket

import httpx2 as httpx
import pytest

from config.env import ROOT
from tests.gateway.calls import END, HELLO, PATH, WORD, code, dial, event_of, hang_up, post
from tests.live import LivePlatform, LiveTenant
from tests.servers.program import free_port
from tests.upstreams.chat import Chat
from tests.upstreams.fixtures import StartUpstream
from tests.upstreams.script import Flood, Send, Stall, Step, head, reply, sse


def body_of(*steps: Step) -> bytes:
    """The body bytes of a chunked script, put together again."""
    raw = b"".join(step.data for step in steps if isinstance(step, Send)).partition(b"\r\n\r\n")[2]
    body = b""
    while raw:
        size, _, raw = raw.partition(b"\r\n")
        body, raw = body + raw[: int(size, 16)], raw[int(size, 16) + 2 :]
    return body


def heard(peer: socket.socket, end: bytes) -> None:
    """Reads until `end` has come, and hangs up."""
    got = b""
    while end not in got:
        got += peer.recv(65536)
    hang_up(peer)


def test_a_caller_that_leaves_at_the_end_mark_has_had_its_answer(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    endpoint = upstream([*sse(WORD, END, "data: [DONE]", last=False), Stall()])
    heard(dial(tenant.agent(endpoint.url + PATH), tenant), b"[DONE]")

    assert event_of(tenant)["outcome"] == "ok"


def test_a_caller_that_leaves_at_an_error_was_told_of_the_endpoints_failure(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    failing = 'data: {"error":{"message":"out of memory"}}'
    endpoint = upstream([*sse(WORD, failing, last=False), Stall()])
    heard(dial(tenant.agent(endpoint.url + PATH), tenant), b"out of memory")

    event = event_of(tenant)
    assert (event["outcome"], event["error"]["code"]) == ("upstream_error", "upstream_error")


def test_a_caller_that_leaves_in_the_middle_leaves_the_time_of_its_first_word(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    role = 'data: {"choices":[{"index":0,"delta":{"role":"assistant"}}]}'
    endpoint = upstream([*sse(role, WORD, pause=0.02, last=False), Stall()])
    heard(dial(tenant.agent(endpoint.url + PATH), tenant), b"Hi")

    event = event_of(tenant)
    assert event["outcome"] == "client_gone"
    assert event["timing_ms"]["first_content"] > 0


def test_a_stream_passes_unchanged_and_is_recorded(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    script = sse(": ping", WORD, END.replace("\n", "\r\n"), "data: [DONE]")
    endpoint = upstream(script)
    agent = tenant.agent(endpoint.url + PATH, token="t0ken-of-tenant", model="house-7b")

    got = post(agent, tenant)

    assert got.status_code == 200
    assert got.content == body_of(*script)
    assert got.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert got.headers["x-accel-buffering"] == "no"
    assert got.headers["cache-control"] == "no-store"
    assert "server" not in got.headers
    event = event_of(tenant)
    assert (event["outcome"], event["status"], event["attempts"]) == ("ok", 200, 1)
    assert event["provider"] == "custom-llm"
    assert (event["format_in"], event["format_out"]) == ("openai-chat", "openai-chat")
    assert event["dispatch_id"] == got.headers["x-dispatch-id"]
    assert event["bytes_out"] == len(got.content)
    assert event["bytes_in"] == len(got.request.content)
    assert event["error"] is None


def test_a_whole_reply_passes_unchanged_and_is_recorded(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    agent = tenant.agent(upstream(Chat()).url + PATH)

    got = post(agent, tenant, stream=False)

    assert got.status_code == 200
    assert got.headers["content-type"] == "application/json"
    assert got.json()["choices"][0]["message"]["content"] == "Hello there!"
    event = event_of(tenant)
    assert (event["outcome"], event["tokens_source"]) == ("ok", "reported")
    assert (event["tokens_prompt"], event["tokens_completion"]) == (9, 4)


def test_an_endpoint_sees_nothing_of_the_callers_headers(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    endpoint = upstream(Chat(token="t0ken-of-tenant"))
    agent = tenant.agent(endpoint.url + PATH, token="t0ken-of-tenant", model="house-7b")

    post(agent, tenant, headers={"cookie": "a=b", "x-stainless-lang": "python", "x-own": "1"})

    seen = endpoint.requests[0]
    assert {name for name, _ in seen.headers} == {
        "host", "accept", "accept-encoding", "authorization", "content-type", "content-length",
        "user-agent", "x-patchbay-hops",
    }  # fmt: skip
    assert seen.header("authorization") == "Bearer t0ken-of-tenant"
    assert seen.header("user-agent") == "Patchbay/0.1"
    assert seen.json()["model"] == "house-7b"
    assert tenant.key.encode() not in seen.body


def test_usage_is_asked_for_and_withheld_from_who_did_not_ask(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    endpoint = upstream(Chat())
    agent = tenant.agent(endpoint.url + PATH)

    plain = post(agent, tenant)
    asked = post(
        agent, tenant, body={**HELLO, "stream": True, "stream_options": {"include_usage": True}}
    )

    assert endpoint.requests[0].json()["stream_options"] == {"include_usage": True}
    assert '"usage"' not in plain.text
    assert '"usage"' in asked.text
    first, second = tenant.platform.events(tenant, 2)
    assert first["tokens_source"] == second["tokens_source"] == "reported"
    assert first["tokens_completion"] == 4


def test_tokens_that_nobody_reports_are_estimated_and_marked_so(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    agent = tenant.agent(upstream(Chat(usage="never")).url + PATH)

    post(agent, tenant)

    event = event_of(tenant)
    assert event["tokens_source"] == "estimated"
    assert event["tokens_completion"] == 3  # 12 letters


def test_the_stream_url_streams_though_the_body_does_not_ask(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    endpoint = upstream(Chat())
    agent = tenant.agent(endpoint.url + PATH)

    got = post(agent, tenant, suffix="/chat/completions/stream", body=HELLO)

    assert got.text.endswith("data: [DONE]\n\n")
    assert endpoint.requests[0].json()["stream"] is True


def test_a_missing_end_mark_after_a_finish_reason_is_no_fault(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    script = sse(WORD, END)
    agent = tenant.agent(upstream(script).url + PATH)

    assert post(agent, tenant).content == body_of(*script)
    assert event_of(tenant)["outcome"] == "ok"


def test_comments_keep_the_idle_clock_from_running_out_and_are_no_words(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    """Routers send them for as long as the model thinks."""
    events = [": OPENROUTER PROCESSING"] * 6 + [WORD, END, "data: [DONE]"]
    server = upstream(sse(*events, pause=0.6))
    agent = tenant.agent(server.url + PATH, timeouts={"idle": 3})
    assert post(agent, tenant).text.count(": OPENROUTER PROCESSING") == 6
    event = event_of(tenant)
    assert event["outcome"] == "ok"
    assert event["timing_ms"]["first_content"] > 3500


def test_an_endpoint_that_stays_after_its_end_mark_is_not_waited_for(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    script = [*sse(WORD, END, "data: [DONE]", last=False), Stall()]
    agent = tenant.agent(upstream(script).url + PATH)

    assert post(agent, tenant).text.endswith("data: [DONE]\n\n")
    event = event_of(tenant)
    assert event["outcome"] == "ok"
    assert event["timing_ms"]["total"] < 15_000, "the idle clock was not waited for"


def test_json_in_place_of_a_stream_is_made_one(tenant: LiveTenant, upstream: StartUpstream) -> None:
    agent = tenant.agent(upstream(Chat(json_only=True)).url + PATH)

    got = post(agent, tenant)

    assert got.headers["content-type"].startswith("text/event-stream")
    assert "Hello there!" in got.text
    assert got.text.endswith("data: [DONE]\n\n")
    event = event_of(tenant)
    assert (event["outcome"], event["tokens_source"]) == ("ok", "reported")


def test_a_failed_connect_is_told_in_sentences_to_the_caller_and_in_the_event(
    tenant: LiveTenant,
) -> None:
    agent = tenant.agent(f"https://localhost:{free_port()}{PATH}")

    said = post(agent, tenant).json()["error"]["message"]

    assert said in (
        "The endpoint could not be reached. The connection was refused or lost.",
        "The endpoint could not be reached. No address of the name accepted a connection.",
    )
    assert event_of(tenant)["error"] == {"code": "upstream_connect_failed", "message": said}


def test_an_endpoint_that_refuses_its_token_is_recorded_in_a_sentence(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    agent = tenant.agent(upstream(Chat(token="t0ken")).url + PATH)

    assert post(agent, tenant).status_code == 401
    said = "The endpoint answered with an error of its own: HTTP 401 Unauthorized."
    assert event_of(tenant)["error"] == {"code": "upstream_error", "message": said}


def test_an_answer_in_another_format_than_was_chosen_fails_loudly(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    url = upstream(Chat()).url + "/v1/responses"
    agent = tenant.agent(url, wire_format="openai-responses")
    got = post(agent, tenant)
    assert '"code":"upstream_bad_response"' in got.text
    event = event_of(tenant)
    assert (event["outcome"], event["error"]["code"]) == ("upstream_error", "upstream_bad_response")
    assert "wire format" in event["error"]["message"]


def test_an_error_without_end_is_cut_at_64_kib_and_its_endpoint_let_go(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    endpoint = upstream([Send(head(500, ("content-type", "text/plain"))), Flood()])

    got = post(tenant.agent(endpoint.url + PATH), tenant)

    assert (got.status_code, got.content) == (500, b"x" * 65_536)
    assert endpoint.connections[0].gone.wait(10)
    assert event_of(tenant)["outcome"] == "upstream_error"


@pytest.mark.parametrize("said", ["oom", "upstream_bad_response", "upstream_truncated"])
def test_an_error_inside_a_stream_passes_and_is_recorded_as_the_endpoints_own(
    tenant: LiveTenant, upstream: StartUpstream, said: str
) -> None:
    script = sse(WORD, f'data: {{"error":{{"message":"out of memory","code":"{said}"}}}}')
    agent = tenant.agent(upstream(script).url + PATH)

    assert post(agent, tenant).content == body_of(*script)
    event = event_of(tenant)
    assert event["outcome"] == "upstream_error"
    assert event["error"]["message"] == "The endpoint sent an error inside its answer."


def test_a_body_that_looks_like_a_head_stays_a_body(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    body = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi"
    agent = tenant.agent(upstream([reply(500, body)]).url + PATH)
    answer = post(agent, tenant)
    assert (answer.status_code, answer.content) == (500, body)


def test_a_body_larger_than_a_thread_is_worth_passes_whole(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    endpoint = upstream(Chat())
    agent = tenant.agent(endpoint.url + PATH)
    content = "x" * (4 * 1024 * 1024)

    got = post(agent, tenant, body={**HELLO, "messages": [{"role": "user", "content": content}]})

    assert got.status_code == 200
    assert endpoint.requests[0].json()["messages"][0]["content"] == content


def test_models_lists_the_endpoints_model(tenant: LiveTenant, upstream: StartUpstream) -> None:
    agent = tenant.agent(upstream(Chat()).url + PATH, model="house-7b")

    for suffix in ("/v1/models", "/models", "/v1/models/"):
        got = httpx.get(agent.base_url + suffix, headers=tenant.headers)
        assert got.json()["object"] == "list"
        assert [model["id"] for model in got.json()["data"]] == ["house-7b"]
    assert code(httpx.get(f"{agent.base_url}/v1/models")) == (401, "invalid_api_key")


def test_the_base_greets_whoever_asks_and_tells_nothing(live: LivePlatform) -> None:
    for suffix in ("", "/", "/v1", "/health"):
        got = httpx.get(f"{live.url}/a/agt_whatever{suffix}")
        assert (got.status_code, got.json()) == (200, {"status": "ok", "service": "patchbay"})
        assert f"`{got.text}`" in (ROOT / "docs" / "hosted-urls.md").read_text()


def test_calls_are_grouped_by_the_callers_id(tenant: LiveTenant, upstream: StartUpstream) -> None:
    agent = tenant.agent(upstream(Chat()).url + PATH)

    post(agent, tenant, headers={"x-call-id": "call-7"})
    post(agent, tenant, headers={"x-call-id": "call-7"})
    post(agent, tenant)
    post(agent, tenant)

    calls = [event["call_id"] for event in tenant.platform.events(tenant, 4)]
    assert calls[0] == calls[1]
    assert len(set(calls)) == 3
    url = f"{tenant.platform.url}/api/v1/calls"
    listed = httpx.get(url, headers=tenant.headers).json()["data"]
    assert sorted(call["external_id"] for call in listed) == ["", "", "call-7"]


def test_a_sane_request_id_is_kept_and_another_is_replaced(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    agent = tenant.agent(upstream(Chat()).url + PATH)

    kept = post(agent, tenant, headers={"x-request-id": "abc-123"})
    made = post(agent, tenant, headers={"x-request-id": "a b"})

    assert kept.headers["x-request-id"] == "abc-123"
    assert made.headers["x-request-id"].startswith("req_")


def test_timings_add_up(tenant: LiveTenant, upstream: StartUpstream) -> None:
    agent = tenant.agent(upstream(Chat(pause=0.3)).url + PATH)

    got = post(agent, tenant)

    event = event_of(tenant)
    timing = event["timing_ms"]
    assert 0 < timing["connect"] < timing["first_byte"]
    assert timing["first_byte"] + 300 < timing["first_content"] < timing["total"]
    assert timing["total"] > 1800
    assert 0 < timing["gateway"] < timing["total"] / 2, "it does not hold the waits"
    names = [part.partition(";")[0] for part in got.headers["server-timing"].split(", ")]
    assert names == ["connect", "upstream", "gateway"]
