"""Sessions whose sides speak different formats: how they begin, wait and end."""

import json
import os
import threading
import time
from contextlib import AbstractContextManager
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.frames import Close
from websockets.sync.client import ClientConnection, connect

from egress.frames import encode
from tests.egress.test_websocket import upgrade
from tests.gateway.calls import hang_up
from tests.gateway.test_sessions import MIB, MOST_GROWN, ending, gone, memory_while, raw_caller
from tests.gateway.test_transcriber import dial, event_of
from tests.live import LiveAgent, LiveTenant
from tests.servers.program import settled
from tests.shapes.query import query_of
from tests.shapes.transcriber.deepgram_listen import CALLER as DEEPGRAM
from tests.upstreams import Close as Shut
from tests.upstreams import Flood, Send, Stall, Wait
from tests.upstreams.fixtures import StartSockets, StartUpstream
from tests.upstreams.sockets import Session, listen

RESULT = {"type": "Results", "is_final": False,
          "channel": {"alternatives": [{"transcript": "hel"}]}}  # fmt: skip
AUDIO = "encoding=linear16&sample_rate=16000&channels=1"


def deepgram(tenant: LiveTenant, url: str, **endpoint: Any) -> LiveAgent:
    return tenant.transcriber(url, wire_format="deepgram-listen", **endpoint)


def listening(
    agent: LiveAgent, tenant: LiveTenant, query: str
) -> AbstractContextManager[ClientConnection]:
    """A caller that speaks Deepgram's format."""
    url = f"{agent.base_url.replace('http', 'ws', 1)}/v1/listen?{query}"
    return connect(url, additional_headers=tenant.headers, compression=None, proxy=None)


def texts(*messages: Any) -> list[Send]:
    return [Send(encode(1, json.dumps(each).encode())) for each in messages]


def test_finalize_with_nothing_left_is_answered_all_the_same(
    tenant: LiveTenant, sockets: StartSockets
) -> None:
    with dial(deepgram(tenant, sockets(listen).url), tenant) as peer:
        began = time.monotonic()
        peer.send('{"type":"finalize"}')
        assert json.loads(peer.recv(20)) == {"type": "final", "text": ""}
        assert json.loads(peer.recv(20)) == {"type": "utterance_end"}
        assert time.monotonic() - began > 1


def test_finalize_waits_for_words_that_are_not_final_yet(
    tenant: LiveTenant, sockets: StartSockets
) -> None:
    async def slow(session: Session) -> None:
        await session.take()
        await session.peer.send(json.dumps(RESULT))
        await session.take()
        await session.take()  # the caller's own next message

    with dial(deepgram(tenant, sockets(slow).url), tenant) as peer:
        peer.send(bytes(640))
        assert json.loads(peer.recv(20)) == {"type": "interim", "text": "hel"}
        peer.send('{"type":"finalize"}')
        with pytest.raises(TimeoutError):
            peer.recv(2.5)


def test_a_silent_caller_does_not_lose_its_endpoint(
    tenant: LiveTenant, sockets: StartSockets
) -> None:
    server = sockets(listen)
    with dial(deepgram(tenant, server.url), tenant) as peer:
        peer.send(bytes(640))
        wait_for(server, 2)
        assert server.sessions[0].got[1] == '{"type":"KeepAlive"}'


