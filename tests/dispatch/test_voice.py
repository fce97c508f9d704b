"""What goes wrong with a voice endpoint before anything was sent to the caller."""

import asyncio
import random

import pytest

from dispatch.answers import ErrorAnswer
from dispatch.endpoint import EndpointSnapshot
from dispatch.spoken import PassedSound
from dispatch.voice import ask, passage_between, write_call
from egress.http import Client, Clocks
from egress.policy import Policy
from tests.gateway.calls import code, event_of
from tests.gateway.speaking import PCM_HEAD, say, spoken, tone
from tests.live import LiveTenant
from tests.upstreams import Authority, eventually
from tests.upstreams.fixtures import StartUpstream
from tests.upstreams.script import Close, Reset, Send, Stall, Step, Wait, chunk, head, reply
from wire.registry import hosted_format
from wire.voice.relay import AT_ONCE

SOUND = tone(40)
WAV = b"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00"
OCTETS = ("content-type", "application/octet-stream")


@pytest.mark.parametrize("status", [400, 401, 404, 422, 429, 500, 503])
def test_an_endpoints_own_error_passes_with_its_body(
    tenant: LiveTenant, upstream: StartUpstream, status: int
) -> None:
    error = reply(status, {"error": "mine"}, ("retry-after", "7"), ("set-cookie", "a=b"))
    agent = tenant.agent(upstream([error]).url, channel="voice")

    got = say(agent, tenant)

    assert (got.status_code, got.json()) == (status, {"error": "mine"})
    assert got.headers["x-patchbay-error-source"] == "upstream"
    assert got.headers["retry-after"] == "7"
    assert "set-cookie" not in got.headers
    event = event_of(tenant)
    assert (event["outcome"], event["status"]) == ("upstream_error", status)
    assert (event["audio_ms"], event["characters"]) == (0, 20)


IMPOSTORS: dict[str, tuple[list[Step], str]] = {
    "page": ([reply(200, "<!doctype html><p>Hi", ("content-type", "text/html"))], "HTML or XML"),
    "page called sound": ([reply(200, "<!doctype html><p>Hi", OCTETS)], "HTML or XML"),
    "JSON": ([reply(200, {"audio": "AAAA"})], "JSON"),
    "short JSON": ([reply(200, "{}", OCTETS)], "JSON"),
    "WAV": ([reply(200, WAV, ("content-type", "audio/wav"))], "a WAV file"),
    "WAV called sound": (spoken(WAV), "a WAV file"),
    "WAV in bytes": (spoken(*(WAV[at : at + 1] for at in range(20)), pause=0.005), "a WAV file"),
    "MP3": ([reply(200, b"\xff\xfb\x90", ("content-type", "audio/mpeg"))], "audio/mpeg audio"),
    "text": ([reply(200, "out of memory!!!", ("content-type", "text/plain"))], "text"),
}


@pytest.mark.parametrize("name", IMPOSTORS)
def test_what_is_no_raw_pcm_is_named_and_never_played(
    tenant: LiveTenant, upstream: StartUpstream, name: str
) -> None:
    script, kind = IMPOSTORS[name]
    agent = tenant.agent(upstream(script).url, channel="voice")

    got = say(agent, tenant)

    assert code(got) == (502, "upstream_bad_response")
    assert f"It answered with {kind} where raw PCM was promised." in got.text
    event = event_of(tenant)
    assert (event["outcome"], event["status"]) == ("upstream_error", 200)
    assert (event["error"]["code"], event["audio_ms"]) == ("upstream_bad_response", 0)


CUT_OFF: dict[str, list[Step]] = {
    "empty": [reply(200, b"", OCTETS)],
    "no content": [Send(head(204))],
    "empty and chunked": spoken(),
    "nothing": [Close()],
    "only a head": [Send(PCM_HEAD), Close()],
    "reset": [Reset()],
}


@pytest.mark.parametrize("name", CUT_OFF)
def test_no_sound_at_all_is_an_error(
    tenant: LiveTenant, upstream: StartUpstream, name: str
) -> None:
    agent = tenant.agent(upstream(CUT_OFF[name]).url, channel="voice")
    assert code(say(agent, tenant)) == (502, "upstream_truncated")
    assert event_of(tenant)["outcome"] == "upstream_truncated"


@pytest.mark.parametrize("clock", ["first_byte", "idle", "total"])
def test_a_clock_that_runs_out_before_the_first_sound_is_named(
    tenant: LiveTenant, upstream: StartUpstream, clock: str
) -> None:
    script: list[Step] = [Stall()] if clock == "first_byte" else [Send(PCM_HEAD), Stall()]
    agent = tenant.agent(upstream(script).url, channel="voice", timeouts={clock: 1})
    assert code(say(agent, tenant)) == (504, "upstream_timeout")
    assert event_of(tenant)["error"]["clock"] == clock


