"""Speech over a socket: jambonz' streaming TTS on every voice format, and every caller on it."""

from typing import Any

import httpx2 as httpx
import pytest

from tests.gateway.calls import event_of
from tests.gateway.speaking import tone
from tests.gateway.test_voice_pairs import ingress, sounding
from tests.live import LiveAgent, LiveTenant
from tests.shapes.voice import CALLERS, SERVERS
from tests.shapes.voice.jambonz_tts_stream import MS, QUICK, STREAM, Speaker, Streamer
from tests.shapes.voice.shape import LANGUAGE, TEXT, said
from tests.upstreams.fixtures import StartSockets, StartUpstream
from tests.upstreams.script import Close, Stall, reply
from tests.upstreams.sockets import SocketUpstream
from wire.matrix import losses
from wire.voice.sentences import MOST
from wire.wav import write_header

near_http = pytest.mark.parametrize(("near", "far"), [(near, STREAM) for near in CALLERS])
far_http = pytest.mark.parametrize(("near", "far"), [(STREAM, far) for far in SERVERS])


class Asking:
    """A caller over HTTP, and a server of the stream behind an agent."""

    def __init__(
        self,
        near: str,
        tenant: LiveTenant,
        sockets: StartSockets,
        speaker: Speaker | None = None,
        **settings: Any,
    ) -> None:
        self.near, self.tenant = CALLERS[near], tenant
        self.speaker = speaker or Speaker()
        self.server: SocketUpstream = sockets(self.speaker)
        self.agent: LiveAgent = tenant.agent(
            self.server.url, channel="voice", wire_format=STREAM, settings={**QUICK, **settings},
            model="house", token="s3cret",
        )  # fmt: skip

    @property
    def options(self) -> dict[str, Any]:
        return {"headers": {**self.tenant.headers, **self.near.headers(24_000)}}

    def post(self, rate: int = 24_000) -> httpx.Response:
        url = self.agent.base_url + self.near.path
        headers = {**self.tenant.headers, **self.near.headers(rate)}
        return httpx.post(url, headers=headers, json=self.near.body(rate), timeout=30)

    def stream(self) -> Any:
        url = self.agent.base_url + self.near.path
        return httpx.stream("POST", url, json=self.near.body(24_000), timeout=30, **self.options)


@near_http
def test_text_is_spoken_by_a_server_that_is_dialled_for_it(
    near: str, far: str, tenant: LiveTenant, sockets: StartSockets
) -> None:
    asking = Asking(near, tenant, sockets)
    got = asking.post()
    assert got.status_code == 200, got.text
    assert got.headers["content-type"] == asking.near.kind.format(rate=24_000)
    assert asking.near.heard(got.content) == tone(MS)
    assert asking.speaker.told == [(TEXT, "house", 24_000)]
    session = asking.server.sessions[0]
    assert session.headers["authorization"] == "Bearer s3cret"
    assert session.gone.wait(10)
    assert (asking.speaker.words, session.code) == (["stream", "flush", "stop"], 1000)
    event = event_of(tenant)
    assert (event["outcome"], event["status"], event["error"]) == ("ok", 101, None)
    assert (event["format_in"], event["format_out"]) == (ingress(near), STREAM)
    assert (event["characters"], event["audio_ms"], event["details"]) == (20, MS, {"rate": 24_000})
    assert (event["bytes_in"], event["bytes_out"]) == (len(got.request.content), len(got.content))
    assert event["timing_ms"]["first_content"] > 0


@near_http
def test_sound_of_another_rate_is_resampled(
    near: str, far: str, tenant: LiveTenant, sockets: StartSockets
) -> None:
    asking = Asking(near, tenant, sockets, Speaker(rate=16_000, packs=True))
    assert len(asking.near.heard(asking.post().content)) == len(tone(MS))
    assert event_of(tenant)["audio_ms"] == MS


@near_http
def test_language_is_told_where_a_caller_has_one(
    near: str, far: str, tenant: LiveTenant, sockets: StartSockets
) -> None:
    asking = Asking(near, tenant, sockets)
    asking.post()
    gone = losses(ingress(near), STREAM, "voice")
    has = bool(LANGUAGE & asking.near.body(24_000).keys())
    assert ("language" in asking.speaker.asked) is has
    assert "the language of the text" not in gone


@pytest.mark.parametrize(
    ("speaker", "settings"),
    [
        (Speaker(after="closes"), {"end_silence": 10}),
        (Speaker(after="stays"), {"finishes_on_stop": True}),
        (Speaker(connects=False), {}),
        (Speaker(sound=lambda rate: write_header(rate) + tone(MS, rate)), {}),
    ],
    ids=["closes", "finishes on stop", "never connects", "wav"],
)
def test_end_and_beginning_of_a_text_are_found_in_every_way_that_servers_have(
    tenant: LiveTenant, sockets: StartSockets, speaker: Speaker, settings: dict[str, Any]
) -> None:
    asking = Asking("rymi-tts", tenant, sockets, speaker, **settings)
    assert asking.post().content == tone(MS)
    event = event_of(tenant)
    assert (event["outcome"], event["timing_ms"]["total"] < 9000) == ("ok", True)


