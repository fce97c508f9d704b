import errno
import http.client
import json
import socket
import ssl
import time

import pytest

from tests.servers.program import settled, wait_until
from tests.upstreams import (
    Authority,
    Blackhole,
    Chat,
    Close,
    Flood,
    HalfClose,
    Reset,
    Send,
    Stall,
    Wait,
    drip,
    head,
    redirect,
    reply,
    sse,
)
from tests.upstreams.fixtures import StartUpstream

ASK = {"model": "m", "messages": [], "stream": True, "stream_options": {"include_usage": True}}


def dial(port: int, authority: Authority, name: str = "localhost") -> ssl.SSLSocket:
    context = ssl.create_default_context(cafile=authority.ca_file)
    raw = socket.create_connection(("127.0.0.1", port), timeout=5)
    return context.wrap_socket(raw, server_hostname=name)


def ask(port: int, authority: Authority, body: object, **headers: str) -> tuple[int, bytes]:
    context = ssl.create_default_context(cafile=authority.ca_file)
    connection = http.client.HTTPSConnection("localhost", port, context=context, timeout=5)
    connection.request("POST", "/v1/chat/completions", json.dumps(body), headers)
    answer = connection.getresponse()
    result = answer.status, answer.read()
    connection.close()
    return result


def raw_get(port: int, authority: Authority) -> bytes:
    with dial(port, authority) as peer:
        peer.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        got = b""
        while piece := peer.recv(65536):
            got += piece
        return got


def test_scripted_reply_arrives_and_the_request_is_recorded(
    upstream: StartUpstream, authority: Authority
) -> None:
    server = upstream([reply(200, {"ok": True}), Close()])
    assert ask(server.port, authority, {"a": 1}, **{"X-Try": "1"}) == (200, b'{"ok": true}')
    seen = server.requests[0]
    assert (seen.method, seen.target, seen.json()) == ("POST", "/v1/chat/completions", {"a": 1})
    assert seen.header("x-try") == "1"
    assert seen.header("absent") is None


def test_a_connection_serves_several_requests(
    upstream: StartUpstream, authority: Authority
) -> None:
    server = upstream(lambda seen: [reply(200, seen.target)])
    with dial(server.port, authority, "llm.test.localhost") as peer:
        for path in ("/a", "/b"):
            peer.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            assert peer.recv(65536).endswith(path.encode())
    assert server.connections[0].gone.wait(10)
    assert len(server.connections) == 1


def test_chat_streams_words_usage_and_done(upstream: StartUpstream, authority: Authority) -> None:
    server = upstream(Chat(words=["é", "😀"], token="t"))
    status, body = ask(server.port, authority, ASK, Authorization="Bearer t")
    events = body.decode().strip().split("\n\n")
    assert status == 200
    assert events[-1] == "data: [DONE]"
    assert json.loads(events[-2][6:])["usage"]["completion_tokens"] == 2
    assert json.loads(events[2][6:])["choices"][0]["delta"] == {"content": "😀"}


def test_chat_answers_json_tools_models_and_refuses_a_wrong_token(
    upstream: StartUpstream, authority: Authority
) -> None:
    server = upstream(Chat(token="t"))
    assert ask(server.port, authority, ASK)[0] == 401
    server.script = Chat()
    assert json.loads(ask(server.port, authority, {})[1])["usage"]["total_tokens"] == 13
    tools = [{"type": "function", "function": {"name": "weather"}}]
    whole = json.loads(ask(server.port, authority, {"tools": tools})[1])
    assert whole["choices"][0]["finish_reason"] == "tool_calls"
    assert b'"name": "weather"' in ask(server.port, authority, {**ASK, "tools": tools})[1]
    server.script = lambda seen: [*Chat()(seen), Close()]
    with dial(server.port, authority) as peer:
        peer.sendall(b"GET /v1/models HTTP/1.1\r\n\r\n")
        assert b"house-7b" in peer.recv(65536)


def test_chat_leaves_usage_and_done_out_when_told(
    upstream: StartUpstream, authority: Authority
) -> None:
    server = upstream(Chat(usage="never", done=False))
    body = ask(server.port, authority, ASK)[1]
    assert b"usage" not in body
    assert b"[DONE]" not in body
    server.script = Chat(json_only=True)
    assert json.loads(ask(server.port, authority, ASK)[1])["object"] == "chat.completion"


def test_reset_is_a_reset(upstream: StartUpstream, authority: Authority) -> None:
    server = upstream([Send(head(200)), Wait(0.05), Reset()])
    with dial(server.port, authority) as peer:
        peer.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert server.connections[0].gone.wait(10)
        found: list[int] = []

        def failed() -> bool:
            found.append(peer.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
            return found[-1] != 0

        wait_until(failed, 10, "the reset")
        assert found[-1] == errno.ECONNRESET


def test_half_close_ends_the_answer_and_still_reads(
    upstream: StartUpstream, authority: Authority
) -> None:
    server = upstream([Send(b"half"), HalfClose(), Close()])
    assert raw_get(server.port, authority) == b"half"


def test_stall_lasts_until_the_peer_goes(upstream: StartUpstream, authority: Authority) -> None:
    server = upstream([Stall()])
    with dial(server.port, authority) as peer:
        peer.sendall(b"GET / HTTP/1.1\r\n\r\n")
        time.sleep(0.1)
        assert not server.connections[0].gone.is_set()
    assert server.connections[0].gone.wait(10)


def test_flood_stops_when_nobody_reads(upstream: StartUpstream, authority: Authority) -> None:
    server = upstream([Flood()])
    with dial(server.port, authority) as peer:
        peer.sendall(b"GET / HTTP/1.1\r\n\r\n")
        connection = server.connections[0]
        wait_until(lambda: connection.sent, 10, "the flood")
        assert settled(lambda: connection.sent) > 0


def test_drip_sse_and_redirect_give_the_bytes_they_say(
    upstream: StartUpstream, authority: Authority
) -> None:
    server = upstream([*drip(b"abc", 0.01), Close()])
    assert raw_get(server.port, authority) == b"abc"
    server.script = [*sse("data: 1", pause=0.01), Close()]
    assert raw_get(server.port, authority).endswith(b"9\r\ndata: 1\n\n\r\n0\r\n\r\n")
    server.script = [redirect(307, "https://localhost/"), Close()]
    assert b"location: https://localhost/" in raw_get(server.port, authority)


def test_a_server_that_never_shakes_hands_lets_the_client_wait(
    upstream: StartUpstream, authority: Authority
) -> None:
    server = upstream([], never_tls=True)
    context = ssl.create_default_context(cafile=authority.ca_file)
    raw = socket.create_connection(("127.0.0.1", server.port), timeout=0.3)
    with pytest.raises(TimeoutError):
        context.wrap_socket(raw, server_hostname="localhost")
    raw.close()


def test_blackhole_lets_no_connection_through() -> None:
    hole = Blackhole()
    try:
        with pytest.raises(TimeoutError):
            socket.create_connection(("127.0.0.1", hole.port), timeout=0.3)
    finally:
        hole.close()
