"""Every voice format that callers speak, on every one that endpoints speak, over real sockets."""

import json
from collections.abc import Iterable
from typing import Any

import httpx2 as httpx
import pytest

from tests.gateway.calls import event_of
from tests.gateway.speaking import tone
from tests.live import LiveAgent, LiveTenant
from tests.shapes.voice import CALLERS, SERVERS
from tests.shapes.voice.jambonz_tts_stream import STREAM
from tests.shapes.voice.shape import NAMED, TEXT, said
from tests.upstreams.fixtures import StartUpstream
from tests.upstreams.script import Close, Script, Seen, Send, Stall, Step, chunk, head, reply
from tests.upstreams.server import Upstream
from wire.matrix import losses
from wire.registry import formats_of, hosted_formats
from wire.wav import write_header

PAIRS = [(near, far) for near in CALLERS for far in SERVERS]
every_pair = pytest.mark.parametrize(("near", "far"), PAIRS, ids=["-on-".join(p) for p in PAIRS])
MS = 300
MP3 = b"\xff\xfb\x90\x64" + bytes(range(256)) * 4


def ingress(near: str) -> str:
    return near.partition(" ")[0]


def same(near: str, far: str) -> bool:
    return ingress(near) == far


class Pair:
    """A caller of one shape, and an endpoint of another behind an agent."""

    def __init__(
        self, near: str, far: str, tenant: LiveTenant, upstream: StartUpstream, script: Script
    ) -> None:
        self.near, self.far, self.tenant = CALLERS[near], SERVERS[far], tenant
        self.endpoint: Upstream = upstream(script)
        self.agent: LiveAgent = tenant.agent(
            self.endpoint.url + self.far.path, channel="voice", wire_format=far, model="house"
        )

    @property
    def url(self) -> str:
        return self.agent.base_url + self.near.path

    def post(self, rate: int = 24_000, **more: str) -> httpx.Response:
        headers = {**self.tenant.headers, **self.near.headers(rate), **more}
        return httpx.post(self.url, headers=headers, json=self.near.body(rate), timeout=30)

    def post_packed(self) -> httpx.Response:
        headers = {**self.tenant.headers, **self.near.packed_headers}
        return httpx.post(self.url, headers=headers, json=self.near.packed, timeout=30)

    def told(self) -> tuple[str, str, int | str]:
        return self.far.told(self.endpoint.requests[-1])


def sounding(near: str, far: str, *ending: Step, last: bool = True) -> Script:
    """A server that sounds a tone at the rate it is asked for, in odd pieces; events to a caller of
    its own format that asks for them.
    """
    server = SERVERS[far]

    def script(seen: Seen) -> Iterable[Step]:
        form = 24_000 if same(near, far) and "openai" in near else server.told(seen)[2]
        sound = MP3 if form == "mp3" else tone(MS, int(form))
        body = sound
        yield Send(server.head(form))
        if same(near, far) and "wav" in near:
            body = write_header(24_000) + sound
        for at in range(0, len(body), 1001):
            yield Send(chunk(body[at : at + 1001]))
        yield from ending
        if last:
            yield Send(chunk(b""))

    return script


def until_cut(got: httpx.Response) -> bytes:
    body = b""
    try:
        for piece in got.iter_bytes():
            body += piece
    except httpx.RemoteProtocolError:
        return body
    raise AssertionError("The body came to its end.")


def heard(near: str, got: httpx.Response) -> bytes:
    return CALLERS[near].heard(got.content)


def test_every_voice_format_is_in_the_matrix() -> None:
    """What is spoken over sockets is in `test_speech_pairs.py`."""
    assert {*SERVERS, STREAM} == set(formats_of("voice"))
    assert {*map(ingress, CALLERS), STREAM} == set(hosted_formats("voice"))


@every_pair
def test_sound_comes_through_and_is_recorded(
    near: str, far: str, tenant: LiveTenant, upstream: StartUpstream
) -> None:
    pair = Pair(near, far, tenant, upstream, sounding(near, far))
    got = pair.post()
    assert got.status_code == 200, got.text
    kind = pair.near.kind.format(rate=24_000)
    if same(near, far) and near == "openai-speech wav":
        kind = "audio/wav"
    assert got.headers["content-type"] == kind
    assert heard(near, got) == tone(MS)
    text, voice, _ = pair.told()
    assert text == TEXT
    assert voice == ("house" if pair.far.model_is_voice else "v-1")
    event = event_of(tenant)
    assert (event["outcome"], event["status"], event["error"]) == ("ok", 200, None)
    assert (event["format_in"], event["format_out"]) == (ingress(near), far)
    assert (event["characters"], event["audio_ms"]) == (20, MS)
    assert (event["bytes_in"], event["bytes_out"]) == (len(got.request.content), len(got.content))
    assert event["details"] == {"rate": 24_000}
    assert event["timing_ms"]["first_content"] > 0


RATES = [(near, far, rate) for near, far in PAIRS for rate in CALLERS[near].rates[1:]]


