"""A server made for Retell behind callers of other formats, over real sockets."""

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

import httpx2 as httpx
import pytest

from tests.gateway.calls import HELLO, PATH, code, event_of, post
from tests.live import LiveAgent, LiveTenant
from tests.servers.program import free_port, settled, wait_until
from tests.upstreams.fixtures import StartSockets, StartUpstream
from tests.upstreams.script import Reset, Send, Stall, Upgrade
from tests.upstreams.sockets import Session, SocketUpstream, Talk
from usage.calls import call_id
from wire.retell.dialogue import BEAT_SECONDS

CONFIG = {"auto_reconnect": True, "call_details": True, "transcript_with_tool_calls": True}


def piece(content: str, **members: Any) -> str:
    said = {"response_id": 1, "content": content, "content_complete": False}
    return json.dumps({"response_type": "response", **said, **members})


END = piece("", content_complete=True)


def answering(*messages: str, config: Any = None, then: Talk | None = None) -> Talk:
    """A server that tells its config, greets, and answers when it is asked; then it listens."""

    async def talk(session: Session) -> None:
        if config is not None:
            await session.peer.send(json.dumps({"response_type": "config", "config": config}))
        await session.peer.send(piece("Good morning.", response_id=0, content_complete=True))
        while "response_required" not in str(await session.take()):
            pass
        for message in messages:
            await session.peer.send(message)
        if then is not None:
            await then(session)
        while True:
            await session.take()

    return talk


Patch = Callable[..., tuple[SocketUpstream, LiveAgent]]


@pytest.fixture
def patched(tenant: LiveTenant, sockets: StartSockets) -> Patch:
    """An agent whose endpoint is such a server."""

    def patch(talk: Talk, **endpoint: Any) -> tuple[SocketUpstream, LiveAgent]:
        server = sockets(talk)
        return server, tenant.agent(server.url, wire_format="retell-llm", **endpoint)

    return patch


def told(server: SocketUpstream) -> list[Any]:
    return [json.loads(each) for each in server.sessions[-1].got]


def test_request_is_a_turn_of_the_callers_call(tenant: LiveTenant, patched: Patch) -> None:
    talk = answering(piece("Hel"), piece("lo"), END, config=CONFIG)
    server, agent = patched(talk, token="s3cret")
    got = post(agent, tenant, headers={"x-call-id": "call 7/8"}, stream=False)
    assert got.json()["choices"][0]["message"]["content"] == "Hello"
    session = server.sessions[0]
    assert session.peer.request is not None
    assert session.peer.request.path == "/listen/call%207%2F8"
    assert session.headers["authorization"] == "Bearer s3cret"
    assert session.gone.wait(10)
    assert session.code == 1000
    assert told(server) == [
        {"interaction_type": "call_details",
         "call": {"call_id": "call 7/8", "call_type": "web_call"}},
        {"interaction_type": "response_required", "response_id": 1,
         "transcript": [{"role": "user", "content": "Hi"}]},
    ]  # fmt: skip
    event = event_of(tenant)
    assert (event["outcome"], event["status"]) == ("ok", 101)
    assert (event["tokens_completion"], event["tokens_source"]) == (2, "estimated")
    assert event["call_id"] == call_id(tenant.id, agent.id, "call 7/8")


def test_call_that_is_not_named_has_an_id_for_each_request(
    tenant: LiveTenant, patched: Patch
) -> None:
    server, agent = patched(answering(END))
    for _ in range(2):
        assert post(agent, tenant).status_code == 200
    paths = {session.peer.request.path for session in server.sessions if session.peer.request}
    assert len(paths) == 2
    assert all(len(path) > len("/listen/") + 20 for path in paths)


def test_server_that_waits_to_be_asked_is_asked_soon(tenant: LiveTenant, patched: Patch) -> None:
    async def shy(session: Session) -> None:
        await session.take()
        await session.peer.send(piece("Hello", content_complete=True))
        await session.take()

    _, agent = patched(shy)
    assert "Hello" in post(agent, tenant).text
    assert 250 < event_of(tenant)["timing_ms"]["first_content"] < 12_000


