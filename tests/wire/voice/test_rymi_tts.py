"""Rymi's TTS contract, both sides."""

import json
from typing import Any

import pytest

from tests.wire.voice.recorded import Sounded, check_sound, sounds
from wire.errors import InvalidRequest
from wire.voice.base import VoiceRequest
from wire.voice.rymi_tts import RymiTTS
from wire.voice.sound import Opening, Sound

FORMAT = RymiTTS()
RAW = Sound("pcm", 24_000)
RECORDED = (
    b'{"text":"Hello there.","voice":"v-1","language":"en-US","format":"pcm_24000",'
    b'"instructions":"warm, slow"}'
)


def written(body: bytes, model: str = "") -> bytes:
    request = FORMAT.read_request(body)
    call = FORMAT.pass_call(request, model=model, settings={})
    assert call.asked == request.accepts[0]
    return call.body


def test_a_recorded_request_is_read_and_written_with_its_very_bytes() -> None:
    request = FORMAT.read_request(RECORDED)
    assert (request.text, request.voice, request.language) == ("Hello there.", "v-1", "en-US")
    assert (request.accepts, request.instructions) == ((RAW,), "warm, slow")
    assert request.characters == 12
    assert written(RECORDED) == RECORDED


def test_members_nobody_knows_pass_with_their_very_bytes() -> None:
    body = b'{"speed":1.10,"seed":12345678901234567890123,"text":"Hi","format":"pcm_8000"}'
    assert FORMAT.read_request(body).accepts == (Sound("pcm", 8000),)
    assert written(body) == body


@pytest.mark.parametrize("given", [b'"text":"Hi"', b'"text":"Hi","format":null'])
def test_a_rate_that_is_not_named_is_24_khz_and_named_to_the_endpoint(given: bytes) -> None:
    assert FORMAT.read_request(b"{%b}" % given).accepts == (RAW,)
    assert written(b"{%b}" % given) == b'{"text":"Hi","format":"pcm_24000"}'


def test_optional_members_may_be_null_or_missing() -> None:
    request = FORMAT.read_request(b'{"text":"Hi","voice":null,"instructions":null}')
    assert (request.voice, request.language, request.instructions) == (None, None, None)


def test_the_endpoints_model_is_the_voice_that_is_asked_for() -> None:
    assert json.loads(written(RECORDED, "house-voice"))["voice"] == "house-voice"
    assert json.loads(written(b'{"text":"Hi"}', "house-voice"))["voice"] == "house-voice"


def test_half_an_emoji_and_broken_utf8_are_spoken_as_well_as_can_be() -> None:
    assert FORMAT.read_request(b'{"text":"Hi \\ud83d"}').characters == 4
    assert written(b'{"text":"Hi \\ud83d"}').startswith(b'{"text":"Hi \\ud83d"')


@pytest.mark.parametrize(
    ("body", "param", "says"),
    [
        (b"", None, "not valid JSON"),
        (b"[]", None, "must be a JSON object"),
        (b"{}", "text", "`text` is missing"),
        (b'{"text":null}', "text", "`text` is missing"),
        (b'{"text":""}', "text", "`text` is empty"),
        (b'{"text":["Hi"]}', "text", "`text` must be a string"),
        (b'{"text":"Hi","voice":{}}', "voice", "`voice` must be a string"),
        (b'{"text":"Hi","language":1}', "language", "`language` must be a string"),
        (b'{"text":"Hi","instructions":[]}', "instructions", "must be a string"),
        (b'{"text":"Hi","format":24000}', "format", "must be a string"),
        (b'{"text":"Hi","format":"mp3"}', "format", "such as `pcm_24000`"),
        (b'{"text":"Hi","format":"pcm_1"}', "format", "such as `pcm_24000`"),
        (b'{"text":' + b"[" * 5000 + b"]" * 5000 + b"}", None, "nested too deeply"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(body: bytes, param: str | None, says: str) -> None:
    with pytest.raises(InvalidRequest, match=says) as refused:
        FORMAT.read_request(body)
    assert refused.value.param == param


def test_errors_are_the_error_object_of_the_llm_side() -> None:
    error: dict[str, Any] = json.loads(
        FORMAT.write_error(status=422, code="invalid_request", message="No.", param="text")
    )["error"]
    assert (error["code"], error["message"], error["param"]) == ("invalid_request", "No.", "text")


def test_an_answer_is_sound_or_is_named() -> None:
    assert FORMAT.opening(RAW, "", b"\x00\x00", whole=False) == Opening(RAW)
    assert FORMAT.opening(RAW, "audio/l16;rate=8000", b"\x00\x00", whole=False) == Opening(RAW)
    assert FORMAT.opening(RAW, "Audio/MPEG; x=y", b"\xff\xfb", whole=False) == "audio/mpeg audio"
    assert FORMAT.opening(RAW, "", b"RIFF", whole=False) == "a WAV file"


def test_samples_of_any_rate_can_be_had_and_nothing_packed() -> None:
    assert FORMAT.form(Sound("pcm", 11_025)) == Sound("pcm", 11_025)
    assert FORMAT.form(Sound("wav", 8000)) == Sound("pcm", 8000)
    assert FORMAT.form(Sound("mp3")) is None


def test_a_request_of_another_format_is_written_in_these_terms() -> None:
    asked = Sound("pcm", 8000)
    bare = VoiceRequest("x", "Hi", None, None, (asked,), None, {})
    call = FORMAT.write_call(bare, asked, model="", settings={})
    assert json.loads(call.body) == {
        "text": "Hi", "voice": "default", "language": "en-US", "format": "pcm_8000"
    }  # fmt: skip
    rich = VoiceRequest("x", "Hi", "v", "de-DE", (asked,), "warm", {})
    written = json.loads(FORMAT.write_call(rich, asked, model="", settings={}).body)
    assert (written["voice"], written["language"]) == ("v", "de-DE")
    assert written["instructions"] == "warm"
    assert b'"house"' in FORMAT.write_call(rich, asked, model="house", settings={}).body


@pytest.mark.parametrize("recorded", sounds("rymi-tts"), ids=lambda recorded: recorded.name)
def test_a_recorded_answer_is_heard_however_it_is_cut(recorded: Sounded) -> None:
    check_sound("rymi-tts", recorded)