def test_messages_in_pieces_are_whole_for_the_other_side(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    said = json.dumps(RESULT).encode()
    pieces = encode(1, said[:9], final=False) + encode(0, said[9:])
    server = upstream(lambda seen: [upgrade(seen), Send(pieces), Stall()])
    agent = deepgram(tenant, server.url.replace("https", "wss"))
    with dial(agent, tenant) as peer:
        assert json.loads(peer.recv(20)) == {"type": "interim", "text": "hel"}


def test_words_and_audio_of_a_caller_may_come_in_pieces(
    tenant: LiveTenant, sockets: StartSockets
) -> None:
    server = sockets(listen)
    with dial(deepgram(tenant, server.url), tenant) as peer:
        peer.send([b"\1", b"\2\3", b"\4"])
        peer.send(['{"type":', '"close"}'])
        wait_for(server, 3)
    got = server.sessions[0].got
    assert b"".join(each for each in got if isinstance(each, bytes)) == b"\1\2\3\4"
    assert got[-1] == '{"type":"CloseStream"}'


def wait_for(server: Any, count: int) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        if server.sessions and len(server.sessions[0].got) >= count:
            return
        time.sleep(0.01)


def test_text_without_end_is_not_gathered_for_ever(
    tenant: LiveTenant, upstream: StartUpstream, sockets: StartSockets
) -> None:
    long = encode(1, b"x" * 60_000, final=False) + encode(0, b"x" * 60_000, final=False) * 5
    server = upstream(lambda seen: [upgrade(seen), Send(long), Stall()])
    with dial(deepgram(tenant, server.url.replace("https", "wss")), tenant) as peer:
        got, closed = ending(peer)
    assert json.loads(got[0])["code"] == "upstream_bad_response"
    assert closed == Close(1011, "upstream_bad_response")
    with dial(deepgram(tenant, sockets(listen).url), tenant) as peer:
        peer.send("x" * 300_000)
        got, closed = ending(peer)
    assert json.loads(got[0])["code"] == "invalid_request"
    assert closed == Close(4422, "invalid_request")
    outcomes = [event["outcome"] for event in tenant.platform.events(tenant, 2)]
    assert outcomes == ["upstream_error", "refused"]


@pytest.mark.parametrize("caller", ["rymi-stt", "deepgram-listen"])
def test_the_reason_of_an_endpoints_close_is_told(
    tenant: LiveTenant, sockets: StartSockets, caller: str
) -> None:
    async def leave(session: Session) -> None:
        await session.take()
        await session.peer.close(1008, "DATA-0000")

    server = sockets(leave)
    if caller == "rymi-stt":
        agent = deepgram(tenant, server.url)
        opened: Any = dial(agent, tenant)
    else:
        agent = tenant.transcriber(server.url)
        opened = listening(agent, tenant, AUDIO)
    with opened as peer:
        peer.send(bytes(640))
        got, closed = ending(peer)
    if caller == "rymi-stt":
        assert [json.loads(each) for each in got] == [{"type": "error", "message": "DATA-0000"}]
        assert closed == Close(1008, "DATA-0000")
    else:
        assert (got, closed) == ([], Close(1011, "DATA-0000"))
    assert event_of(tenant)["outcome"] == "upstream_error"


@pytest.mark.parametrize("code", [1000, 1001, 3000, 4999])
def test_the_callers_own_code_is_no_error_of_the_endpoints(
    tenant: LiveTenant, sockets: StartSockets, code: int
) -> None:
    """It is told the code, and says it again."""
    server = sockets(listen)
    with listening(tenant.transcriber(server.url), tenant, AUDIO) as peer:
        peer.send(bytes(640))
        peer.close(code)
    gone(server.sessions[0])
    assert server.sessions[0].code == code
    assert event_of(tenant)["outcome"] == "ok"


def test_an_endpoint_that_is_lost_is_told_as_elsewhere(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    server = upstream(lambda seen: [upgrade(seen), *texts(RESULT), Wait(0.1), Shut()])
    url = server.url.replace("https", "wss")
    with dial(deepgram(tenant, url), tenant) as peer:
        got, closed = ending(peer)
    assert [json.loads(each)["type"] for each in got] == ["interim", "error"]
    assert closed == Close(1011, "upstream_truncated")
    with listening(tenant.transcriber(url), tenant, AUDIO) as peer:
        got, closed = ending(peer)
    assert (got, closed) == ([], Close(1011, "upstream_truncated"))
    outcomes = {event["outcome"] for event in tenant.platform.events(tenant, 2)}
    assert outcomes == {"upstream_truncated"}


def test_what_is_left_at_the_endpoints_close_still_comes(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    final = {**RESULT, "is_final": True}
    last = [Send(encode(8, b"\x03\xe8")), Stall()]
    server = upstream(lambda seen: [upgrade(seen), *texts(final), Wait(0.1), *last])
    with dial(deepgram(tenant, server.url.replace("https", "wss")), tenant) as peer:
        got, closed = ending(peer)
    kinds = [json.loads(each)["type"] for each in got]
    assert kinds == ["interim", "final", "utterance_end"]
    assert closed == Close(1000, "")
    assert event_of(tenant)["outcome"] == "ok"


def test_an_endpoint_that_does_not_close_is_closed(
    tenant: LiveTenant, sockets: StartSockets
) -> None:
    server = sockets(listen)
    with dial(deepgram(tenant, server.url), tenant) as peer:
        began = time.monotonic()
        peer.send('{"type":"close"}')
        got, closed = ending(peer, 20)
        assert time.monotonic() - began > 4
    assert (got, closed) == ([], Close(1000, ""))
    gone(server.sessions[0])
    assert server.sessions[0].got == ['{"type":"CloseStream"}']
    assert event_of(tenant)["outcome"] == "ok"


def test_an_empty_message_of_a_deepgram_caller_is_its_close(
    tenant: LiveTenant, sockets: StartSockets
) -> None:
    server = sockets(listen)
    with listening(tenant.transcriber(server.url), tenant, AUDIO) as peer:
        peer.send(b"")
        peer.send(bytes(64))  # after the close nothing is heard
        peer.send('{"type":"Finalize"}')
        wait_for(server, 2)
        assert server.sessions[0].got == ['{"type":"finalize"}', '{"type":"close"}']


def test_what_no_format_knows_is_left_out_and_counted(
    tenant: LiveTenant, sockets: StartSockets
) -> None:
    async def odd(session: Session) -> None:
        await session.take()
        for message in ("hi", '{"type":"New"}', b"\0" * 9, json.dumps(RESULT)):
            await session.peer.send(message)
        await session.take()

    server = sockets(odd)
    with dial(deepgram(tenant, server.url), tenant) as peer:
        peer.send('{"type":"hello"}')
        peer.send(bytes(640))
        assert json.loads(peer.recv(20)) == {"type": "interim", "text": "hel"}
    assert gone(server.sessions[0])
    assert event_of(tenant)["details"]["ignored"] == 4


def spoken_to(
    agent: LiveAgent, tenant: LiveTenant, path: str
) -> AbstractContextManager[ClientConnection]:
    url = agent.base_url.replace("http", "ws", 1) + path
    return connect(url, additional_headers=tenant.headers, compression=None, proxy=None)


def test_audio_before_the_start_is_heard_as_it_most_likely_is(
    tenant: LiveTenant, sockets: StartSockets
) -> None:
    server = sockets(listen)
    with spoken_to(tenant.transcriber(server.url), tenant, "/vapi/transcriber") as peer:
        peer.send(b"\1\2\3\4" * 100 + b"\5\6")  # two channels, and half a frame
        start = '{"type":"start","encoding":"linear16","sampleRate":8000,"channels":2}'
        peer.send(start)
        peer.send(bytes(4 * 8_000))
        peer.close()
    heard = set()
    for session in server.sessions:
        gone(session)
        got = [each for each in session.got if isinstance(each, bytes)]
        heard.add(got[0])
        assert len(b"".join(got[1:])) == 2 * 16_000  # a second, at the endpoint's rate
    assert heard == {b"\1\2" * 100, b"\3\4" * 100}
    events = tenant.platform.events(tenant, 2)
    assert sum(event["bytes_in"] for event in events) == 402 + len(start) + 32_000


def test_a_start_that_cannot_be_read_ends_the_session(
    tenant: LiveTenant, sockets: StartSockets
) -> None:
    server = sockets(listen)
    with spoken_to(tenant.transcriber(server.url), tenant, "/vapi/transcriber") as peer:
        peer.send('{"type":"start","encoding":"opus","sampleRate":48000,"channels":2}')
        got, closed = ending(peer)
    assert [json.loads(each)["type"] for each in got] == ["error"]
    assert closed == Close(4422, "invalid_request")
    for event in tenant.platform.events(tenant, 2):  # one of each channel
        assert event["error"]["code"] == "invalid_request"


@pytest.mark.parametrize("rate", [8_000, 16_000])
def test_what_the_hosted_url_says_reaches_an_endpoint_that_wants_it_at_once(
    tenant: LiveTenant, sockets: StartSockets, rate: int
) -> None:
    server = sockets(listen)
    path = f"/jambonz/stt?language=de-DE&sample_rate={rate}"
    with spoken_to(deepgram(tenant, server.url), tenant, path) as peer:
        start = {"type": "start", "language": "en-US", "sampleRateHz": rate}
        peer.send(json.dumps(start))
        peer.send(bytes(640))
        wait_for(server, 1)
    request = server.sessions[0].peer.request
    assert request is not None
    asked = query_of(request.path)
    assert (asked["language"], asked["sample_rate"]) == ("de-DE", str(rate))
    assert server.sessions[0].got[0] == bytes(640)


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("encoding=opus&sample_rate=48000", "encoding"),
        ("sample_rate=16000", "encoding"),
        ("encoding=linear16", "sample_rate"),
        (f"{AUDIO}&channels=99", "channels"),
        ("&".join("a=1" for _ in range(300)), ""),
    ],
)
def test_audio_that_cannot_be_translated_is_refused_before_the_endpoint_is_asked(
    tenant: LiveTenant, sockets: StartSockets, query: str, param: str
) -> None:
    server = sockets(listen)
    agent = tenant.transcriber(server.url)
    with pytest.raises(InvalidStatus) as caught, listening(agent, tenant, query):
        pass
    body = json.loads(caught.value.response.body or b"")
    assert (caught.value.response.status_code, body["err_code"]) == (422, "invalid_request")
    assert server.sessions == []


def test_where_both_speak_deepgrams_format_the_query_passes_but_not_the_key(
    tenant: LiveTenant, sockets: StartSockets
) -> None:
    server = sockets(listen)
    agent = deepgram(tenant, f"{server.url}?model=house&tier=own")
    query = f"{AUDIO}&model=nova-3&keyterm=Gr%C3%BC%C3%9Fe&callback=x&token="
    token = tenant.session_token(agent.id)
    with connect(
        f"{agent.base_url.replace('http', 'ws', 1)}/v1/listen?{query}{token}",
        compression=None, proxy=None,
    ) as peer:  # fmt: skip
        peer.send(bytes(640))
        wait_for(server, 1)
    request = server.sessions[0].peer.request
    assert request is not None
    assert query_of(request.path) == {
        "model": "house", "tier": "own", "encoding": "linear16", "sample_rate": "16000",
        "channels": "1", "keyterm": "Grüße",
    }  # fmt: skip
    gone(server.sessions[0])
    assert event_of(tenant)["audio_ms"] == 20


def test_audio_that_the_endpoints_url_contradicts_is_refused(
    tenant: LiveTenant, sockets: StartSockets
) -> None:
    server = sockets(listen)
    agent = deepgram(tenant, f"{server.url}?sample_rate=8000")
    with pytest.raises(InvalidStatus) as caught, dial(agent, tenant):
        pass
    assert caught.value.response.status_code == 422
    assert "The endpoint's URL sets `sample_rate`" in (caught.value.response.body or b"").decode()
    assert server.sessions == []
    assert event_of(tenant)["outcome"] == "refused"


def test_length_of_packed_audio_is_not_guessed(tenant: LiveTenant, sockets: StartSockets) -> None:
    server = sockets(listen)
    with listening(deepgram(tenant, server.url), tenant, "encoding=opus") as peer:
        peer.send(bytes(640))
        wait_for(server, 1)
    gone(server.sessions[0])
    event = event_of(tenant)
    assert (event["audio_ms"], event["bytes_in"]) == (None, 640)


def test_a_caller_that_stops_reading_stops_a_translated_endpoint(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    block = encode(1, json.dumps(RESULT).encode()) * 100
    server = upstream(lambda seen: [upgrade(seen), Flood(block)])
    agent = deepgram(tenant, server.url.replace("https", "wss"))
    peer = raw_caller(agent, tenant)
    grown = memory_while(tenant.platform, threading.Thread(target=time.sleep, args=(0,)), 4)
    assert 0 < settled(lambda: server.connections[0].sent) < 32 * MIB
    assert grown < MOST_GROWN
    hang_up(peer, "reset")


def test_an_endpoint_that_stops_reading_stops_a_translated_caller(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    server = upstream(lambda seen: [upgrade(seen), Stall()], read_body=False)
    agent = deepgram(tenant, server.url.replace("https", "wss"))
    peer, sent = raw_caller(agent, tenant), 0
    frame = encode(2, os.urandom(65536), masked=True)

    def flood() -> None:
        nonlocal sent
        try:
            while True:
                peer.sendall(frame)
                sent += len(frame)
        except OSError:
            return

    peer.settimeout(2)  # for one send
    work = threading.Thread(target=flood)
    grown = memory_while(tenant.platform, work, 3)
    work.join(10)
    assert sent < 16 * MIB
    assert grown < MOST_GROWN
    hang_up(peer, "reset")


def test_a_deepgram_caller_ends_with_metadata(tenant: LiveTenant, sockets: StartSockets) -> None:
    async def polite(session: Session) -> None:
        while '"close"' not in str(await session.take()):
            pass

    agent = tenant.transcriber(sockets(polite).url)
    with listening(agent, tenant, DEEPGRAM.url.partition("?")[2]) as peer:
        peer.send(bytes(8_000))
        peer.send('{"type":"KeepAlive"}')
        peer.send('{"type":"CloseStream"}')
        got, closed = ending(peer)
    (last,) = [json.loads(each) for each in got]
    assert (last["type"], last["duration"]) == ("Metadata", 0.5)
    assert closed == Close(1000, "")
