"""Retell's side of a call, with a server made for Retell behind: all passes as it is."""

import contextlib
import json
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection

from tests.live import LiveAgent, LiveTenant
from tests.shapes.llm.retell_llm import SAID, dial
from tests.upstreams.fixtures import StartSockets, StartUpstream
from tests.upstreams.script import Reset, Upgrade, reply
from tests.upstreams.sockets import Session, SocketUpstream
from usage.calls import call_id

CONFIG = '{"response_type": "config", "config": {"call_details": true}}'
GREETING = '{"response_type":"response","response_id":0,"content":"Hello.","content_complete":true}'
ASKED = json.dumps({"interaction_type": "response_required", "response_id": 1, "transcript": SAID})
PIECE = '{"response_id": 1, "content": "Bye. \\ud83d\\ude00", "content_complete": false}'
END = '{"response_id": 1, "content": "", "content_complete": true, "end_call": true, "x": 1}'
UPDATE = json.dumps({"interaction_type": "update_only", "transcript": SAID})


async def server(session: Session) -> None:
    """Greets, answers each turn, and closes behind a word for that."""
    for text in (CONFIG, GREETING):
        await session.peer.send(text)
    while True:
        message = str(await session.take())
        if "response_required" in message:
            await session.peer.send(PIECE)
            await session.peer.send(END)
        elif message == "close":
            await session.peer.close(4000, "enough")
        elif message == "codeless":
            async with session.peer.send_context():
                session.peer.protocol.send_close()


def patched(tenant: LiveTenant, sockets: StartSockets) -> tuple[SocketUpstream, LiveAgent]:
    endpoint = sockets(server)
    url = f"{endpoint.url}?line=2"
    return endpoint, tenant.agent(url, wire_format="retell-llm", token="s3cret")


def ended(peer: ClientConnection) -> int | None:
    """The code with which the call is closed, whatever was said before."""
    with contextlib.suppress(ConnectionClosed):
        for _ in range(10):
            peer.recv(20)
    return peer.protocol.close_code


def event_of(tenant: LiveTenant) -> dict[str, Any]:
    (event,) = tenant.platform.events(tenant, 1)
    return event


def test_messages_pass_as_they_are_and_the_call_is_one_event(
    tenant: LiveTenant, sockets: StartSockets
) -> None:
    endpoint, agent = patched(tenant, sockets)
    with dial(agent, tenant, "/llm-websocket/call%2F1") as peer:
        assert [peer.recv(20), peer.recv(20)] == [CONFIG, GREETING]
        for _ in range(2):
            peer.send(UPDATE)
            peer.send(ASKED)
            assert [peer.recv(20), peer.recv(20)] == [PIECE, END]
        peer.close(1000)
    session = endpoint.sessions[0]
    assert session.got == [UPDATE, ASKED] * 2
    assert session.headers["authorization"] == "Bearer s3cret"
    assert session.peer.request is not None
    assert session.peer.request.path == "/listen/call%2F1?line=2"
    assert session.gone.wait(10)
    assert session.code == 1000
    event = event_of(tenant)
    assert (event["outcome"], event["status"], event["provider"]) == ("ok", 101, "custom-llm")
    assert (event["format_in"], event["format_out"]) == ("retell-llm", "retell-llm")
    assert event["call_id"] == call_id(tenant.id, agent.id, "call/1")
    assert event["bytes_in"] == 2 * len(UPDATE + ASKED)
    assert event["bytes_out"] == len(CONFIG + GREETING) + 2 * len(PIECE + END)
    prompt = 2 * sum(16 + len(turn["content"]) for turn in SAID)
    said = len("Hello.") + 2 * len("Bye. \N{GRINNING FACE}".encode())
    assert (event["tokens_prompt"], event["tokens_completion"], event["tokens_source"]) == (
        -(-prompt // 4), -(-said // 4), "estimated",
    )  # fmt: skip
    assert event["timing_ms"]["first_content"] > 0
    details = event["details"]
    assert (details["turns"], details["messages_in"], details["messages_out"]) == (2, 4, 6)
    assert 0 <= details["frame_delay_ms"]["p50"] < 1000


@pytest.mark.parametrize(("word", "code"), [("close", 4000), ("codeless", 1005)])
def test_endpoints_close_is_the_callers(
    tenant: LiveTenant, sockets: StartSockets, word: str, code: int
) -> None:
    """Retell hangs up when it is told 1000, so that is never made of nothing."""
    _, agent = patched(tenant, sockets)
    with dial(agent, tenant) as peer:
        peer.send(word)
        assert ended(peer) == code
    assert event_of(tenant)["outcome"] == ("upstream_error" if word == "close" else "ok")


def test_endpoint_that_is_lost_ends_the_call_with_another_code_than_1000(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    url = upstream([Upgrade(), Reset()]).url.replace("https", "wss")
    agent = tenant.agent(url, wire_format="retell-llm")
    with dial(agent, tenant) as peer:
        assert ended(peer) == 1011
    event = event_of(tenant)
    assert (event["outcome"], event["tokens_source"]) == ("upstream_truncated", "none")


def test_refusal_of_the_endpoint_is_the_answer_to_the_upgrade(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    url = upstream([reply(403, {"error": "no"})]).url.replace("https", "wss")
    agent = tenant.agent(url, wire_format="retell-llm")
    with pytest.raises(InvalidStatus) as caught:
        dial(agent, tenant)
    assert caught.value.response.status_code == 403
    event = event_of(tenant)
    assert (event["outcome"], event["status"]) == ("upstream_error", 403)


def test_call_that_leads_elsewhere_is_refused(tenant: LiveTenant, sockets: StartSockets) -> None:
    endpoint, agent = patched(tenant, sockets)
    with pytest.raises(InvalidStatus) as caught:
        dial(agent, tenant, "/llm-websocket/%2E%2E")
    assert caught.value.response.status_code == 422
    assert endpoint.sessions == []


def test_address_policy_holds_for_calls_too(tenant: LiveTenant) -> None:
    agent = tenant.raw_agent("wss://10.1.2.3/llm-websocket", wire_format="retell-llm")
    with pytest.raises(InvalidStatus) as caught:
        dial(agent, tenant)
    assert caught.value.response.status_code == 502
    assert event_of(tenant)["outcome"] == "refused"


def test_caller_that_is_lost_lets_the_endpoint_go(
    tenant: LiveTenant, sockets: StartSockets
) -> None:
    endpoint, agent = patched(tenant, sockets)
    with dial(agent, tenant) as peer:
        peer.recv(20)
        peer.socket.close()
    assert endpoint.sessions[0].gone.wait(10)
    assert event_of(tenant)["outcome"] == "client_gone"


def test_revoked_key_ends_the_call(tenant: LiveTenant, sockets: StartSockets) -> None:
    endpoint, agent = patched(tenant, sockets)
    with dial(agent, tenant) as peer:
        peer.recv(20)
        tenant.revoke()
        assert ended(peer) == 4401
    assert endpoint.sessions[0].gone.wait(10)
    assert event_of(tenant)["outcome"] == "refused"
