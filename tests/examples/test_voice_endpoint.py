"""The reference voice endpoint, as a tenant starts it."""

import asyncio
import contextlib
import os
import signal
import subprocess
from array import array
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from tests.examples.programs import VoiceEndpoint
from tests.servers.program import wait_until
from tests.speech import speak
from tests.upstreams.authority import Authority

SENTENCE = "Please call me tomorrow morning."
ASKED = {"text": SENTENCE, "voice": "clear", "language": "en-US", "format": "pcm_16000"}
HOURS = "This goes on and on. " * 3000


@contextlib.contextmanager
def started(endpoint: VoiceEndpoint) -> Iterator[VoiceEndpoint]:
    try:
        endpoint.start()
        yield endpoint
    finally:
        endpoint.close()


def session_of(pid: int) -> list[int]:
    """The living processes that a program started, itself included."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                state, *fields = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(fields[2]) == pid and state != "Z":
                    found.append(int(entry.name))
    return found


def loudness(pcm: bytes) -> float:
    samples = array("h", pcm)
    return sum(map(abs, samples)) / len(samples)


def post(endpoint: VoiceEndpoint, **options: Any) -> httpx.Response:
    jack = endpoint.jack
    options = {"headers": jack.headers, **options}
    with httpx.Client(verify=jack.context or True, timeout=20) as client:
        return client.post(jack.url, **options)


async def test_a_sentence_comes_in_pieces_and_is_as_long_at_every_rate(
    voice: VoiceEndpoint,
) -> None:
    seconds = []
    for rate in (8000, 16000, 22050, 24000, 44100, 48000):
        pieces = await speak(SENTENCE, voice.jack, format=f"pcm_{rate}")
        pcm = b"".join(pieces)
        assert len(pieces) >= 10
        assert all(len(piece) % 2 == 0 for piece in pieces)
        assert not pcm.startswith(b"RIFF")
        assert loudness(pcm) > 200
        seconds.append(len(pcm) / 2 / rate)
    assert 1.5 < min(seconds) <= max(seconds) < min(seconds) + 0.01


async def test_pieces_join_to_what_the_engine_said_without_a_seam(voice: VoiceEndpoint) -> None:
    """At the engine's own rate nothing is added, lost or shifted."""
    command = ["espeak-ng", "-v", "en-US+klatt5", "-s", "165", "-a", "30", "--stdin", "--stdout"]
    done = await asyncio.to_thread(
        subprocess.run, command, input=SENTENCE.encode(), capture_output=True, check=True
    )
    assert b"".join(await speak(SENTENCE, voice.jack, format="pcm_22050")) == done.stdout[44:]


async def test_each_voice_and_language_sounds_different(voice: VoiceEndpoint) -> None:
    ways = [{}, {"voice": "deep"}, {"voice": "high"}, {"language": "de-DE"}]
    sounds = {b"".join(await speak(SENTENCE, voice.jack, **way)) for way in ways}
    assert len(sounds) == len(ways)
    assert b"".join(await speak(SENTENCE, voice.jack, voice="nobody")) in sounds


async def test_text_is_never_an_option_of_the_engine(voice: VoiceEndpoint) -> None:
    assert loudness(b"".join(await speak("--version", voice.jack))) > 100


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer wrong"}])
def test_a_wrong_or_missing_token_is_401(voice: VoiceEndpoint, headers: dict[str, str]) -> None:
    assert post(voice, headers=headers, json=ASKED).status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        b"not JSON",
        b"[]",
        b'{"text":"\\ud800"}',
        b'{"text":' + b'"' + b"a" * 70_000 + b'"}',
        *(
            httpx.Request("POST", "https://localhost", json=ASKED | change).read()
            for change in (
                {"text": ""},
                {"text": None},
                {"format": "mp3"},
                {"format": "pcm_11111"},
                {"language": "zz-ZZ"},
                {"language": "../en"},
            )
        ),
    ],
    ids=lambda body: body[:30].decode(),
)
def test_what_cannot_be_spoken_is_422_before_any_sound(voice: VoiceEndpoint, body: bytes) -> None:
    reply = post(voice, content=body)
    assert reply.status_code == 422
    assert len(reply.json()["error"]) > 10


def test_instructions_are_tolerated_and_defaults_are_rymis(voice: VoiceEndpoint) -> None:
    short = post(voice, json={"text": SENTENCE})
    asked = ASKED | {"format": "pcm_24000", "instructions": "warm, slow"}
    assert short.content == post(voice, json=asked).content
    assert short.headers["content-type"] == "application/octet-stream"
    assert short.headers["transfer-encoding"] == "chunked"


async def test_a_caller_who_hangs_up_stops_the_engine(voice: VoiceEndpoint) -> None:
    jack = voice.jack
    async with (
        httpx.AsyncClient(verify=jack.context or True, timeout=20) as client,
        client.stream(
            "POST", jack.url, json=ASKED | {"text": HOURS}, headers=jack.headers
        ) as reply,
    ):
        await anext(reply.aiter_raw())
        wait_until(lambda: len(session_of(voice.pid)) == 2, 20, "espeak-ng, and it alone")
    wait_until(lambda: session_of(voice.pid) == [voice.pid], 30, "the end of espeak-ng")


async def test_sigterm_ends_it_and_its_engine_while_a_caller_does_not_read(
    voice: VoiceEndpoint, authority: Authority
) -> None:
    with started(VoiceEndpoint(authority)) as endpoint:
        jack, pid = endpoint.jack, endpoint.pid
        async with (
            httpx.AsyncClient(verify=jack.context or True, timeout=20) as client,
            client.stream(
                "POST", jack.url, json=ASKED | {"text": HOURS}, headers=jack.headers
            ) as reply,
        ):
            assert reply.status_code == 200
            wait_until(lambda: len(session_of(pid)) == 2, 20, "espeak-ng")
            os.kill(pid, signal.SIGTERM)
            wait_until(lambda: not session_of(pid), 60, "the end of everything")


@pytest.mark.parametrize("name", ["espeak-ng", "soxr"])
async def test_tones_stand_in_for_what_is_not_installed_and_it_says_so(
    authority: Authority, name: str
) -> None:
    with started(VoiceEndpoint(authority, without=[name])) as endpoint:
        pieces = await speak(SENTENCE, endpoint.jack)
        pcm = b"".join(pieces)
        assert f"Not installed: {name}. Tones stand in for speech." in endpoint.said
        assert len(pieces) >= len(SENTENCE.split())
        assert 1.5 < len(pcm) / 32_000 < 4
        assert loudness(pcm) > 1000
        assert pcm == b"".join(await speak(SENTENCE, endpoint.jack))
        assert post(endpoint, json=ASKED | {"text": " "}).status_code == 422
        stranger = replace(endpoint.jack, token="wrong")
        with pytest.raises(httpx.HTTPStatusError, match="401"):
            await speak(SENTENCE, stranger)