@pytest.mark.parametrize("declared", ["text/html; charset=utf-8", "audio/wav", "audio/pcm"])
def test_raw_pcm_is_played_whatever_it_is_declared_as(
    tenant: LiveTenant, upstream: StartUpstream, declared: str
) -> None:
    agent = tenant.agent(
        upstream([reply(200, SOUND, ("content-type", declared))]).url, channel="voice"
    )
    got = say(agent, tenant)
    assert (got.status_code, got.content) == (200, SOUND)
    assert got.headers["content-type"] == "application/octet-stream"


class Ear:
    """An outlet that is ready now and then."""

    def __init__(self, dice: random.Random, chance: float = 0.5) -> None:
        self.heard = b""
        self._chance = chance
        self.puts = 0
        self._dice = dice

    def ready(self) -> bool:
        return self._dice.random() < self._chance

    def put(self, piece: bytes) -> None:
        assert piece
        self.puts += 1
        self.heard += piece


def endpoint_at(url: str, wire_format: str) -> EndpointSnapshot:
    return EndpointSnapshot(
        "end_1", "ten_1", 1, "voice", wire_format, (url,), "house", Clocks(), {}, "none", {}, {},
        (),
    )  # fmt: skip


async def test_every_byte_comes_once_and_in_order_at_every_split(
    authority: Authority, upstream: StartUpstream
) -> None:
    dice = random.Random(11)
    sound = b"{\x01" + dice.randbytes(37)
    client = Client(Policy.of(allow_cidrs=["127.0.0.0/8"], ca_file=authority.ca_file))
    server = upstream([])
    endpoint = endpoint_at(server.url, "rymi-tts")
    passage = passage_between("rymi-tts", "rymi-tts")
    request = hosted_format("voice", "rymi-tts").read_request(b'{"text":"Hi"}')
    call = write_call(passage, request, endpoint)
    puts = 0
    for cut in range(len(sound) + 1):
        pieces = [piece for piece in (sound[:cut], sound[cut:]) if piece]
        server.script = [
            Send(PCM_HEAD),
            *(step for piece in pieces for step in (Send(chunk(piece)), Wait(0.002))),
            Send(chunk(b"")),
        ]
        answer = await ask(client, endpoint, passage, request, call)
        assert isinstance(answer, PassedSound)
        ear = Ear(dice)
        while piece := await answer.read(ear):
            ear.heard += piece
        assert ear.heard == sound, f"cut at {cut}"
        puts += ear.puts
    assert puts
    await client.aclose()


@pytest.mark.parametrize("pushed", [False, True])
async def test_sound_that_takes_long_to_resample_lets_others_have_their_turn(
    authority: Authority, upstream: StartUpstream, pushed: bool
) -> None:
    client = Client(Policy.of(allow_cidrs=["127.0.0.0/8"], ca_file=authority.ca_file))
    server = upstream(
        [Send(PCM_HEAD), *(Send(chunk(tone(400))) for _ in range(5)), Send(chunk(b""))]
    )
    endpoint = endpoint_at(server.url, "openai-speech")
    passage = passage_between("rymi-tts", "openai-speech")
    asked = b'{"text":"Hi","format":"pcm_192000"}'
    request = hosted_format("voice", "rymi-tts").read_request(asked)
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    answer = await ask(client, endpoint, passage, request, write_call(passage, request, endpoint))
    assert not isinstance(answer, ErrorAnswer)
    beside, ear, reads = asyncio.create_task(other()), Ear(random.Random(5)), 0
    while piece := await answer.read(ear if pushed else None):
        ear.heard += piece
        reads += 1
        assert len(piece) < 3 * AT_ONCE
    beside.cancel()
    assert len(ear.heard) == 2 * 192_000 * 2
    assert turns > reads / 2 > 4
    await client.aclose()


async def test_sound_that_takes_long_to_resample_is_not_kept_until_more_comes(
    authority: Authority, upstream: StartUpstream
) -> None:
    client = Client(Policy.of(allow_cidrs=["127.0.0.0/8"], ca_file=authority.ca_file))
    server = upstream([*spoken(tone(100), tone(400), pause=0.2, last=False), Stall()])
    endpoint = endpoint_at(server.url, "openai-speech")
    passage = passage_between("rymi-tts", "openai-speech")
    asked = b'{"text":"Hi","format":"pcm_192000"}'
    request = hosted_format("voice", "rymi-tts").read_request(asked)
    answer = await ask(client, endpoint, passage, request, write_call(passage, request, endpoint))
    assert not isinstance(answer, ErrorAnswer)
    ear = Ear(random.Random(5), chance=1.0)

    async def listen() -> None:
        while piece := await answer.read(ear):
            ear.heard += piece

    listening = asyncio.create_task(listen())
    await eventually(lambda: len(ear.heard) > 0.45 * 192_000 * 2)
    listening.cancel()
    await client.aclose()
