"""Speech over a socket, with a real `websockets` client on one side and real servers behind."""

import json
import threading
import time
from contextlib import ExitStack, suppress
from typing import Any

import httpx2 as httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from egress.frames import TEXT, encode
from tests.gateway.calls import event_of
from tests.gateway.speaking import spoken, tone
from tests.live import LiveAgent, LiveTenant
from tests.servers.program import free_port, settled, wait_until
from tests.shapes.voice.jambonz_tts_stream import MS, STREAM, Speaker, Streamer, stream_url
from tests.upstreams.fixtures import StartSockets, StartUpstream
from tests.upstreams.script import Flood, Send, Stall, reply
from usage.calls import call_id

FLOW = [Send(b"HTTP/1.1 200 OK\r\ncontent-type: application/octet-stream\r\n\r\n")]


def passing(tenant: LiveTenant, sockets: StartSockets, talk: Any, **endpoint: Any) -> Any:
    server = sockets(talk)
    return server, tenant.agent(server.url, channel="voice", wire_format=STREAM, **endpoint)


def speaking(tenant: LiveTenant, upstream: StartUpstream, script: Any, **endpoint: Any) -> Any:
    server = upstream(script)
    return server, tenant.agent(server.url + "/tts", channel="voice", wire_format="rymi-tts",
                                **endpoint)  # fmt: skip


# Both sides speak it


@pytest.mark.parametrize("packs", [False, True])
def test_messages_pass_as_they_are_and_are_one_dispatch(
    tenant: LiveTenant, sockets: StartSockets, packs: bool
) -> None:
    speaker = Speaker(rate=16_000, packs=packs)
    server, agent = passing(tenant, sockets, speaker, token="s3cret")
    with Streamer(agent, tenant, more="ä&b") as caller:
        assert caller.opening["data"] == {"sample_rate": 16_000, "base64_encoding": packs}
        caller.say("Hello ", "there. 👋")
        caller.peer.send('{ "type" : "flush" }')
        packed = len(caller.sound)
        while packed < len(tone(MS, 16_000)):
            message = caller.peer.recv(20)
            packed += len(message) if isinstance(message, bytes) else _unpacked(message)
        caller.tell("stop")
        assert caller.until_closed() == 1000
    session = server.sessions[0]
    assert session.got[2:] == ['{ "type" : "flush" }', '{"type": "stop"}']
    assert session.headers["authorization"] == "Bearer s3cret"
    assert speaker.asked == {"voice": "v-1", "language": "de-DE", "sampleRate": "24000",
                             "more": "ä&b"}  # fmt: skip
    event = event_of(tenant)
    assert (event["outcome"], event["status"], event["error"]) == ("ok", 101, None)
    assert (event["format_in"], event["format_out"]) == (STREAM, STREAM)
    assert (event["characters"], event["audio_ms"]) == (len("Hello there. 👋"), MS)
    assert event["bytes_in"] == sum(len(str(each).encode()) for each in session.got)
    assert event["bytes_out"] >= len(tone(MS, 16_000))
    details = event["details"]
    assert (details["rate"], details["messages_in"]) == (16_000, 4)
    assert details["frame_delay_ms"]["p50"] >= 0
    assert event["timing_ms"]["first_content"] > 0


def _unpacked(message: str) -> int:
    from base64 import b64decode

    return len(b64decode(json.loads(message)["data"]["audio"]))


def test_voice_of_the_endpoint_is_told_in_place_of_the_callers(
    tenant: LiveTenant, sockets: StartSockets
) -> None:
    speaker = Speaker()
    _, agent = passing(tenant, sockets, speaker, model="house")
    with Streamer(agent, tenant):
        assert speaker.asked["voice"] == "house"


def test_key_in_the_query_does_not_reach_the_endpoint(
    tenant: LiveTenant, sockets: StartSockets
) -> None:
    speaker = Speaker()
    _, agent = passing(tenant, sockets, speaker)
    key, _ = tenant.new_key("voice", agent=agent.id)
    with Streamer(agent, None, token=key):
        assert "token" not in speaker.asked


def test_error_of_the_endpoint_passes_and_is_in_the_event(
    tenant: LiveTenant, sockets: StartSockets
) -> None:
    _, agent = passing(tenant, sockets, Speaker(after="fails"))
    with Streamer(agent, tenant) as caller:
        caller.say("Hi")
        caller.tell("flush")
        assert caller.until_error() == "No breath."
        caller.until_closed()
    assert event_of(tenant)["outcome"] == "upstream_error"


