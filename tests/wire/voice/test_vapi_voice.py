"""Vapi's custom voice, both sides."""

import json
from typing import Any

import pytest

from tests.wire.voice.asked import BARE, MP3, RAW, RAW_8K, RICH, written
from tests.wire.voice.recorded import Sounded, check_sound, sounds
from wire.errors import InvalidRequest, StrayMessage
from wire.voice.base import VoiceRequest
from wire.voice.sound import Sound
from wire.voice.vapi_voice import VapiVoice

FORMAT = VapiVoice()
RECORDED = (
    b'{"message":{"type":"voice-request","text":"Hello!","sampleRate":16000,'
    b'"timestamp":1735689600000,"call":{"id":"c-1"}}}'
)


def read(**members: Any) -> VoiceRequest:
    message = {"type": "voice-request", "text": "Hi", "sampleRate": 24_000, **members}
    return FORMAT.read_request(json.dumps({"message": message}).encode())


def passed(request: VoiceRequest, model: str = "") -> Any:
    return json.loads(FORMAT.pass_call(request, model=model, settings={}).body)


def test_a_recorded_request_is_read_and_passes_with_its_very_bytes() -> None:
    request = FORMAT.read_request(RECORDED)
    assert (request.text, request.accepts) == ("Hello!", (Sound("pcm", 16_000),))
    assert (request.call_id, request.voice, request.language) == ("c-1", None, None)
    assert FORMAT.pass_call(request, model="", settings={}).body == RECORDED


def test_both_spellings_of_the_wrapper_are_read() -> None:
    request = FORMAT.read_request(RECORDED.replace(b'"message"', b'"messsage"'))
    assert request.text == "Hello!"
    assert passed(request, "house")["messsage"]["assistant"]["voice"]["voiceId"] == "house"


def test_the_voice_is_the_assistants() -> None:
    request = read(assistant={"name": "A", "voice": {"voiceId": "v-1", "provider": "p"}})
    assert request.voice == "v-1"
    assert passed(request, "house")["message"]["assistant"] == {
        "name": "A", "voice": {"voiceId": "house", "provider": "p"}
    }  # fmt: skip
    assert passed(read(), "house")["message"]["assistant"] == {
        "voice": {"provider": "custom-voice", "voiceId": "house"}
    }


@pytest.mark.parametrize("odd", [None, 5, "a", {"voice": 5}, {"voice": {"voiceId": 5}}])
def test_odd_objects_around_the_text_do_not_matter(odd: Any) -> None:
    request = read(assistant=odd, call={"id": 7})
    assert (request.voice, request.call_id) == (None, None)


@pytest.mark.parametrize(
    ("body", "param", "says"),
    [
        (b"{}", "message", "`message` is missing"),
        (b'{"message":{"type":"voice-request"}}', "text", "`text` is missing"),
        (b'{"message":{"text":"Hi"}}', "sampleRate", "a rate in Hz"),
        (b'{"message":{"text":"Hi","sampleRate":5}}', "sampleRate", "a rate in Hz"),
        (b'{"message":{"text":"Hi","sampleRate":"fast"}}', "sampleRate", "cannot be read"),
        (b'{"message":[]}', None, "must be a JSON object"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(body: bytes, param: str | None, says: str) -> None:
    if b"voice-request" in body:
        body = body.replace(b"}}", b',"sampleRate":8000}}')
    with pytest.raises(InvalidRequest, match=says) as refused:
        FORMAT.read_request(body)
    assert refused.value.param == param


def test_other_messages_of_the_platform_are_acknowledged() -> None:
    with pytest.raises(StrayMessage):
        FORMAT.read_request(b'{"message":{"type":"status-update","status":"ended"}}')


def test_samples_have_a_known_rate_and_nothing_is_packed() -> None:
    assert FORMAT.form(Sound("pcm", 11_025)) == Sound("pcm", 16_000)
    assert FORMAT.form(Sound("wav", 48_000)) == RAW
    assert FORMAT.form(MP3) is None


def test_a_request_of_another_format_is_written_in_these_terms() -> None:
    message = {"type": "voice-request", "text": "Hi", "sampleRate": 8000}
    assert written(FORMAT, BARE, RAW_8K) == {"message": message}
    voiced = written(FORMAT, RICH, RAW_8K, model="house")["message"]
    assert voiced["assistant"]["voice"] == {"provider": "custom-voice", "voiceId": "house"}
    assert written(FORMAT, RICH)["message"]["assistant"]["voice"]["voiceId"] == "v-1"


@pytest.mark.parametrize("recorded", sounds("vapi-voice"), ids=lambda recorded: recorded.name)
def test_a_recorded_answer_is_heard_however_it_is_cut(recorded: Sounded) -> None:
    check_sound("vapi-voice", recorded)
