"""The voice road over the real server: what callers hear, what endpoints see, what is recorded."""

import json
import socket
import time

import httpx2 as httpx
import pytest

from tests.gateway.calls import code, event_of, hang_up
from tests.gateway.speaking import SAY, dial, say, say_bytes, spoken, tone, unchunked
from tests.gateway.test_live import assert_at_once, seconds_since
from tests.live import LiveAgent, LiveTenant
from tests.servers.program import settled, wait_until
from tests.upstreams.fixtures import StartUpstream
from tests.upstreams.script import Close, Flood, Reset, Send, Stall, Step, reply

SOUND = tone(300)
PIECES = [SOUND[at : at + 1001] for at in range(0, len(SOUND), 1001)]


def test_sound_passes_unchanged_and_is_recorded(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    agent = tenant.agent(
        upstream(spoken(*PIECES)).url + "/tts", channel="voice", token="t0ken-of-tenant"
    )

    got = say(agent, tenant)

    assert (got.status_code, got.content) == (200, SOUND)
    assert got.headers["content-type"] == "application/octet-stream"
    assert got.headers["x-accel-buffering"] == "no"
    event = event_of(tenant)
    assert (event["outcome"], event["status"], event["error"]) == ("ok", 200, None)
    assert event["provider"] == "custom-voice"
    assert (event["format_in"], event["format_out"]) == ("rymi-tts", "rymi-tts")
    assert event["characters"] == 20
    assert (event["bytes_in"], event["bytes_out"]) == (len(got.request.content), len(SOUND))
    assert event["audio_ms"] == 300
    assert event["details"] == {"rate": 24_000}
    assert event["tokens_source"] == "none"
    timing = event["timing_ms"]
    assert timing["first_byte"] <= timing["first_content"] <= timing["total"]


def test_endpoint_gets_the_callers_members_and_none_of_its_headers(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    endpoint = upstream(spoken(SOUND))
    agent = tenant.agent(endpoint.url + "/tts", channel="voice", token="t0ken-of-tenant")
    body = b'{"text": "Hi", "speed": 1.10, "instructions": "warm", "format":"pcm_16000"}'

    assert say(agent, tenant, body, cookie="a=b").status_code == 200

    (seen,) = endpoint.requests
    assert seen.body == body.replace(b" ", b"")
    assert seen.header("authorization") == "Bearer t0ken-of-tenant"
    assert {name for name, _ in seen.headers} == {
        "host", "accept", "accept-encoding", "authorization", "content-type", "content-length",
        "user-agent", "x-patchbay-hops",
    }  # fmt: skip
    assert event_of(tenant)["audio_ms"] == pytest.approx(len(SOUND) / 2 / 16)


def test_chunks_arrive_one_by_one_as_they_were_sent(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    agent = tenant.agent(upstream(spoken(*PIECES, pause=0.01)).url + "/tts", channel="voice")
    peer = dial(agent, tenant)
    raw = b""
    while not raw.endswith(b"\r\n0\r\n\r\n"):
        raw += peer.recv(65536)
    peer.close()

    chunks, ended = unchunked(raw.partition(b"\r\n\r\n")[2])
    assert ended
    assert chunks == PIECES


def test_a_piece_of_one_byte_is_heard_before_the_next_is_sent(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    script = [*spoken(b"\x00", last=False), Stall()]
    agent = tenant.agent(upstream(script).url + "/tts", channel="voice")
    peer = dial(agent, tenant)
    raw = b""
    while b"1\r\n\x00\r\n" not in raw:
        raw += peer.recv(65536)
    peer.close()
    assert event_of(tenant)["bytes_out"] == 1


BROKEN: dict[str, tuple[list[Step], str]] = {
    "reset": ([*spoken(SOUND, last=False), Reset()], "upstream_truncated"),
    "closed": ([*spoken(SOUND, last=False), Close()], "upstream_truncated"),
    "silent": ([*spoken(SOUND, last=False), Stall()], "upstream_timeout"),
    "garbage": ([*spoken(SOUND, last=False), Send(b"zz\r\n"), Stall()], "upstream_bad_response"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_sound_that_breaks_off_is_passed_so_far_and_then_cut(
    tenant: LiveTenant, upstream: StartUpstream, name: str
) -> None:
    script, expected = BROKEN[name]
    agent = tenant.agent(
        upstream(script).url + "/tts",
        channel="voice",
        timeouts={"idle": 1 if name == "silent" else 30},
    )
    peer = dial(agent, tenant)
    raw = b""
    while data := peer.recv(65536):
        raw += data
    peer.close()

    chunks, ended = unchunked(raw.partition(b"\r\n\r\n")[2])
    heard = b"".join(chunks)
    assert not ended
    assert SOUND.startswith(heard)
    assert heard == SOUND or name == "reset"
    event = event_of(tenant)
    assert (event["error"]["code"], event["status"]) == (expected, 200)
    assert (event["bytes_out"], event["audio_ms"]) == (len(heard), len(heard) // 2 / 24)


def slow_caller(agent: LiveAgent, tenant: LiveTenant) -> socket.socket:
    """One whose own kernel takes little, so that sound waits on our side."""
    peer = socket.socket()
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    peer.settimeout(10)
    peer.connect(("127.0.0.1", tenant.platform.port))
    peer.sendall(say_bytes(agent, tenant))
    return peer


LONG = SOUND * 24  # more than the kernels between hold


def test_sound_on_its_way_when_it_breaks_off_still_reaches_a_slow_caller(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    agent = tenant.agent(upstream([*spoken(LONG, last=False), Close()]).url, channel="voice")
    peer = slow_caller(agent, tenant)
    raw = b""
    while data := peer.recv(4096):
        raw += data
        time.sleep(0.005)
    peer.close()

    chunks, ended = unchunked(raw.partition(b"\r\n\r\n")[2])
    assert not ended
    assert event_of(tenant)["bytes_out"] == len(b"".join(chunks)) == len(LONG)


def test_no_line_of_the_log_speaks_of_a_cut(tenant: LiveTenant, upstream: StartUpstream) -> None:
    agent = tenant.agent(upstream(BROKEN["closed"][0]).url + "/tts", channel="voice")
    before = tenant.platform.log.read_text()
    with pytest.raises(httpx.RemoteProtocolError, match="incomplete"):
        say(agent, tenant)
    event_of(tenant)
    assert "rror" not in tenant.platform.log.read_text()[len(before) :]


@pytest.mark.parametrize("how", ["close", "reset", "half close"])
@pytest.mark.parametrize("script", [[Stall()], [*spoken(SOUND, last=False), Stall()]])
def test_who_hangs_up_closes_the_endpoint_at_once(
    tenant: LiveTenant, upstream: StartUpstream, script: list[Step], how: str
) -> None:
    endpoint = upstream(script)
    agent = tenant.agent(endpoint.url + "/tts", channel="voice")
    expected = len(SOUND) if len(script) > 1 else 0

    def hangs_up(number: int) -> float:
        peer = dial(agent, tenant)
        wait_until(lambda: len(endpoint.requests) > number, 20, "the call")
        raw = b""
        while len(b"".join(unchunked(raw.partition(b"\r\n\r\n")[2])[0])) < expected:
            raw += peer.recv(65536)
        time.sleep(0.15)
        gone = hang_up(peer, how)
        took = seconds_since(gone, endpoint.connections[number])
        peer.close()
        return took

    assert_at_once(tenant, hangs_up)
    for event in tenant.platform.events(tenant, len(endpoint.connections)):
        assert event["bytes_out"] == expected


def test_who_reads_slowly_slows_the_endpoint_down(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    endpoint = upstream([*spoken(last=False), Flood(b"2000\r\n" + tone(1000)[:8192] + b"\r\n")])
    agent = tenant.agent(endpoint.url + "/tts", channel="voice")
    peer = dial(agent, tenant)
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    wait_until(lambda: endpoint.connections and endpoint.connections[0].sent, 20, "the sound")
    (connection,) = endpoint.connections
    assert settled(lambda: connection.sent) < 16 * 1024 * 1024
    hang_up(peer)
    assert connection.gone.wait(10)


def test_an_empty_slot_says_so(tenant: LiveTenant) -> None:
    got = say(tenant.agent(channel="voice"), tenant)
    assert code(got) == (409, "custom_voice_not_configured")
    assert got.headers["x-should-retry"] == "false"


@pytest.mark.parametrize(
    ("body", "param"),
    [
        (b"{", None),
        (b"[]", None),
        (b"{}", "text"),
        (b'{"text":""}', "text"),
        (b'{"text":5}', "text"),
        (b'{"text":"Hi","format":"mp3"}', "format"),
    ],
)
def test_a_request_that_cannot_be_read_is_refused_by_name(
    tenant: LiveTenant, upstream: StartUpstream, body: bytes, param: str | None
) -> None:
    endpoint = upstream(spoken(SOUND))
    got = say(tenant.agent(endpoint.url + "/tts", channel="voice"), tenant, body)
    assert code(got) == (422, "invalid_request")
    assert got.json()["error"]["param"] == param
    assert not endpoint.requests


def test_a_key_without_the_scope_may_not_speak(tenant: LiveTenant, upstream: StartUpstream) -> None:
    agent = tenant.agent(upstream(spoken(SOUND)).url + "/tts", channel="voice")
    key, _ = tenant.new_key("llm")
    got = httpx.post(agent.tts_url, headers={"authorization": f"Bearer {key}"}, json=SAY)
    assert code(got) == (403, "scope_missing")


def test_only_a_post_speaks(tenant: LiveTenant) -> None:
    got = httpx.get(tenant.agent(channel="voice").tts_url, headers=tenant.headers)
    assert code(got) == (405, "method_not_allowed")


def test_a_long_text_is_read_on_a_thread_and_passes_whole(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    endpoint = upstream(spoken(SOUND))
    text = "ä" * 300_000
    body = json.dumps({"text": text}, ensure_ascii=False).encode()
    assert say(tenant.agent(endpoint.url, channel="voice"), tenant, body).content == SOUND
    assert endpoint.requests[0].json() == {"text": text, "format": "pcm_24000"}
    assert event_of(tenant)["characters"] == 300_000


def test_dispatches_of_a_call_share_it(tenant: LiveTenant, upstream: StartUpstream) -> None:
    agent = tenant.agent(upstream([reply(200, SOUND)]).url, channel="voice")
    for _ in range(2):
        say(agent, tenant, **{"x-call-id": "call-7"})
    first, second = tenant.platform.events(tenant, 2)
    assert first["call_id"] == second["call_id"]
