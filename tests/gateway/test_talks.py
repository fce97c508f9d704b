"""Retell's side of a call, with a real `websockets` client on one side and real servers behind."""

import json
from collections.abc import Iterable
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from egress.frames import TEXT, encode
from tests.gateway.test_pairs import streamed
from tests.gateway.test_server import ready
from tests.live import LiveTenant, NewLive
from tests.servers.program import free_port, settled, wait_until
from tests.shapes.llm import SHAPES
from tests.shapes.llm.openai_chat import SHAPE as CHAT
from tests.shapes.llm.retell_llm import SAID, Caller, dial
from tests.shapes.llm.shape import Shape
from tests.upstreams.fixtures import StartUpstream
from tests.upstreams.script import Seen, Stall, Step, reply
from usage.calls import call_id
from wire.retell.frames import APOLOGY

NEAR = "retell-llm"
FAR: dict[str, Shape] = {
    name: shape for name, shape in SHAPES.items() if shape.parts and name != NEAR
}
every_far = pytest.mark.parametrize("far", FAR)


def patched(
    tenant: LiveTenant, upstream: StartUpstream, script: Any, far: str = "openai-chat"
) -> Any:
    endpoint = upstream(script)
    return endpoint, tenant.agent(endpoint.url + FAR[far].path, wire_format=far, model="house-7b")


@every_far
def test_turn_is_spoken_piece_by_piece_and_is_a_dispatch(
    tenant: LiveTenant, upstream: StartUpstream, far: str
) -> None:
    steps = streamed(FAR[far], "begin", "thought then text", "end")
    endpoint, agent = patched(tenant, upstream, steps, far)
    with dial(agent, tenant) as peer:
        caller = Caller(peer)
        assert [each["response_type"] for each in caller.opening] == ["config", "response"]
        assert caller.opening[1]["content_complete"] is True
        caller.tell("call_details", call={"call_id": "c1", "metadata": {"order": 7}})
        caller.tell("ping_pong", timestamp=17)
        assert caller.next() == {"response_type": "ping_pong", "timestamp": 17}
        caller.tell("update_only", transcript=SAID, turntaking="user_turn")
        for number in (1, 2):
            caller.ask(number)
            assert caller.heard(number)[0] == "Hello"
    events = tenant.platform.events(tenant, 2)
    call = call_id(tenant.id, agent.id, "c1")
    assert {each["call_id"] for each in events} == {call}
    assert len({each["dispatch_id"] for each in events}) == 2
    event = events[0]
    assert (event["outcome"], event["tokens_prompt"], event["tokens_completion"]) == ("ok", 9, 4)
    assert (event["format_in"], event["format_out"]) == ("retell-llm", far)
    assert event["timing_ms"]["first_content"] > 0
    assert event["bytes_in"] > 100
    assert event["bytes_out"] > 100
    assert FAR[far].asks(endpoint.requests[0]) == ("house-7b", True)
    body = endpoint.requests[0].json()
    assert '"order":7' in json.dumps(body, separators=(",", ":")).replace("\\", "")


@every_far
def test_tool_that_ends_the_call_is_an_action(
    tenant: LiveTenant, upstream: StartUpstream, far: str
) -> None:
    parts = [part.replace("weather", "end_call") for part in FAR[far].parts["tool"]]
    shape = {**FAR[far].parts, "tool": parts}
    events = [event for name in ("begin", "text", "tool", "end") for event in shape[name]]
    body = "".join(f"{event}\n\n" for event in events)
    stream = reply(200, body, ("content-type", "text/event-stream"))
    _, agent = patched(tenant, upstream, [stream], far)
    with dial(agent, tenant) as peer:
        caller = Caller(peer)
        caller.ask(1)
        words, last = caller.heard(1)
        assert (words, last["end_call"]) == ("Hello", True)


