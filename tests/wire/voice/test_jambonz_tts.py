"""jambonz' custom TTS over HTTP, both sides."""

import json
from dataclasses import replace

import pytest

from tests.wire.voice.asked import BARE, MP3, RAW, RAW_8K, RICH, WAV, written
from tests.wire.voice.recorded import Sounded, check_sound, sounds
from wire.errors import InvalidRequest
from wire.voice.jambonz_tts import JambonzTTS
from wire.voice.sound import Opening, Sound

FORMAT = JambonzTTS()
RECORDED = b'{"language":"en-US","voice":"v-1","type":"text","text":"Hello there."}'


def test_a_recorded_request_is_read_and_passes_with_its_very_bytes() -> None:
    request = FORMAT.read_request(RECORDED)
    assert (request.text, request.voice, request.language) == ("Hello there.", "v-1", "en-US")
    call = FORMAT.pass_call(request, model="", settings={})
    assert (call.body, call.asked) == (RECORDED, RAW)
    house = FORMAT.pass_call(request, model="house", settings={})
    assert json.loads(house.body)["voice"] == "house"


def test_the_language_may_be_missing() -> None:
    assert FORMAT.read_request(b'{"text":"Hi"}').language is None


@pytest.mark.parametrize(
    ("header", "accepts"),
    [
        ("", (RAW, MP3)),
        ("application/json, text/plain, */*", (RAW, MP3)),
        ("audio/mpeg", (MP3,)),
        ("Audio/MPEG, */*;q=0.5", (MP3, RAW)),
        ("audio/mp3,audio/x-wav", (MP3, WAV)),
        ("audio/l16;rate=8000", (RAW_8K,)),
        ("audio/l16; rate=11025, audio/*", (Sound("pcm", 16_000), RAW, MP3)),
        ("text/html", (RAW,)),
    ],
)
def test_a_caller_gets_what_it_accepts_in_its_order(
    header: str, accepts: tuple[Sound, ...]
) -> None:
    assert FORMAT.read_request(RECORDED, accept=header).accepts == accepts


def test_an_endpoint_of_its_own_kind_is_told_what_the_caller_accepts() -> None:
    request = FORMAT.read_request(RECORDED, accept="audio/mpeg, audio/l16;rate=8000")
    assert FORMAT.pass_call(request, model="", settings={}).accept == (
        "audio/mpeg, audio/l16;rate=8000"
    )


def test_tags_are_not_spoken() -> None:
    said = '<speak>Five &lt; <break time="1s"/>six.</speak>'
    for body in ({"text": said}, {"text": said[7:-8], "type": "ssml"}):
        assert FORMAT.read_request(json.dumps(body).encode()).text == "Five < six."
    assert FORMAT.read_request(b'{"text":"2 <3> 4","type":"text"}').text == "2 <3> 4"


@pytest.mark.parametrize("body", [b"{}", b'{"text":""}', b'{"text":"<speak> </speak>"}'])
def test_nothing_to_say_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidRequest) as refused:
        FORMAT.read_request(body)
    assert refused.value.param == "text"


@pytest.mark.parametrize(
    ("sound", "declared"),
    [
        (RAW_8K, "audio/l16;rate=8000"), (WAV, "audio/wav"), (MP3, "audio/mpeg"),
        (Sound("opus"), "application/octet-stream"),
    ],
)  # fmt: skip
def test_an_answer_is_declared_as_jambonz_compares_it(sound: Sound, declared: str) -> None:
    assert FORMAT.content_type(BARE, sound) == declared
    assert FORMAT.takes(Opening(sound), replace(BARE, accepts=(MP3,)))


def test_samples_are_asked_for_at_a_rate_that_can_be_declared_and_mp3_is_carried() -> None:
    assert FORMAT.form(Sound("pcm", 22_050)) == RAW
    assert FORMAT.form(Sound("wav", 8000)) == RAW_8K
    assert FORMAT.form(MP3) == MP3
    assert FORMAT.form(Sound("aac")) is None


def test_a_request_of_another_format_is_written_in_these_terms() -> None:
    assert written(FORMAT, BARE) == {"voice": "default", "type": "text", "text": "Hi"}
    assert written(FORMAT, RICH, model="house") == {
        "language": "de-DE", "voice": "house", "type": "text", "text": "Hi"
    }  # fmt: skip
    for asked, accept in ((RAW_8K, "audio/l16;rate=8000, audio/wav;q=0.9"), (MP3, "audio/mpeg")):
        assert FORMAT.write_call(RICH, asked, model="", settings={}).accept == accept


def test_an_error_is_a_sentence() -> None:
    body = FORMAT.write_error(status=400, code="invalid_request", message="No.")
    assert json.loads(body) == {"error": "No.", "code": "invalid_request"}
    assert FORMAT.read_error(body).message == "No."


@pytest.mark.parametrize("recorded", sounds("jambonz-tts"), ids=lambda recorded: recorded.name)
def test_a_recorded_answer_is_heard_however_it_is_cut(recorded: Sounded) -> None:
    check_sound("jambonz-tts", recorded)