def test_what_was_said_before_is_told_of_callers_that_say_only_the_last_words(
    tenant: LiveTenant, patched: Patch
) -> None:
    server, agent = patched(answering(piece("For which day?", content_complete=True)))
    for text in ("A table.", "Monday."):
        body = {"message": text, "sessionId": "s1"}
        got = httpx.post(f"{agent.base_url}/chat", headers=tenant.headers, json=body)
        assert got.json()["response"] == "For which day?"
    assert told(server)[-1]["transcript"] == [
        {"role": "user", "content": "A table."}, {"role": "agent", "content": "For which day?"},
        {"role": "user", "content": "Monday."},
    ]  # fmt: skip
    paths = [session.peer.request.path for session in server.sessions if session.peer.request]
    assert paths == ["/listen/s1"] * 2


def test_actions_are_tools_and_flags(tenant: LiveTenant, patched: Patch) -> None:
    bye = piece("Bye.", content_complete=True, end_call=True)
    _, agent = patched(answering(bye), settings={"end_call_tool": "endCall"})
    (choice,) = post(agent, tenant, stream=False).json()["choices"]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["tool_calls"][0]["function"]["name"] == "endCall"
    body = {"message": "Bye", "sessionId": "s1"}
    got = httpx.post(f"{agent.base_url}/chat", headers=tenant.headers, json=body).json()
    assert (got["response"], got["shouldHangup"]) == ("Bye.", True)