def test_long_text_comes_in_pieces_that_make_it_up(
    tenant: LiveTenant, sockets: StartSockets
) -> None:
    asking = Asking("rymi-tts", tenant, sockets)
    text = "Grüße, Welt. " * 500
    body = {**asking.near.body(24_000), "text": text}
    httpx.post(asking.agent.tts_url, headers=tenant.headers, json=body, timeout=30)
    assert asking.speaker.told[0][0] == text
    assert asking.speaker.words.count("stream") == -(-len(text) // MOST)
    assert event_of(tenant)["characters"] == len(text)


@near_http
def test_refused_upgrade_is_an_error_in_the_callers_shape(
    near: str, far: str, tenant: LiveTenant, upstream: StartUpstream
) -> None:
    endpoint = upstream([reply(429, {"error": "Too fast."}, ("retry-after", "7"))])
    agent = tenant.agent(
        endpoint.url.replace("https", "wss") + "/tts", channel="voice", wire_format=STREAM
    )
    caller = CALLERS[near]
    headers = {**tenant.headers, **caller.headers(24_000)}
    got = httpx.post(agent.base_url + caller.path, headers=headers, json=caller.body(24_000))
    assert (got.status_code, got.headers["retry-after"]) == (429, "7")
    assert got.headers["x-patchbay-error-source"] == "upstream"
    assert said(got, caller) == "Too fast."
    event = event_of(tenant)
    assert (event["outcome"], event["status"]) == ("upstream_error", 429)
    assert (event["audio_ms"], event["characters"]) == (0, 20)


@near_http
def test_sound_that_breaks_off_is_cut_or_told(
    near: str, far: str, tenant: LiveTenant, sockets: StartSockets
) -> None:
    asking = Asking(near, tenant, sockets, Speaker(after="breaks"))
    body = b""
    with asking.stream() as got:
        try:
            for piece in got.iter_bytes():
                body += piece
            assert asking.near.tells
            assert b'"code":"upstream_truncated"' in body
        except httpx.RemoteProtocolError:
            assert not asking.near.tells
    assert tone(MS).startswith(asking.near.heard(body))
    event = event_of(tenant)
    assert (event["outcome"], event["bytes_out"]) == ("upstream_truncated", len(body))


@near_http
def test_caller_that_hangs_up_lets_the_endpoint_go(
    near: str, far: str, tenant: LiveTenant, sockets: StartSockets
) -> None:
    asking = Asking(near, tenant, sockets, Speaker(), end_silence=10)
    with asking.stream() as got:
        next(got.iter_bytes())
    assert asking.server.sessions[0].gone.wait(10)
    assert event_of(tenant)["outcome"] == "client_gone"


def failing(kind: str) -> Speaker:
    if kind == "an error before sound":
        return Speaker(after="fails", sound=lambda rate: b"")
    if kind == "no sound":
        return Speaker(after="closes", sound=lambda rate: b"")
    if kind == "a text":
        return Speaker(sound=lambda rate: b'{"audio":"AAAA","more":1}')
    return Speaker(sound=lambda rate: b"")


@pytest.mark.parametrize(
    ("kind", "status", "code", "words"),
    [
        ("an error before sound", 502, "upstream_bad_response", "sent an error inside"),
        ("no sound", 502, "upstream_truncated", "Its answer was empty."),
        ("a text", 502, "upstream_bad_response", "It answered with JSON where"),
        ("nothing", 504, "upstream_timeout", "first_byte clock of 0.5 s"),
    ],
)
def test_what_is_no_sound_is_named(
    tenant: LiveTenant, sockets: StartSockets, kind: str, status: int, code: str, words: str
) -> None:
    server = sockets(failing(kind))
    agent = tenant.agent(
        server.url, channel="voice", wire_format=STREAM, settings=QUICK,
        timeouts={"first_byte": 0.5 if status == 504 else 30},
    )  # fmt: skip
    caller = CALLERS["rymi-tts"]
    got = httpx.post(agent.tts_url, headers=tenant.headers, json=caller.body(24_000))
    assert (got.status_code, got.json()["error"]["code"]) == (status, code)
    assert words in got.text
    assert server.sessions[0].gone.wait(10)
    assert event_of(tenant)["error"]["code"] == code


def test_mp3_is_refused_before_anything_is_dialled(
    tenant: LiveTenant, sockets: StartSockets
) -> None:
    asking = Asking("openai-speech", tenant, sockets)
    got = httpx.post(
        asking.agent.base_url + asking.near.path, headers=tenant.headers, json=asking.near.packed
    )
    assert got.status_code == 422
    assert "gives no MP3; ask for raw PCM" in got.text
    assert not asking.server.sessions


# jambonz as the caller


def streaming(tenant: LiveTenant, upstream: StartUpstream, far: str, script: Any) -> Any:
    endpoint = upstream(script)
    agent = tenant.agent(
        endpoint.url + SERVERS[far].path, channel="voice", wire_format=far, model="house"
    )
    return endpoint, agent


@far_http
def test_each_text_is_spoken_in_order_and_is_a_dispatch(
    near: str, far: str, tenant: LiveTenant, upstream: StartUpstream
) -> None:
    endpoint, agent = streaming(tenant, upstream, far, sounding("rymi-tts x", far))
    with Streamer(agent, tenant) as caller:
        assert caller.opening["data"] == {"sample_rate": 24_000, "base64_encoding": False}
        caller.say("Grüße, wie ", "geht's? Und ", "dir")
        caller.tell("flush")
        assert caller.hear(2 * len(tone(MS))) == tone(MS) * 2
        events = tenant.platform.events(tenant, 2)  # the endpoint has said that this was all
        caller.tell("stop")
        assert caller.until_closed() == 1000
    told = [SERVERS[far].told(seen) for seen in endpoint.requests]
    assert [text for text, _, _ in told] == ["Grüße, wie geht's?", "Und dir"]
    assert [each["characters"] for each in events] == [18, 7]
    assert [each["bytes_in"] for each in events] == [20, 7]
    for each in events:
        assert (each["outcome"], each["status"], each["error"]) == ("ok", 200, None)
        assert (each["format_in"], each["format_out"]) == (STREAM, far)
        assert (each["audio_ms"], each["bytes_out"]) == (MS, len(tone(MS)))
        assert each["details"] == {"rate": 24_000}
    assert len({each["call_id"] for each in events}) == 1
    assert len({each["dispatch_id"] for each in events}) == 2


@far_http
def test_rate_of_the_call_is_the_rate_of_its_sound(
    near: str, far: str, tenant: LiveTenant, upstream: StartUpstream
) -> None:
    _, agent = streaming(tenant, upstream, far, sounding("rymi-tts x", far))
    with Streamer(agent, tenant, sampleRate="8000") as caller:
        assert caller.opening["data"]["sample_rate"] == 8000
        caller.say("Hello there.")
        assert len(caller.hear(len(tone(MS, 8000)))) == len(tone(MS, 8000))
    assert event_of(tenant)["audio_ms"] == MS


@far_http
def test_error_of_an_endpoint_is_told_and_the_session_goes_on(
    near: str, far: str, tenant: LiveTenant, upstream: StartUpstream
) -> None:
    endpoint, agent = streaming(
        tenant, upstream, far, [reply(429, dict(SERVERS[far].error), ("retry-after", "7"))]
    )
    with Streamer(agent, tenant) as caller:
        caller.say("Hello there.")
        assert caller.until_error() == "Too fast."
        endpoint.script = sounding("rymi-tts x", far)
        caller.say("Hello again.")
        assert caller.hear(len(tone(MS))) == tone(MS)
    first, second = tenant.platform.events(tenant, 2)
    assert (first["outcome"], first["audio_ms"], first["characters"]) == ("upstream_error", 0, 12)
    assert (second["outcome"], second["audio_ms"]) == ("ok", MS)


@far_http
def test_sound_that_breaks_off_is_told(
    near: str, far: str, tenant: LiveTenant, upstream: StartUpstream
) -> None:
    script = sounding("rymi-tts x", far, Close(), last=False)
    _, agent = streaming(tenant, upstream, far, script)
    with Streamer(agent, tenant) as caller:
        caller.say("Hello there.")
        assert "ended too early" in caller.until_error()
    event = event_of(tenant)
    assert (event["outcome"], event["audio_ms"]) == ("upstream_truncated", MS)


@far_http
def test_clear_cancels_what_is_spoken_and_what_waits(
    near: str, far: str, tenant: LiveTenant, upstream: StartUpstream
) -> None:
    script = sounding("rymi-tts x", far, Stall(), last=False)
    endpoint, agent = streaming(tenant, upstream, far, script)
    with Streamer(agent, tenant) as caller:
        caller.say("Hello there. How are you? Held")
        caller.hear(len(tone(MS)))
        caller.tell("clear")
        assert endpoint.connections[0].gone.wait(10)
        endpoint.script = sounding("rymi-tts x", far)
        caller.say("Hello again.")
        caller.hear(2 * len(tone(MS)))
        first, second = tenant.platform.events(tenant, 2)
    texts = [SERVERS[far].told(seen)[0] for seen in endpoint.requests]
    assert texts == ["Hello there.", "Hello again."]
    assert (first["outcome"], first["details"]["cleared"]) == ("client_gone", True)
    assert (first["audio_ms"], first["characters"]) == (MS, 12)
    assert (second["outcome"], second["details"]) == ("ok", {"rate": 24_000})
