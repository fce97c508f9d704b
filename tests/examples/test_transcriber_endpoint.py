"""The reference transcriber endpoint, as a tenant starts it."""

import asyncio
import json
import signal
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.examples.programs import TranscriberEndpoint, VoiceEndpoint
from tests.speech import FRAME_BYTES, Jack, listen, round_trip, speak, words
from tests.upstreams.authority import Authority

SENTENCE = "Please call me tomorrow morning."
QUIET = bytes(32_000)


def opened(jack: Jack) -> connect:
    return connect(jack.url, ssl=jack.context, additional_headers=jack.headers)


async def until_utterance_end(socket: ClientConnection) -> list[dict[str, Any]]:
    messages = [json.loads(await socket.recv())]
    while messages[-1]["type"] != "utterance_end":
        messages.append(json.loads(await socket.recv()))
    return messages


@pytest.fixture
async def spoken(voice: VoiceEndpoint) -> bytes:
    return b"".join(await speak(SENTENCE, voice.jack))


@pytest.mark.parametrize(
    "sentence",
    ["What time is it?", "Please call me tomorrow morning.", "How are you today?"],
)
async def test_a_sentence_that_the_voice_speaks_is_heard_word_for_word(
    voice: VoiceEndpoint, transcriber: TranscriberEndpoint, sentence: str
) -> None:
    heard = await round_trip(sentence, voice=voice.jack, transcriber=transcriber.jack)
    assert heard.words == sentence.lower().rstrip(".?")
    kinds = [message["type"] for message in heard.messages]
    assert kinds[0] == "speech_started"
    assert "interim" in kinds
    assert kinds[-2:] == ["final", "utterance_end"]
    final = heard.messages[-2]
    assert 0.5 < final["confidence"] <= 1
    assert final["language_code"] == "en-US"
    assert "Listening with pocketsphinx." in transcriber.said


async def test_the_end_of_speech_is_found_without_being_asked(
    transcriber: TranscriberEndpoint, spoken: bytes
) -> None:
    async with opened(transcriber.jack) as socket:
        await socket.send(spoken + QUIET)
        assert words(await until_utterance_end(socket)) == "please call me tomorrow morning"


async def test_frames_of_any_size_read_the_same_and_no_call_colours_the_next(
    transcriber: TranscriberEndpoint, spoken: bytes
) -> None:
    heard = [
        await listen(spoken, transcriber.jack, frame_bytes=size, pace=0.0)
        for size in (FRAME_BYTES, 333, len(spoken))
    ]
    assert heard[0] == heard[1] == heard[2]


async def test_finalize_is_answered_when_nothing_was_said(transcriber: TranscriberEndpoint) -> None:
    messages = await listen(QUIET, transcriber.jack, pace=0.0)
    assert messages == [{"type": "final", "text": ""}, {"type": "utterance_end"}]


async def test_close_ends_the_call_and_an_unknown_message_does_not(
    transcriber: TranscriberEndpoint,
) -> None:
    async with opened(transcriber.jack) as socket:
        await socket.send('{"type":"keep_alive"}')
        await socket.send("not JSON")
        assert json.loads(await socket.recv())["type"] == "error"
        await socket.send('{"type":"close"}')
        with pytest.raises(ConnectionClosed):
            await socket.recv()
        assert socket.close_code == 1000


async def test_a_refusal_is_an_http_status(transcriber: TranscriberEndpoint) -> None:
    jack = transcriber.jack
    refused = [
        (replace(jack, token="wrong"), 401),
        (replace(jack, token=""), 401),
        (replace(jack, url=jack.url + "x"), 404),
    ]
    for way, status in refused:
        with pytest.raises(InvalidStatus, match=str(status)):
            await opened(way)
    async with opened(jack), opened(jack):
        with pytest.raises(InvalidStatus, match="503"):
            await opened(jack)
    async with asyncio.timeout(20):
        while not await _is_taken(jack):  # noqa: ASYNC110 - the program tells no event
            await asyncio.sleep(0.05)  # what heard the call before is made ready for the next one


async def _is_taken(jack: Jack) -> bool:
    try:
        async with opened(jack) as socket:
            await socket.send('{"type":"close"}')
    except InvalidStatus:
        return False
    return True


async def test_phrases_make_it_hear_what_it_would_mishear(
    authority: Authority, voice: VoiceEndpoint
) -> None:
    fox = "The quick brown fox jumps over the lazy dog."
    phrases = ("--phrases", fox, "Good morning!")
    pieces = await speak(fox, voice.jack)
    with closing(TranscriberEndpoint(authority, *phrases)) as endpoint:
        endpoint.start()
        messages = await listen(b"".join(pieces), endpoint.jack, pace=0.0)
    assert words(messages) == fox.lower().rstrip(".")


async def test_loudness_stands_in_for_pocketsphinx_and_it_says_so(
    authority: Authority, voice: VoiceEndpoint, spoken: bytes
) -> None:
    with closing(TranscriberEndpoint(authority, without=["pocketsphinx"])) as endpoint:
        endpoint.start()
        messages = await listen(spoken + QUIET, endpoint.jack, pace=0.0)
        assert "Not installed: pocketsphinx. Loudness stands in for words." in endpoint.said
    kinds = [message["type"] for message in messages]
    assert kinds[0] == "speech_started"
    assert "interim" in kinds
    assert kinds.count("final") == kinds.count("utterance_end") == 2  # its end, and `finalize`
    assert 1.0 < float(words(messages).split()[1]) < 2.5


async def test_sigterm_ends_it_and_tells_the_caller(authority: Authority, spoken: bytes) -> None:
    endpoint = TranscriberEndpoint(authority)
    with closing(endpoint):
        endpoint.start()
        async with opened(endpoint.jack) as socket:
            await socket.send(spoken)
            assert json.loads(await socket.recv())["type"] == "speech_started"
            await asyncio.to_thread(endpoint.stop, signal.SIGTERM)
            await socket.wait_closed()
            assert socket.close_code == 1001