def test_tools_are_told_to_servers_that_ask_for_them(tenant: LiveTenant, patched: Patch) -> None:
    called = {"id": "t1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
    messages = [
        {"role": "user", "content": "Sunny?"},
        {"role": "assistant", "content": None, "tool_calls": [called]},
        {"role": "tool", "tool_call_id": "t1", "content": "sun"},
    ]
    server, agent = patched(answering(END, config=CONFIG))
    assert post(agent, tenant, body={**HELLO, "messages": messages}).status_code == 200
    roles = [turn["role"] for turn in told(server)[-1]["transcript_with_tool_calls"]]
    assert roles == ["user", "tool_call_invocation", "tool_call_result"]


def test_server_that_wants_pings_gets_them_while_it_thinks(
    tenant: LiveTenant, patched: Patch
) -> None:
    async def think(session: Session) -> None:
        for _ in range(2):
            assert "ping_pong" in str(await session.take())
        await session.peer.send(piece("Hello", content_complete=True))

    server, agent = patched(answering(config=CONFIG, then=think))
    began = time.monotonic()
    assert "Hello" in post(agent, tenant).text
    assert time.monotonic() - began > BEAT_SECONDS
    assert abs(told(server)[-1]["timestamp"] / 1000 - time.time()) < 60


async def leave(session: Session) -> None:
    await session.peer.close(1000)


async def drop(session: Session) -> None:
    session.peer.transport.abort()


@pytest.mark.parametrize("then", [leave, drop])
@pytest.mark.parametrize("begun", [True, False])
def test_server_that_leaves_before_its_turn_is_complete_has_cut_it_off(
    tenant: LiveTenant, patched: Patch, then: Talk, begun: bool
) -> None:
    _, agent = patched(answering(*([piece("Hel")] if begun else []), then=then))
    got = post(agent, tenant)
    assert got.status_code == (200 if begun else 502)
    assert "upstream_truncated" in got.text
    assert event_of(tenant)["outcome"] == "upstream_truncated"


@pytest.mark.parametrize(
    ("begun", "clock", "status"),
    [(False, "first_byte", 504), (True, "idle", 200), (True, "total", 200)],
)
def test_every_wait_has_its_clock(
    tenant: LiveTenant, patched: Patch, begun: bool, clock: str, status: int
) -> None:
    server, agent = patched(
        answering(*([piece("Hel")] if begun else [])),
        timeouts={clock: 3 if clock == "total" else 0.5},
    )
    got = post(agent, tenant)
    assert (got.status_code, "upstream_timeout" in got.text) == (status, True)
    event = event_of(tenant)
    assert (event["outcome"], event["error"]["clock"]) == ("upstream_timeout", clock)
    assert server.sessions[0].gone.wait(10)
    assert server.sessions[0].code == 1001


def test_pings_of_a_server_do_not_hold_up_its_clock(tenant: LiveTenant, patched: Patch) -> None:
    async def ping(session: Session) -> None:
        while True:
            await session.peer.send('{"response_type":"ping_pong","timestamp":1}')
            await asyncio.sleep(0.1)

    _, agent = patched(answering(then=ping), timeouts={"first_byte": 0.6})
    assert code(post(agent, tenant)) == (504, "upstream_timeout")


@pytest.mark.parametrize("message", ["Traceback", b"\0\1", piece("x" * 300_000)])
def test_message_that_cannot_be_read_is_a_failure_of_the_endpoint(
    tenant: LiveTenant, patched: Patch, message: Any
) -> None:
    server, agent = patched(answering(piece("Hel"), message, END))
    got = post(agent, tenant)
    assert "Hel" in got.text
    assert "upstream_bad_response" in got.text
    assert "[DONE]" not in got.text
    assert event_of(tenant)["outcome"] == "upstream_error"
    assert server.sessions[0].gone.wait(10)


def test_message_that_is_far_too_long_is_not_held(tenant: LiveTenant, patched: Patch) -> None:
    server, agent = patched(answering(piece("x" * 1_100_000), END))
    assert code(post(agent, tenant)) == (502, "upstream_bad_response")
    assert server.sessions[0].gone.wait(10)


def test_endpoint_that_breaks_the_protocol_or_resets_is_told_before_the_first_word(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    for steps, found in (
        ([Upgrade(), Send(b"\xff\xff\xff\xff"), Stall()], (502, "upstream_bad_response")),
        ([Upgrade(), Reset()], (502, "upstream_truncated")),
    ):
        url = upstream(steps).url.replace("https", "wss")
        agent = tenant.agent(url, wire_format="retell-llm")
        assert code(post(agent, tenant)) == found


def test_endpoint_that_is_away_is_told_and_another_is_asked(
    tenant: LiveTenant, sockets: StartSockets
) -> None:
    away = f"wss://localhost:{free_port()}/x"
    alone = tenant.agent(away, wire_format="retell-llm")
    assert code(post(alone, tenant)) == (502, "upstream_connect_failed")
    server = sockets(answering(piece("Hello", content_complete=True)))
    both = tenant.agent(away, server.url, wire_format="retell-llm")
    assert "Hello" in post(both, tenant).text
    events = tenant.platform.events(tenant, 2)
    assert [(each["outcome"], each["attempts"]) for each in events] == [
        ("connect_failed", 1), ("ok", 2),
    ]  # fmt: skip


def test_address_policy_holds_for_sockets_too(tenant: LiveTenant) -> None:
    for url in ("wss://10.1.2.3/x", "wss://[::ffff:169.254.169.254]/x", "ws://127.0.0.1:9/x"):
        agent = tenant.raw_agent(url, wire_format="retell-llm")
        assert code(post(agent, tenant)) == (502, "upstream_refused")
    assert {each["outcome"] for each in tenant.platform.events(tenant, 3)} == {"refused"}


def test_caller_that_leaves_closes_the_socket_and_is_recorded_once(
    tenant: LiveTenant, patched: Patch
) -> None:
    server, agent = patched(answering(piece("Hel")))
    body = {**HELLO, "stream": True}
    with httpx.stream("POST", agent.base_url + PATH, headers=tenant.headers, json=body) as got:
        assert b"Hel" in next(part for part in got.iter_bytes() if b"Hel" in part)
    assert server.sessions[0].gone.wait(10)
    assert server.sessions[0].code == 1001
    time.sleep(0.3)
    (event,) = tenant.platform.events(tenant, 1)
    assert (event["outcome"], event["tokens_completion"]) == ("client_gone", 1)


def test_caller_that_does_not_read_stops_the_endpoint(tenant: LiveTenant, patched: Patch) -> None:
    sent = [0]
    text = piece("x" * 8192)

    async def flood(session: Session) -> None:
        while True:
            await session.peer.send(text)
            sent[0] += len(text)
            await asyncio.sleep(0)  # `send` does not tell of a connection that is gone

    server, agent = patched(answering(then=flood))
    body = {**HELLO, "stream": True}
    with httpx.stream("POST", agent.base_url + PATH, headers=tenant.headers, json=body) as got:
        pieces = got.iter_raw(1)  # held: the connection is closed with it
        next(pieces)
        assert 0 < settled(lambda: sent[0]) < 16 * 1024 * 1024
    wait_until(server.sessions[0].gone.is_set, 20, "the end of the flood")
