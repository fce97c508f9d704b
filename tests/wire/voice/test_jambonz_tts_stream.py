"""jambonz' custom TTS over a WebSocket, both sides."""

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.wire.voice.asked import BARE, MP3, RAW, RAW_8K, RICH
from wire.errors import InvalidRequest
from wire.jambonz.messages import FLUSH, STOP, connect, stream
from wire.settings import setting_errors
from wire.voice.base import VoiceCall
from wire.voice.jambonz_tts_stream import JambonzTTSStream
from wire.voice.sound import Sound

FORMAT = JambonzTTSStream()
URL = "wss://tts.example.com/tts"


def call(settings: dict[str, Any] | None = None, model: str = "", **members: Any) -> VoiceCall:
    request = replace(RICH, **members)
    return FORMAT.write_call(request, RAW_8K, model=model, settings=settings or {})


def called(made: VoiceCall, url: str = URL) -> str:
    assert made.aim is not None
    return made.aim.at(url)


def replies(made: VoiceCall) -> tuple[bytes, ...]:
    assert made.dialogue is not None
    return made.dialogue.hear(connect(8000), is_text=True).replies


def test_text_goes_over_a_socket_and_what_else_is_asked_into_its_url() -> None:
    assert called(call()) == f"{URL}?voice=v-1&language=de-DE&sampleRate=8000"
    assert called(call(voice=None, language=None)) == f"{URL}?sampleRate=8000"
    assert replies(call()) == (stream("Hi"), FLUSH)
    assert replies(call({"finishes_on_stop": True})) == (stream("Hi"), FLUSH, STOP)


def test_voice_of_the_endpoint_stands_in_place_of_the_callers() -> None:
    assert called(call(model="house")) == f"{URL}?voice=house&language=de-DE&sampleRate=8000"
    assert called(call(), f"{URL}?voice=own") == f"{URL}?voice=own&language=de-DE&sampleRate=8000"
    with pytest.raises(InvalidRequest):
        called(call(model="house"), f"{URL}?voice=own")


def test_silence_that_ends_a_text_can_be_set() -> None:
    for settings, quiet in (({}, 1.0), ({"end_silence": 0.25}, 0.25)):
        dialogue = call(settings).dialogue
        assert dialogue is not None
        dialogue.say(0)
        dialogue.hear(b"\1\2", is_text=False)
        assert dialogue.quiet == quiet


def test_settings_are_checked() -> None:
    good: list[dict[str, Any]] = [{"end_silence": 0.1}, {"end_silence": 10}, {}]
    assert not any(setting_errors(FORMAT.settings, each) for each in good)
    for odd in (0, 11, True, "1", None):
        errors = setting_errors(FORMAT.settings, {"end_silence": odd, "finishes_on_stop": odd})
        assert errors["end_silence"] == "Must be a number of seconds, from 0.1 to 10."


def test_query_of_a_caller_passes_but_for_its_key() -> None:
    given = [("voice", "v-1"), ("token", "pb_x"), ("sampleRate", "8000"), ("more", "ä&b")]
    aim = FORMAT.passing_aim(given, model="")
    assert aim.at(URL) == f"{URL}?voice=v-1&sampleRate=8000&more=%C3%A4%26b"
    house = FORMAT.passing_aim(given, model="house")
    assert house.at(URL) == f"{URL}?voice=house&sampleRate=8000&more=%C3%A4%26b"


def test_session_asks_in_its_own_format() -> None:
    session = FORMAT.session([("sampleRate", "16000"), ("voice", "v-1")])
    request = session.request("Hi")
    assert (request.wire_format, request.accepts) == (FORMAT.name, (Sound("pcm", 16_000),))
    assert FORMAT.tap().rate == 0


def test_raw_pcm_is_asked_for_at_a_rate_that_servers_know() -> None:
    assert FORMAT.form(Sound("pcm", 11_025)) == Sound("pcm", 16_000)
    assert FORMAT.form(Sound("wav", 24_000)) == RAW
    assert FORMAT.form(MP3) is None


def test_single_text_is_no_post() -> None:
    with pytest.raises(InvalidRequest):
        FORMAT.read_request(b"{}")
    made = FORMAT.pass_call(BARE, model="", settings={})
    assert (made.asked, replies(made)) == (RAW, (stream("Hi"), FLUSH))


def test_errors_are_sentences() -> None:
    body = FORMAT.write_error(status=401, code="invalid_api_key", message="No.")
    assert json.loads(body) == {"type": "error", "error": "No.", "code": "invalid_api_key"}
    assert FORMAT.read_error(body).message == "No."
    assert FORMAT.write_socket_error(code="x", message="No.") == b'{"type":"error","error":"No."}'