def test_newer_turn_cancels_the_one_before_it_at_its_endpoint(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    def script(seen: Seen) -> Iterable[Step]:
        if seen.json()["messages"][-1]["content"] == "Hi":
            return [*streamed(CHAT, "begin", "text", last=False), Stall()]
        return streamed(CHAT, "begin", "text", "end")

    endpoint, agent = patched(tenant, upstream, script)
    with dial(agent, tenant) as peer:
        caller = Caller(peer)
        caller.ask(1)
        assert caller.next()["content"] == "Hel"
        caller.tell("update_only", transcript=SAID)
        caller.ask(2, transcript=[*SAID, {"role": "user", "content": "Wait!"}])
        assert endpoint.connections[0].gone.wait(10)
        assert caller.heard(2)[0] == "Hello"
    events = tenant.platform.events(tenant, 2)
    assert [each["outcome"] for each in events] == ["client_gone", "ok"]
    assert [each["details"] for each in events] == [{"superseded": True}, None]


def test_turns_that_come_at_once_are_answered_by_the_last(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    endpoint, agent = patched(tenant, upstream, streamed(CHAT, "begin", "text", "end"))
    with dial(agent, tenant) as peer:
        caller = Caller(peer)
        for number in range(1, 30):
            caller.ask(number)
        assert caller.heard(29)[0] == "Hello"
    assert all(each.gone.wait(10) for each in endpoint.connections[:-1])


def test_reminder_is_told_and_its_failure_is_not_spoken_of(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    endpoint, agent = patched(tenant, upstream, [reply(500, {"error": {"message": "boom"}})])
    with dial(agent, tenant) as peer:
        caller = Caller(peer)
        caller.ask(1, "reminder_required")
        assert caller.heard(1)[0] == ""
        caller.ask(2)
        assert caller.heard(2)[0] == APOLOGY
    assert "not said anything" in endpoint.requests[0].json()["messages"][-1]["content"]
    for event in tenant.platform.events(tenant, 2):
        assert (event["outcome"], event["status"]) == ("upstream_error", 500)
        assert event["bytes_out"] > 0


FAILING: dict[str, tuple[tuple[str, ...], str, str]] = {
    "cut off": (("begin", "text"), "Hello", "upstream_truncated"),
    "cut off before a word": (("begin",), APOLOGY, "upstream_truncated"),
    "error inside": (("begin", "text", "error"), "Hello", "upstream_error"),
    "error before": ((), APOLOGY, "upstream_error"),
}


@every_far
@pytest.mark.parametrize("name", FAILING)
def test_turn_is_completed_whatever_happens(
    tenant: LiveTenant, upstream: StartUpstream, far: str, name: str
) -> None:
    names, spoken, outcome = FAILING[name]
    refusal = [reply(429, dict(FAR[far].error))]
    steps = streamed(FAR[far], *names) if names else refusal
    _, agent = patched(tenant, upstream, steps, far)
    with dial(agent, tenant) as peer:
        caller = Caller(peer)
        caller.ask(1)
        assert caller.heard(1)[0] == spoken
        caller.ask(2, transcript="odd")
        assert caller.heard(2)[0] == APOLOGY
    outcomes = [each["outcome"] for each in tenant.platform.events(tenant, 2)]
    assert outcomes == [outcome, "refused"]


@every_far
def test_turn_that_its_endpoint_broke_off_stays_so_when_the_next_one_comes_at_once(
    tenant: LiveTenant, upstream: StartUpstream, far: str
) -> None:
    steps = [*streamed(FAR[far], "begin", "text", "error", last=False), Stall()]
    _, agent = patched(tenant, upstream, steps, far)
    with dial(agent, tenant) as peer:
        caller = Caller(peer)
        for number in (1, 2):
            caller.ask(number)
            assert caller.heard(number)[0] == "Hello"
    outcomes = [each["outcome"] for each in tenant.platform.events(tenant, 2)]
    assert outcomes == ["upstream_error", "upstream_error"]


def test_turn_is_completed_though_its_endpoint_is_away_or_is_too_slow(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    away = tenant.agent(f"https://127.0.0.1:{free_port()}{CHAT.path}")
    slow = tenant.agent(upstream([Stall()]).url + CHAT.path, timeouts={"first_byte": 0.5})
    for agent in (away, slow):
        with dial(agent, tenant) as peer:
            caller = Caller(peer)
            caller.ask(1)
            assert caller.heard(1)[0] == APOLOGY
    outcomes = [each["outcome"] for each in tenant.platform.events(tenant, 2)]
    assert outcomes == ["connect_failed", "upstream_timeout"]


@every_far
def test_whole_reply_is_spoken_too(tenant: LiveTenant, upstream: StartUpstream, far: str) -> None:
    _, agent = patched(tenant, upstream, [reply(200, dict(FAR[far].whole))], far)
    with dial(agent, tenant) as peer:
        caller = Caller(peer)
        caller.ask(1)
        assert caller.heard(1)[0] == "Hello"
    assert tenant.platform.events(tenant, 1)[0]["outcome"] == "ok"


def test_endpoint_that_keeps_what_was_said_is_told_the_call_and_the_last_words(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    endpoint = upstream([reply(200, {"response": "Hello", "sid": "theirs"})])
    agent = tenant.agent(endpoint.url, wire_format="vexyl-chat", settings={"session_field": "sid"})
    with dial(agent, tenant) as peer:
        caller = Caller(peer)
        for number in (1, 2):
            caller.ask(number)
            assert caller.heard(number)[0] == "Hello"
    told = [request.json() for request in endpoint.requests]
    assert told[0] == {"message": "Hi", "sessionId": "c1", "context": {}}
    assert told[1]["sessionId"] == "theirs"


@every_far
def test_caller_that_leaves_lets_the_endpoint_go(
    tenant: LiveTenant, upstream: StartUpstream, far: str
) -> None:
    steps = [*streamed(FAR[far], "begin", "text", last=False), Stall()]
    endpoint, agent = patched(tenant, upstream, steps, far)
    with dial(agent, tenant) as peer:
        caller = Caller(peer)
        caller.ask(1)
        caller.next()
        peer.socket.close()
    assert endpoint.connections[0].gone.wait(10)
    (event,) = tenant.platform.events(tenant, 1)
    assert (event["outcome"], event["details"]) == ("client_gone", None)


def test_socket_on_which_nothing_is_asked_leaves_no_event(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    endpoint, agent = patched(tenant, upstream, streamed(CHAT, "begin", "text", "end"))
    with dial(agent, tenant) as peer:
        caller = Caller(peer)
        for odd in ("nonsense", "[]", '{"interaction_type":"new"}', b"\0\1"):
            peer.send(odd)
        caller.tell("ping_pong", timestamp=1)
        assert caller.next()["timestamp"] == 1
        peer.close(1000)
        assert peer.close_code == 1000
    assert tenant.platform.events(tenant, 0) == []
    assert endpoint.requests == []


def test_message_in_pieces_is_one_and_one_that_is_too_large_ends_the_session(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    _, agent = patched(tenant, upstream, streamed(CHAT, "begin", "text", "end"))
    with dial(agent, tenant) as peer:
        caller = Caller(peer)
        long = [*SAID, {"role": "user", "content": "é" * 100_000}]
        text = json.dumps({"interaction_type": "response_required", "response_id": 1,
                           "transcript": long})  # fmt: skip
        peer.send(text[at : at + 30_000] for at in range(0, len(text), 30_000))
        assert caller.heard(1)[0] == "Hello"
        peer.send("x" * (1024 * 1024 + 1))
        with pytest.raises(ConnectionClosed):
            caller.next()
        assert peer.close_code == 1009


def test_what_comes_behind_a_message_that_is_too_large_is_not_answered(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    endpoint, agent = patched(tenant, upstream, streamed(CHAT, "begin", "text", "end"))
    turn = {"interaction_type": "response_required", "response_id": 1, "transcript": SAID}
    with dial(agent, tenant) as peer:
        Caller(peer)
        late = [b"x" * (1024 * 1024 + 1), json.dumps(turn).encode()]
        peer.socket.sendall(b"".join(encode(TEXT, each, masked=True) for each in late))
        with pytest.raises(ConnectionClosed):
            peer.recv(20)
        assert peer.close_code == 1009
    assert tenant.platform.events(tenant, 0) == []
    assert endpoint.requests == []


def test_key_in_the_path_is_all_that_retell_needs(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    _, agent = patched(tenant, upstream, streamed(CHAT, "begin", "text", "end"))
    key, _ = tenant.new_key("llm", agent=agent.id)
    with dial(agent, None, f"/t/{key}/llm-websocket/call%2F1/") as peer:
        caller = Caller(peer)
        caller.ask(1)
        assert caller.heard(1)[0] == "Hello"
    (event,) = tenant.platform.events(tenant, 1)
    assert event["call_id"] == call_id(tenant.id, agent.id, "call/1")


@pytest.mark.parametrize(
    ("path", "keyed", "status", "code"),
    [
        ("/llm-websocket/c1", False, 401, "invalid_api_key"),
        ("/llm-websocket", True, 404, "url_not_found"),
        ("/llm-websocket/a/b", True, 404, "url_not_found"),
        ("/llm-websocket/c1", True, 409, "custom_llm_not_configured"),
    ],
)
def test_what_is_refused_is_an_answer_to_the_upgrade(
    tenant: LiveTenant, path: str, keyed: bool, status: int, code: str
) -> None:
    with pytest.raises(InvalidStatus) as caught:
        dial(tenant.agent(), tenant if keyed else None, path)
    response = caught.value.response
    assert response.status_code == status
    assert json.loads(response.body or b"{}")["error"]["code"] == code


def test_revoked_key_completes_the_turn_and_ends_the_session(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    endpoint, agent = patched(
        tenant, upstream, [*streamed(CHAT, "begin", "text", last=False), Stall()]
    )
    with dial(agent, tenant) as peer:
        caller = Caller(peer)
        caller.ask(1)
        caller.next()
        tenant.revoke()
        assert caller.heard(1)[1]["content_complete"] is True
        with pytest.raises(ConnectionClosed):
            caller.next()
        assert peer.close_code == 4401
    assert endpoint.connections[0].gone.wait(10)
    assert tenant.platform.events(tenant, 1)[0]["outcome"] == "refused"


def test_draining_lets_a_call_go_on_and_ends_it_when_its_time_is_up(
    new_live: NewLive, upstream: StartUpstream
) -> None:
    import signal

    platform = new_live().start("--drain-seconds", "5")
    tenant = platform.tenant()
    _, agent = patched(tenant, upstream, streamed(CHAT, "begin", "text", "end"))
    with dial(agent, tenant) as peer:
        caller = Caller(peer)
        platform.signal(signal.SIGTERM)
        wait_until(lambda: ready(platform) == 503, 20, "the drain")
        caller.ask(1)
        assert caller.heard(1)[0] == "Hello"
        with pytest.raises(ConnectionClosed):
            caller.next()
        assert peer.close_code == 1012
    assert platform.wait() == 0


def test_caller_that_does_not_read_stops_the_endpoint(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    word = "x" * 8192
    event = "data: " + json.dumps({"choices": [{"index": 0, "delta": {"content": word}}]})
    endpoint, agent = patched(tenant, upstream, streamed(
        Shape("", {}, {"much": [event] * 4000}, {}, {}, {}), "much", last=False))  # fmt: skip
    with dial(agent, tenant) as peer:
        caller = Caller(peer)
        peer.recv_bufsize = 1
        caller.ask(1)
        wait_until(lambda: endpoint.connections and endpoint.connections[0].sent, 20, "the flood")
        assert settled(lambda: endpoint.connections[0].sent) < 20 * 1024 * 1024
    assert endpoint.connections[0].gone.wait(10)