@pytest.mark.parametrize(("near", "far", "rate"), RATES)
def test_another_rate_lasts_as_long(
    near: str, far: str, rate: int, tenant: LiveTenant, upstream: StartUpstream
) -> None:
    pair = Pair(near, far, tenant, upstream, sounding(near, far))
    got = pair.post(rate)
    assert got.headers["content-type"] == pair.near.kind.format(rate=rate)
    assert len(heard(near, got)) == len(tone(MS, rate))
    if pair.told()[2] == rate:
        assert heard(near, got) == tone(MS, rate)
    event = event_of(tenant)
    assert (event["audio_ms"], event["details"]) == (MS, {"rate": rate})


WAV_PAIRS = [
    (near, far) for near, far in PAIRS if not same(near, far) or far in ("rymi-tts", "vapi-voice")
]  # other callers read the files of their own kind of endpoint themselves
MP3_PAIRS = [(near, far) for near, far in PAIRS if CALLERS[near].packed is not None]


@pytest.mark.parametrize(("near", "far"), WAV_PAIRS)
def test_a_wav_file_has_its_header_taken_off_but_where_raw_pcm_is_promised(
    near: str, far: str, tenant: LiveTenant, upstream: StartUpstream
) -> None:
    """At a rate of its own, too."""
    body = write_header(16_000) + tone(MS, 16_000)
    pair = Pair(near, far, tenant, upstream, [reply(200, body, ("content-type", "audio/wav"))])
    got = pair.post()
    if far == "rymi-tts":
        assert got.status_code == 502
        assert "a WAV file where raw PCM was promised" in got.text
        return
    assert got.headers["content-type"] == pair.near.kind.format(rate=24_000)
    assert len(heard(near, got)) == len(tone(MS))
    assert event_of(tenant)["audio_ms"] == MS


@pytest.mark.parametrize(("near", "far"), MP3_PAIRS)
def test_mp3_is_carried_unchanged_or_refused_before_anything_is_asked(
    near: str, far: str, tenant: LiveTenant, upstream: StartUpstream
) -> None:
    pair = Pair(near, far, tenant, upstream, [Send(SERVERS[far].head("mp3")), Send(chunk(MP3)),
                                              Send(chunk(b""))])  # fmt: skip
    got = pair.post_packed()
    if not pair.far.packs:
        assert got.status_code == 422
        assert "gives no MP3; ask for raw PCM" in got.text
        assert not pair.endpoint.requests
        event = event_of(tenant)
        assert (event["outcome"], event["error"]["code"]) == ("refused", "invalid_request")
        return
    assert (got.status_code, got.content) == (200, MP3)
    assert got.headers["content-type"] == "audio/mpeg"
    assert pair.told()[2] == "mp3"
    event = event_of(tenant)
    assert (event["outcome"], event["audio_ms"]) == ("ok", None)
    assert (event["bytes_out"], event["details"]) == (len(MP3), {"form": "mp3"})


@every_pair
def test_error_before_the_sound_has_the_callers_shape(
    near: str, far: str, tenant: LiveTenant, upstream: StartUpstream
) -> None:
    error = reply(429, dict(SERVERS[far].error), ("retry-after", "7"))
    pair = Pair(near, far, tenant, upstream, [error])
    got = pair.post()
    assert (got.status_code, got.headers["retry-after"]) == (429, "7")
    assert got.headers["x-patchbay-error-source"] == "upstream"
    assert got.headers["content-type"] == "application/json"
    assert said(got, pair.near) == "Too fast."
    event = event_of(tenant)
    assert (event["outcome"], event["audio_ms"], event["characters"]) == ("upstream_error", 0, 20)


@every_pair
def test_what_is_no_sound_is_named(
    near: str, far: str, tenant: LiveTenant, upstream: StartUpstream
) -> None:
    pair = Pair(near, far, tenant, upstream, [reply(200, {"audio": "AAAA"})])
    got = pair.post()
    assert got.status_code == 502
    assert "It answered with JSON where" in said(got, pair.near)
    assert event_of(tenant)["error"]["code"] == "upstream_bad_response"


@every_pair
def test_sound_that_breaks_off_is_cut_or_told(
    near: str, far: str, tenant: LiveTenant, upstream: StartUpstream
) -> None:
    pair = Pair(near, far, tenant, upstream, sounding(near, far, Close(), last=False))
    headers = {**tenant.headers, **pair.near.headers(24_000)}
    body = b""
    with httpx.stream("POST", pair.url, headers=headers, json=pair.near.body(24_000)) as got:
        if pair.near.tells:
            body = b"".join(got.iter_bytes())
            assert b'"code":"upstream_truncated"' in body
        else:
            body = until_cut(got)
    assert tone(MS).startswith(pair.near.heard(body))
    event = event_of(tenant)
    assert (event["outcome"], event["bytes_out"]) == ("upstream_truncated", len(body))
    assert event["audio_ms"] == MS


@every_pair
def test_caller_that_hangs_up_lets_the_endpoint_go(
    near: str, far: str, tenant: LiveTenant, upstream: StartUpstream
) -> None:
    pair = Pair(near, far, tenant, upstream, sounding(near, far, Stall(), last=False))
    headers = {**tenant.headers, **pair.near.headers(24_000)}
    with httpx.stream("POST", pair.url, headers=headers, json=pair.near.body(24_000)) as got:
        next(got.iter_bytes())
    assert pair.endpoint.connections[0].gone.wait(10)
    assert event_of(tenant)["outcome"] == "client_gone"


