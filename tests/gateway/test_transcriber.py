"""The transcriber road, with a real `websockets` client on one side and a real server behind."""

import base64
import json
import os
import re
import socket
import time
from typing import Any
from urllib.parse import urlsplit

import httpx2 as httpx
import pytest
from websockets.exceptions import ConnectionClosedOK, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.live import LiveAgent, LiveTenant
from tests.upstreams import Close, Stall, redirect, reply
from tests.upstreams.fixtures import StartSockets, StartUpstream
from tests.upstreams.sockets import Session, echo


def dial(agent: LiveAgent, tenant: LiveTenant | None, **options: Any) -> ClientConnection:
    headers = {**(tenant.headers if tenant else {}), **options.pop("headers", {})}
    url = agent.stt_url + options.pop("query", "")
    options = {"compression": None, "max_size": None, "proxy": None, **options}
    return connect(url, additional_headers=headers, **options)


def refusal(
    agent: LiveAgent, tenant: LiveTenant | None, **options: Any
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of an upgrade that is refused."""
    with pytest.raises(InvalidStatus) as caught:
        dial(agent, tenant, **options)
    response = caught.value.response
    return response.status_code, dict(response.headers.raw_items()), response.body or b""


def refused_with(
    agent: LiveAgent, tenant: LiveTenant | None, path: str = "/stt", **headers: str
) -> tuple[int, str]:
    url = agent.base_url.replace("http", "ws", 1) + path
    given = {**(tenant.headers if tenant else {}), **headers}
    with pytest.raises(InvalidStatus) as caught:
        connect(url, additional_headers=given, proxy=None)
    response = caught.value.response
    error = json.loads(response.body or b"{}")
    return response.status_code, error.get("code") or error["error"]["code"]


def event_of(tenant: LiveTenant) -> dict[str, Any]:
    return tenant.platform.events(tenant, 1)[0]


def test_messages_pass_both_ways_as_they_are_and_leave_one_event(
    tenant: LiveTenant, sockets: StartSockets
) -> None:
    server = sockets(echo)
    agent = tenant.transcriber(server.url, token="s3cret-token")
    audio = os.urandom(3200)
    said: list[str | bytes] = [
        audio,
        '{"type":"finalize"}',
        b"",
        "ä\u20ac😀",
        '{ "type" : "x" }',
        b"\0",
    ]
    with dial(agent, tenant) as peer:
        for message in said:
            peer.send(message)
        assert [peer.recv(20) for _ in said] == said
    session = server.sessions[0]
    assert session.got == said
    assert session.headers["authorization"] == "Bearer s3cret-token"
    assert session.gone.wait(10)
    assert session.code == 1000
    event = event_of(tenant)
    assert (event["outcome"], event["status"], event["provider"]) == (
        "ok",
        101,
        "custom-transcriber",
    )
    size = sum(len(each if isinstance(each, bytes) else each.encode()) for each in said)
    assert (event["bytes_in"], event["bytes_out"]) == (size, size)
    assert event["audio_ms"] == pytest.approx(3201 / 32)


def test_an_endpoint_that_refuses_is_an_answer_to_the_upgrade(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    server = upstream([reply(429, {"why": "busy"}, ("retry-after", "7"))])
    agent = tenant.transcriber(server.url.replace("https", "wss"))
    status, headers, body = refusal(agent, tenant)
    assert (status, json.loads(body)) == (429, {"why": "busy"})
    assert headers["x-patchbay-error-source"] == "upstream"
    assert headers["retry-after"] == "7"
    event = event_of(tenant)
    assert (event["outcome"], event["status"], event["bytes_out"]) == ("upstream_error", 429, 15)
    assert event["bytes_in"] == 0


@pytest.mark.parametrize(
    ("script", "status", "code", "outcome"),
    [
        ([reply(200, "hello")], 502, "upstream_bad_response", "upstream_error"),
        ([redirect(307, "https://x.example/")], 502, "upstream_bad_response", "upstream_error"),
        ([Close()], 502, "upstream_truncated", "upstream_truncated"),
        ([Stall()], 504, "upstream_timeout", "upstream_timeout"),
    ],
)
def test_an_endpoint_that_fails_before_the_upgrade_is_a_status(
    tenant: LiveTenant, upstream: StartUpstream, script: Any, status: int, code: str, outcome: str
) -> None:
    server = upstream(script)
    url = server.url.replace("https", "wss")
    agent = tenant.transcriber(url, timeouts={"first_byte": 0.5 if status == 504 else 30})
    got, headers, body = refusal(agent, tenant)
    error = json.loads(body)
    assert (got, error["type"], error["code"]) == (status, "error", code)
    assert error["message"]
    assert headers["x-patchbay-error-source"] == "gateway"
    event = event_of(tenant)
    assert (event["outcome"], event["error"]["code"]) == (outcome, code)


def test_who_may_not_call_gets_a_status_and_leaves_no_event(
    tenant: LiveTenant, sockets: StartSockets
) -> None:
    server = sockets(echo)
    agent, empty = tenant.transcriber(server.url), tenant.agent()
    other, (narrow, _) = tenant.platform.tenant(), tenant.new_key("llm")
    assert refused_with(agent, None) == (401, "invalid_api_key")
    assert refused_with(agent, other) == (404, "agent_not_found")
    assert refused_with(empty, tenant) == (409, "custom_transcriber_not_configured")
    assert refused_with(agent, None, authorization=f"Bearer {narrow}") == (403, "scope_missing")
    assert refused_with(agent, tenant, **{"x-patchbay-hops": "2"}) == (502, "upstream_refused")
    assert refused_with(agent, tenant, path="/v1/chat/completions")[0] == 405
    assert refused_with(agent, tenant, path="/nothing") == (404, "url_not_found")
    assert server.sessions == []
    assert tenant.platform.events(tenant, 0) == []


def answer_to(base: str, path: str, *lines: str) -> str:
    """All that a caller of a hosted base gets for an upgrade, the id of its request aside."""
    url = urlsplit(base)
    head = [f"GET {url.path}{path} HTTP/1.1", f"host: {url.netloc}", "x-request-id: r1", *lines]
    head += ["connection: Upgrade", "upgrade: websocket", "sec-websocket-version: 13"]
    head += [f"sec-websocket-key: {base64.b64encode(bytes(16)).decode()}", "", ""]
    with socket.create_connection((url.hostname or "", url.port or 0), timeout=5) as peer:
        peer.sendall("\r\n".join(head).encode())
        raw = b""
        while data := peer.recv(4096):
            raw += data
    return re.sub(r"(?m)^date: .*$", "date: -", raw.decode()).replace(url.path, "<base>")


def test_anothers_agent_answers_exactly_like_one_that_does_not_exist(
    tenant: LiveTenant, sockets: StartSockets
) -> None:
    server = sockets(echo)
    others = tenant.platform.tenant()
    theirs = [others.transcriber(server.url).base_url, others.agent().base_url]
    nobodys = theirs[0][:-4] + "zzzz"
    narrow, _ = tenant.new_key("transcriber")
    bound, _ = tenant.new_key("transcriber", agent=tenant.agent().id)
    mistaken, _ = tenant.new_key("llm")
    for key in (tenant.key, narrow, bound, mistaken, "none"):
        for path, *lines in (
            ("/stt", f"authorization: Bearer {key}"),
            (f"/t/{key}/stt",),
            (f"/stt?token={key}",),
        ):
            expected = answer_to(nobodys, path, *lines)
            assert expected.startswith(("HTTP/1.1 401 ", "HTTP/1.1 403 ", "HTTP/1.1 404 "))
            assert [answer_to(base, path, *lines) for base in theirs] == [expected] * 2
    own = answer_to(nobodys, "/stt", f"authorization: Bearer {tenant.key}")
    assert '"code":"agent_not_found"' in own
    assert server.sessions == []
    assert others.platform.events(others, 0) == []


def test_the_url_alone_answers_that_it_wants_an_upgrade(tenant: LiveTenant) -> None:
    agent = tenant.agent()
    got = httpx.get(f"{agent.base_url}/stt", headers=tenant.headers)
    assert (got.status_code, got.headers["upgrade"]) == (426, "websocket")
    assert got.json()["error"]["code"] == "upgrade_required"


@pytest.mark.parametrize("how", ["x-api-key", "token", "path", "session"])
def test_a_key_is_taken_wherever_the_contract_says(
    tenant: LiveTenant, sockets: StartSockets, how: str
) -> None:
    agent = tenant.transcriber(sockets(echo).url)
    key, _ = tenant.new_key("transcriber", agent=agent.id)
    url, headers = agent.stt_url, {}
    if how == "x-api-key":
        headers = {"x-api-key": key}
    elif how == "path":
        url = url.replace("/stt", f"/t/{key}/stt")
    else:
        url += f"?token={key if how == 'token' else tenant.session_token(agent.id)}"
    with connect(url, additional_headers=headers, compression=None, proxy=None) as peer:
        peer.send("x")
        assert peer.recv(20) == "x"
    assert key not in tenant.platform.log.read_text()


def test_the_answer_names_the_dispatch_and_the_call_is_the_callers(
    tenant: LiveTenant, sockets: StartSockets
) -> None:
    agent = tenant.transcriber(sockets(echo).url)
    with dial(agent, tenant, headers={"x-call-id": "call-7", "x-request-id": "r1"}) as peer:
        assert peer.response is not None
        headers = peer.response.headers
        assert headers["x-request-id"] == "r1"
        assert "connect;dur=" in headers["server-timing"]
    event = event_of(tenant)
    assert headers["x-dispatch-id"] == event["dispatch_id"]
    assert event["call_id"].startswith("call_")


async def transcribe(session: Session) -> None:
    """An endpoint as the format's page has it: words while it hears, a final when it is asked."""
    while True:
        message = await session.take()
        if isinstance(message, bytes):
            await session.peer.send('{"type":"interim","text":"he"}')
        elif '"finalize"' in message:
            await session.peer.send('{"type":"final","text":"hello","confidence":0.9}')
            await session.peer.send('{"type":"utterance_end"}')
        elif '"close"' in message:
            return


def test_a_session_is_metered_with_its_utterances(
    tenant: LiveTenant, sockets: StartSockets
) -> None:
    agent = tenant.transcriber(sockets(transcribe).url)
    with dial(agent, tenant) as peer:
        for _ in range(2):
            peer.send(bytes(3200))
            peer.recv(20)
            time.sleep(0.1)
            peer.send('{"type":"finalize"}')
            peer.recv(20)
            peer.recv(20)
        peer.send('{"type":"keep"}')
        peer.send('{"type":"close"}')
        with pytest.raises(ConnectionClosedOK):
            peer.recv(20)
    event = event_of(tenant)
    assert event["outcome"] == "ok"
    assert event["audio_ms"] == 200
    details = event["details"]
    counts = {name: details[name] for name in ("messages_in", "messages_out", "finals", "ignored")}
    assert counts == {"messages_in": 6, "messages_out": 6, "finals": 2, "ignored": 1}
    assert 0 <= details["frame_delay_ms"]["p50"] <= details["frame_delay_ms"]["max"]
    for each in details["utterances"]:
        heard, asked, answered, ended = each.values()
        assert heard + 0.1 <= asked <= answered <= ended
    assert len(details["utterances"]) == 2
    assert event["timing_ms"]["first_content"] > event["timing_ms"]["first_byte"]
