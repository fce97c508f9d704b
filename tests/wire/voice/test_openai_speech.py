"""OpenAI's speech endpoint, both sides."""

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.wire.voice.asked import BARE, MP3, RAW, RAW_8K, RICH, WAV, written
from tests.wire.voice.recorded import Sounded, check_sound, sounds
from wire.errors import InvalidRequest
from wire.voice.base import VoiceRequest
from wire.voice.events import EventReader, EventWriter
from wire.voice.openai_speech import OpenAISpeech
from wire.voice.readers import PcmReader
from wire.voice.sound import Opening, Sound
from wire.voice.writers import BodyWriter

FORMAT = OpenAISpeech()
RECORDED = (
    b'{"input":"Hello there.","model":"gpt-4o-mini-tts","voice":"alloy","instructions":"warm",'
    b'"response_format":"pcm","speed":1.10}'
)


def read(**members: Any) -> VoiceRequest:
    return FORMAT.read_request(json.dumps({"input": "Hi", **members}).encode())


def passed(body: bytes, model: str = "", **settings: Any) -> bytes:
    request = FORMAT.read_request(body)
    return FORMAT.pass_call(request, model=model, settings=settings).body


def test_a_recorded_request_is_read_and_passes_with_its_very_bytes() -> None:
    request = FORMAT.read_request(RECORDED)
    assert (request.text, request.voice, request.instructions) == ("Hello there.", "alloy", "warm")
    assert (request.accepts, request.speed, request.events) == ((RAW,), 1.1, False)
    assert (request.language, request.wire_format) == (None, "openai-speech")
    assert passed(RECORDED) == RECORDED


def test_a_file_is_mp3_unless_another_is_asked_for() -> None:
    assert read().accepts == (MP3,)
    assert read(response_format=None).accepts == (MP3,)
    assert read(response_format="wav").accepts == (WAV,)
    assert read(response_format="opus").accepts == (Sound("opus"),)


def test_a_voice_may_be_an_object() -> None:
    assert read(voice={"id": "voice_1"}).voice == "voice_1"
    assert read(voice=None).voice is read().voice is None


def test_the_usual_speed_is_none() -> None:
    assert read(speed=1).speed is read(speed=None).speed is None
    assert read(speed=2).speed == 2.0


def test_events_are_asked_for_by_name() -> None:
    request = read(stream_format="sse", response_format="pcm")
    assert request.events
    assert not read(stream_format="audio").events
    assert FORMAT.pass_call(request, model="", settings={}).accept.startswith("text/event-stream")


@pytest.mark.parametrize(
    ("body", "param", "says"),
    [
        (b"{}", "input", "`input` is missing"),
        (b'{"input":""}', "input", "empty"),
        (b'{"input":"Hi","response_format":"midi"}', "response_format", "one of aac"),
        (b'{"input":"Hi","stream_format":"ws"}', "stream_format", "`audio` or `sse`"),
        (b'{"input":"Hi","speed":"fast"}', "speed", "cannot be read"),
        (b'{"input":"Hi","voice":5}', "voice", "must be a string"),
        (b'{"input":"Hi","voice":{"id":5}}', "id", "must be a string"),
        (b'{"input":"Hi","instructions":5}', "instructions", "must be a string"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(body: bytes, param: str, says: str) -> None:
    with pytest.raises(InvalidRequest, match=says) as refused:
        FORMAT.read_request(body)
    assert refused.value.param == param


def test_the_endpoints_model_and_voice_replace_the_callers() -> None:
    got = json.loads(passed(RECORDED, "house-tts", voice="nova", drop_fields=["speed"]))
    assert (got["model"], got["voice"]) == ("house-tts", "nova")
    assert "speed" not in got


def test_a_request_of_another_format_is_written_in_these_terms() -> None:
    assert written(FORMAT, BARE) == {"input": "Hi", "voice": "alloy", "response_format": "pcm"}
    assert written(FORMAT, RICH, MP3, model="tts-1") == {
        "model": "tts-1", "input": "Hi", "voice": "v-1", "instructions": "warm",
        "response_format": "mp3", "speed": 1.5,
    }  # fmt: skip
    settings = {"voice": "nova", "drop_fields": ["instructions", "speed"]}
    got = written(FORMAT, RICH, settings=settings)
    assert got == {"input": "Hi", "voice": "nova", "response_format": "pcm"}


def test_samples_have_one_rate_and_every_packed_form_can_be_had() -> None:
    assert FORMAT.form(RAW_8K) == FORMAT.form(WAV) == RAW
    assert [FORMAT.form(Sound(kind)) for kind in ("mp3", "opus", "aac", "flac")] == [
        Sound(kind) for kind in ("mp3", "opus", "aac", "flac")
    ]


def test_an_answer_is_sound_or_events() -> None:
    assert FORMAT.opening(RAW, "audio/pcm", b"\x00\x01", whole=False) == Opening(RAW)
    events = FORMAT.opening(RAW, "text/event-stream", b"data", whole=False)
    assert events == Opening(RAW, events=True)
    assert isinstance(FORMAT.reader(events), EventReader)
    assert isinstance(FORMAT.reader(Opening(RAW)), PcmReader)
    assert FORMAT.opening(RAW, "application/json", b"{}", whole=True) == "JSON"


def test_a_caller_gets_what_it_asked_for_in_its_way() -> None:
    plain, events = replace(BARE, accepts=(WAV,)), replace(BARE, events=True)
    assert FORMAT.content_type(plain, WAV) == "audio/wav"
    assert FORMAT.content_type(events, RAW) == "text/event-stream; charset=utf-8"
    assert type(FORMAT.writer(plain, WAV)) is BodyWriter
    assert isinstance(FORMAT.writer(events, RAW), EventWriter)


def test_files_pass_under_whatever_name_and_samples_only_as_samples() -> None:
    asks_mp3, asks_pcm = replace(BARE, accepts=(MP3,)), replace(BARE, accepts=(RAW,))
    assert FORMAT.takes(Opening(WAV), asks_mp3)
    assert FORMAT.takes(Opening(RAW), asks_pcm)
    assert not FORMAT.takes(Opening(WAV), asks_pcm)
    assert not FORMAT.takes(Opening(RAW), replace(asks_pcm, events=True))


@pytest.mark.parametrize("recorded", sounds("openai-speech"), ids=lambda recorded: recorded.name)
def test_a_recorded_answer_is_heard_however_it_is_cut(recorded: Sounded) -> None:
    check_sound("openai-speech", recorded)
