"""Voice endpoints are asked in their own format, and judged by what a caller would hear."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from endpoints.models import CheckResult, RunStatus, ValidationRun
from endpoints.validation.prompts import SENTENCE
from tenants.models import Tenant
from tests.endpoints.rows import saved_endpoint
from tests.endpoints.validation.verdicts import examine, told
from tests.endpoints.validation.voice_zoo import PIECE, voiced
from tests.endpoints.validation.zoo import TOKEN, clocks
from tests.shapes.voice import SERVERS
from tests.shapes.voice.jambonz_tts_stream import STREAM, Speaker
from tests.upstreams.fixtures import StartSockets, StartUpstream
from tests.upstreams.script import Seen, Send, Step, Wait, chunk, reply
from wire.wav import write_header

VOICED = {"openai-speech", "elevenlabs-tts", "cartesia"}  # whose voice is a setting
STYLED = {"openai-speech", "rymi-tts"}
Script = Callable[[Seen], Iterable[Step]]


def speaker(name: str, *, rate: int | None = None, header: bool = False) -> Script:
    """Speaks at the rate that it is asked for, or always at one."""
    server = SERVERS[name]

    def script(seen: Seen) -> Iterable[Step]:
        if seen.header("authorization") != f"Bearer {TOKEN}":
            return [reply(401, dict(server.error))]
        text, _, asked = server.told(seen)
        spoken = rate or int(asked)
        sound = voiced(65 * len(text), spoken)
        if header:
            sound = write_header(spoken) + sound
        pieces = [sound[at : at + PIECE] for at in range(0, len(sound), PIECE)]
        steps = [step for piece in pieces for step in (Wait(0.004), Send(chunk(piece)))]
        return [Send(server.head(asked)), *steps, Send(chunk(b""))]

    return script


def examined(
    name: str, script: Script | list[Step], acme: Tenant, upstream: StartUpstream, **given: Any
) -> tuple[ValidationRun, dict[str, CheckResult]]:
    options: dict[str, Any] = {
        "model": "house",
        "settings": {"voice": "v-1"} if name in VOICED else {},
        **given,
    }
    saved = saved_endpoint(
        acme,
        channel="voice",
        wire_format=name,
        urls=[upstream(script).url + SERVERS[name].path],
        auth={"type": "bearer", "token": TOKEN},
        timeouts=clocks(),
        **options,
    )
    run = examine(saved)
    return run, {check.name: check for check in run.checks.all()}


@pytest.mark.parametrize("name", SERVERS)
def test_a_healthy_endpoint_of_every_format_passes(
    name: str, acme: Tenant, upstream: StartUpstream, loopback: None
) -> None:
    run, checks = examined(name, speaker(name), acme, upstream)
    assert run.status == RunStatus.PASSED, told(list(checks.values()))
    skipped = {each.name: each.summary for each in checks.values() if each.status == "skipped"}
    expected = {}
    if name not in STYLED:
        expected["instructions"] = "This format carries no instructions."
    if name == "openai-speech":
        expected["sample_rate"] = "This format has one rate; Patchbay makes others of it."
    assert skipped == expected


@pytest.mark.parametrize("name", [name for name in SERVERS if name != "rymi-tts"])
def test_a_wav_file_is_heard_by_its_header(
    name: str, acme: Tenant, upstream: StartUpstream, loopback: None
) -> None:
    run, checks = examined(name, speaker(name, rate=16_000, header=True), acme, upstream)
    assert run.status == RunStatus.PASSED, told(list(checks.values()))


@pytest.mark.parametrize("name", ["cartesia", "deepgram-aura", "elevenlabs-tts", "vapi-voice"])
def test_a_rate_that_is_not_the_one_asked_for_is_found(
    name: str, acme: Tenant, upstream: StartUpstream, loopback: None
) -> None:
    run, checks = examined(name, speaker(name, rate=24_000), acme, upstream)
    assert run.status == RunStatus.FAILED
    assert "does not follow" in checks["sample_rate"].summary


def streamed(
    speaker: Speaker, acme: Tenant, sockets: StartSockets, **given: Any
) -> tuple[ValidationRun, dict[str, CheckResult]]:
    def admit(peer: ServerConnection, request: Request) -> Response | None:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return peer.respond(401, "no")
        return None

    saved = saved_endpoint(
        acme,
        channel="voice",
        wire_format=STREAM,
        urls=[sockets(speaker, process_request=admit).url],
        auth={"type": "bearer", "token": given.pop("token", TOKEN)},
        timeouts=clocks(),
        settings={"end_silence": 0.3},
        model="house",
    )
    run = examine(saved)
    return run, {check.name: check for check in run.checks.all()}


def sentence(rate: int) -> bytes:
    return voiced(65 * len(SENTENCE), rate)


@pytest.mark.parametrize("packs", [False, True])
def test_a_healthy_server_over_a_socket_passes(
    acme: Tenant, sockets: StartSockets, loopback: None, packs: bool
) -> None:
    speaker = Speaker(packs=packs, sound=sentence)
    run, checks = streamed(speaker, acme, sockets)
    assert run.status == RunStatus.PASSED, told(list(checks.values()))
    skipped = {each.name for each in checks.values() if each.status == "skipped"}
    assert skipped == {"instructions"}
    assert speaker.told[0] == (SENTENCE, "house", 24_000)


@pytest.mark.parametrize(
    ("speaker", "check", "words"),
    [
        (Speaker(sound=lambda rate: b"", after="fails"), "answer", "an error inside its answer"),
        (Speaker(sound=sentence, after="breaks"), "sound_ending", "cut off"),
        (Speaker(sound=lambda rate: sentence(24_000)), "sample_rate", "does not follow"),
        (Speaker(sound=lambda rate: b'{"audio":"AAAA","x":1}'), "raw_pcm", "JSON"),
    ],
)
def test_faults_of_a_server_over_a_socket_are_named(
    acme: Tenant,
    sockets: StartSockets,
    loopback: None,
    speaker: Speaker,
    check: str,
    words: str,
) -> None:
    run, checks = streamed(speaker, acme, sockets)
    assert run.status == RunStatus.FAILED
    assert words in checks[check].summary
    assert checks[check].hint


def test_a_token_that_a_server_over_a_socket_refuses_is_named(
    acme: Tenant, sockets: StartSockets, loopback: None
) -> None:
    _, checks = streamed(Speaker(sound=sentence), acme, sockets, token="an-other-token-0123")
    assert "refused the stored credential with status 401" in checks["authentication"].summary


def test_what_no_call_can_be_made_without_is_named(
    acme: Tenant, upstream: StartUpstream, loopback: None
) -> None:
    for settings, model, says in (
        ({}, "house", "set `settings.voice`"),
        ({"voice": "v-1"}, "", "set `model`"),
    ):
        run, checks = examined(
            "cartesia", speaker("cartesia"), acme, upstream, settings=settings, model=model
        )
        assert run.status == RunStatus.FAILED
        assert says in checks["answer"].summary
        assert checks["answer"].hint


def test_a_page_in_place_of_sound_is_named(
    acme: Tenant, upstream: StartUpstream, loopback: None
) -> None:
    page = [reply(200, "<!doctype html><p>Hi", ("content-type", "text/html"))]
    _, checks = examined("elevenlabs-tts", page, acme, upstream)
    assert "HTML or XML" in checks["raw_pcm"].summary