@every_pair
def test_gateways_own_errors_have_the_callers_shape(
    near: str, far: str, tenant: LiveTenant, upstream: StartUpstream
) -> None:
    pair = Pair(near, far, tenant, upstream, [])
    got = httpx.post(pair.url, json=pair.near.body(24_000))
    assert got.status_code == 401
    assert said(got, pair.near)
    assert "invalid_api_key" in got.text


@every_pair
def test_what_the_matrix_says_is_lost_is_lost(
    near: str, far: str, tenant: LiveTenant, upstream: StartUpstream
) -> None:
    pair = Pair(near, far, tenant, upstream, sounding(near, far))
    asked = pair.near.body(24_000)
    pair.post()
    told = set(pair.endpoint.requests[-1].json())
    gone = losses(ingress(near), far, "voice")
    for words, names in NAMED.items():
        if names & asked.keys():
            assert bool(names & told) is (words not in gone), words


def event(**members: Any) -> bytes:
    return b"data: " + json.dumps(members).encode() + b"\n\n"


DELTA = {"type": "speech.audio.delta", "audio": "AQIDBA=="}
DONE = {"type": "speech.audio.done",
        "usage": {"input_tokens": 9, "output_tokens": 40, "total_tokens": 49}}  # fmt: skip
EVENTS_HEAD = [("content-type", "text/event-stream"), ("transfer-encoding", "chunked")]


def streamed(*events: bytes, last: bool = True) -> list[Step]:
    steps: list[Step] = [Send(head(200, *EVENTS_HEAD)), *(Send(chunk(one)) for one in events)]
    return [*steps, Send(chunk(b""))] if last else steps


@pytest.mark.parametrize("near", [near for near in CALLERS if "wav" not in near])
def test_an_endpoints_events_are_heard_and_their_tokens_recorded(
    near: str, tenant: LiveTenant, upstream: StartUpstream
) -> None:
    script = streamed(event(**DELTA), event(**DELTA), event(**DONE))
    pair = Pair(near, "openai-speech", tenant, upstream, script)
    got = pair.post()
    assert heard(near, got) == b"\x01\x02\x03\x04" * 2
    if pair.near.tells:
        assert got.content == event(**DELTA) * 2 + event(**DONE)
    record = event_of(tenant)
    assert (record["outcome"], record["tokens_source"]) == ("ok", "reported")
    assert (record["tokens_prompt"], record["tokens_completion"]) == (9, 40)
    assert record["audio_ms"] == pytest.approx(4 / 24, abs=0.001)


@pytest.mark.parametrize("near", [near for near in CALLERS if "wav" not in near])
def test_an_error_inside_an_endpoints_events_is_cut_or_passed(
    near: str, tenant: LiveTenant, upstream: StartUpstream
) -> None:
    script = streamed(event(**DELTA), event(error={"message": "No breath."}))
    pair = Pair(near, "openai-speech", tenant, upstream, script)
    if pair.near.tells:
        assert b"No breath." in pair.post().content
    else:
        with pytest.raises(httpx.RemoteProtocolError, match="incomplete"):
            pair.post()
    assert event_of(tenant)["outcome"] == "upstream_error"


@pytest.mark.parametrize("near", [near for near in CALLERS if "wav" not in near])
def test_an_endpoint_that_stays_after_its_end_mark_is_not_waited_for(
    near: str, tenant: LiveTenant, upstream: StartUpstream
) -> None:
    script = [*streamed(event(**DELTA), event(**DONE), last=False), Stall()]
    pair = Pair(near, "openai-speech", tenant, upstream, script)
    assert heard(near, pair.post()) == b"\x01\x02\x03\x04"
    record = event_of(tenant)
    assert (record["outcome"], record["timing_ms"]["total"] < 15_000) == ("ok", True)


def test_the_platforms_call_is_the_call(tenant: LiveTenant, upstream: StartUpstream) -> None:
    pair = Pair("vapi-voice", "rymi-tts", tenant, upstream, sounding("vapi-voice", "rymi-tts"))
    for _ in range(2):
        pair.post()
    first, second = tenant.platform.events(tenant, 2)
    assert first["call_id"] == second["call_id"]


@every_pair
def test_an_answer_without_any_sound_is_an_error(
    near: str, far: str, tenant: LiveTenant, upstream: StartUpstream
) -> None:
    pair = Pair(near, far, tenant, upstream, [reply(200, b"")])
    assert pair.post().status_code == 502
    assert event_of(tenant)["outcome"] == "upstream_truncated"


def test_a_wav_file_without_sound_and_events_without_sound_are_errors(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    silent: list[list[Step]] = [[reply(200, write_header(8000))], streamed(event(**DONE))]
    for script in silent:
        pair = Pair("rymi-tts", "openai-speech", tenant, upstream, script)
        got = pair.post()
        assert got.status_code == 502
        assert "Its answer held no sound." in got.text