def test_refusal_of_the_endpoint_is_an_answer_to_the_upgrade(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    url = upstream([reply(429, {"why": "busy"}, ("retry-after", "7"))]).url
    agent = tenant.agent(url.replace("https", "wss"), channel="voice", wire_format=STREAM)
    assert refused(agent, tenant) == (429, {"why": "busy"})
    event = event_of(tenant)
    assert (event["outcome"], event["status"], event["characters"]) == ("upstream_error", 429, 0)


def test_endpoint_that_breaks_off_is_told_and_closed_with(
    tenant: LiveTenant, sockets: StartSockets
) -> None:
    _, agent = passing(tenant, sockets, Speaker(after="breaks"))
    with Streamer(agent, tenant) as caller:
        caller.say("Hi")
        caller.tell("flush")
        assert "ended too early" in caller.until_error()
        assert caller.until_closed() == 1011
    event = event_of(tenant)
    assert (event["outcome"], event["audio_ms"]) == ("upstream_truncated", MS)


def test_call_outlives_the_clocks_of_a_text(tenant: LiveTenant, sockets: StartSockets) -> None:
    timeouts = {"idle": 0.5, "total": 1}
    _, agent = passing(tenant, sockets, Speaker(), timeouts=timeouts)
    with Streamer(agent, tenant) as caller:
        time.sleep(1.5)
        caller.say("Hi")
        caller.tell("flush")
        caller.hear(len(tone(MS)))


def test_revoked_key_ends_both_sides(tenant: LiveTenant, sockets: StartSockets) -> None:
    server, agent = passing(tenant, sockets, Speaker())
    with Streamer(agent, tenant) as caller:
        tenant.revoke()
        assert caller.until_closed() == 4401
    assert server.sessions[0].gone.wait(10)
    assert event_of(tenant)["outcome"] == "refused"


# The endpoint is asked over HTTP


def test_stop_cancels_and_closes(tenant: LiveTenant, upstream: StartUpstream) -> None:
    sound = tone(MS)
    endpoint, agent = speaking(tenant, upstream, [*spoken(sound, last=False), Stall()])
    with Streamer(agent, tenant) as caller:
        caller.say("Hello there.")
        assert caller.hear(len(sound)) == sound
        caller.tell("stop")
        assert endpoint.connections[0].gone.wait(10)
        assert caller.until_closed() == 1000
    event = event_of(tenant)
    assert (event["outcome"], event["audio_ms"]) == ("client_gone", MS)


def test_caller_that_leaves_lets_the_endpoint_go(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    endpoint, agent = speaking(tenant, upstream, [*spoken(tone(MS), last=False), Stall()])
    with Streamer(agent, tenant) as caller:
        caller.say("Hello there.")
        caller.hear(10)
        caller.peer.socket.close()
    assert endpoint.connections[0].gone.wait(10)
    event = event_of(tenant)
    assert (event["outcome"], event["details"]) == ("client_gone", {"rate": 24_000})


def test_session_in_which_nothing_is_said_leaves_no_event(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    endpoint, agent = speaking(tenant, upstream, spoken(tone(MS)))
    with Streamer(agent, tenant) as caller:
        for odd in ("nonsense", "[]", '{"type":"new"}', b"\0\1"):
            caller.peer.send(odd)
        caller.say("  ", "\n")
        caller.tell("keepalive")
        caller.tell("flush")
        caller.say("Half of it")
    assert tenant.platform.events(tenant, 0) == []
    assert endpoint.requests == []


def test_texts_of_a_call_that_a_header_names_are_that_call(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    _, agent = speaking(tenant, upstream, spoken(tone(MS)))
    headers = {**tenant.headers, "x-call-id": "c-1"}
    with connect(stream_url(agent), additional_headers=headers, proxy=None) as peer:
        peer.recv(20)
        peer.send('{"type":"stream","text":"Hello there."}')
        peer.recv(20)
    assert event_of(tenant)["call_id"] == call_id(tenant.id, agent.id, "c-1")


def test_endpoint_that_is_away_or_too_slow_is_told(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    away = tenant.agent(
        f"https://127.0.0.1:{free_port()}/tts", channel="voice", wire_format="rymi-tts"
    )
    slow = speaking(tenant, upstream, [Stall()], timeouts={"first_byte": 0.5})[1]
    for agent, words in ((away, "could not be reached"), (slow, "took too long")):
        with Streamer(agent, tenant) as caller:
            caller.say("Hello there.")
            assert words in caller.until_error()
    outcomes = [each["outcome"] for each in tenant.platform.events(tenant, 2)]
    assert outcomes == ["connect_failed", "upstream_timeout"]


def test_more_text_than_can_wait_ends_the_session(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    endpoint, agent = speaking(tenant, upstream, [*spoken(tone(MS), last=False), Stall()])
    with Streamer(agent, tenant) as caller:
        caller.say("Here are words. ")
        wait_until(lambda: len(endpoint.requests) == 1, 20, "the first text at the endpoint")
        with suppress(ConnectionClosed):
            for _ in range(40):
                caller.say("Here are more words. " * 200)
        assert caller.until_closed() == 1009
    assert endpoint.connections[0].gone.wait(10)
    assert event_of(tenant)["outcome"] == "client_gone"


def test_short_texts_weigh_more_than_their_letters(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    """Each is a dispatch: thousands of them are a flood, however short."""
    _, agent = speaking(tenant, upstream, [Stall()])
    with Streamer(agent, tenant) as caller:
        with suppress(ConnectionClosed):
            for _ in range(3000):
                caller.say("a")
                caller.tell("flush")
        assert caller.until_closed() == 1009
    assert event_of(tenant)["outcome"] == "client_gone"


def test_message_that_is_too_large_ends_the_session(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    _, agent = speaking(tenant, upstream, spoken(tone(MS)))
    with Streamer(agent, tenant) as caller:
        late = [b"x" * (1024 * 1024 + 1), b'{"type":"stream","text":"Hello there, you."}']
        caller.peer.socket.sendall(b"".join(encode(TEXT, each, masked=True) for each in late))
        assert caller.until_closed() == 1009
    with Streamer(agent, tenant) as caller:
        caller.say("Hello there.")
        caller.hear(len(tone(MS)))
    assert event_of(tenant)["audio_ms"] == MS  # what came behind it was not dispatched


def test_caller_that_does_not_read_stops_the_endpoint(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    endpoint, agent = speaking(tenant, upstream, [*FLOW, Flood(bytes(65_536))])
    with Streamer(agent, tenant) as caller:
        caller.say("Hello there.")
        wait_until(lambda: endpoint.connections and endpoint.connections[0].sent, 20, "the flood")
        assert settled(lambda: endpoint.connections[0].sent) < 16 * 1024 * 1024


def test_revoked_key_ends_the_session(tenant: LiveTenant, upstream: StartUpstream) -> None:
    endpoint, agent = speaking(tenant, upstream, [*spoken(tone(MS), last=False), Stall()])
    with Streamer(agent, tenant) as caller:
        caller.say("Hello there.")
        caller.hear(len(tone(MS)))
        tenant.revoke()
        assert caller.until_closed() == 4401
    assert endpoint.connections[0].gone.wait(10)
    assert event_of(tenant)["outcome"] == "refused"


def test_revoked_key_ends_the_session_of_a_caller_that_never_stops_talking(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    """What it says while its last text is being ended must not be spoken after it."""
    _, agent = speaking(tenant, upstream, [Stall()])

    def talk(caller: Streamer) -> None:
        with suppress(ConnectionClosed, OSError):
            for _ in range(1600):
                caller.say("Hello there, you.")
                time.sleep(0.005)

    with ExitStack() as calls:
        callers = [calls.enter_context(Streamer(agent, tenant)) for _ in range(6)]
        talking = [threading.Thread(target=talk, args=(caller,)) for caller in callers]
        for each in talking:
            each.start()
        time.sleep(0.5)
        tenant.revoke()
        try:
            assert [caller.until_closed(20) for caller in callers] == [4401] * 6
        finally:
            for each in talking:
                each.join()


# The URL


def refused(agent: LiveAgent, tenant: LiveTenant | None, **query: str) -> tuple[int, Any]:
    headers = tenant.headers if tenant else {}
    with (
        pytest.raises(InvalidStatus) as caught,
        connect(stream_url(agent, **query), additional_headers=headers, proxy=None),
    ):
        pass
    response = caught.value.response
    return response.status_code, json.loads(response.body or b"{}")


def test_what_is_refused_is_an_answer_to_the_upgrade(
    tenant: LiveTenant, sockets: StartSockets, upstream: StartUpstream
) -> None:
    server, agent = passing(tenant, sockets, Speaker())
    _, asked = speaking(tenant, upstream, spoken(tone(MS)))
    other, (narrow, _) = tenant.platform.tenant(), tenant.new_key("llm")
    for one in (agent, asked):
        assert refused(one, None)[0] == 401
        assert refused(one, other)[0] == 404
        assert refused(one, None, token=narrow)[0] == 401
    assert refused(tenant.agent(), tenant)[1]["code"] == "custom_voice_not_configured"
    status, error = refused(asked, tenant, sampleRate="fast")
    assert (status, error["type"], error["code"]) == (422, "error", "invalid_request")
    assert "sampleRate" in error["error"]
    assert not server.sessions


def test_texts_are_still_taken_by_post_at_the_same_address(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    _, agent = speaking(tenant, upstream, spoken(tone(MS)))
    url = f"{agent.base_url}/jambonz/tts"
    got = httpx.post(url, headers=tenant.headers, json={"text": "Hi"})
    assert got.content == tone(MS)
    got = httpx.get(url, headers=tenant.headers)
    assert (got.status_code, got.headers["allow"]) == (405, "POST")
