"""From one voice format to another, and from one to itself."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.wire.voice.test_base import RAW, request
from wire.errors import InvalidRequest
from wire.registry import format_named
from wire.voice.base import HostedVoiceFormat, VoiceCall, VoiceFormat, VoiceRequest
from wire.voice.passage import UnfitSound, VoicePassage
from wire.voice.relay import Metering, Translating
from wire.voice.rymi_tts import RymiTTS
from wire.voice.sound import Opening, Sound

MP3, WAV = Sound("mp3"), Sound("wav", 16_000)


class Far(VoiceFormat):
    """Gives MP3, and samples at 24 kHz."""

    name = "far"
    label = "Far"

    def form(self, wanted: Sound) -> Sound | None:
        return {"mp3": MP3, "pcm": RAW, "wav": RAW}.get(wanted.kind)

    def write_call(
        self, request: VoiceRequest, asked: Sound, *, model: str, settings: Mapping[str, Any]
    ) -> VoiceCall:
        return VoiceCall(f"{model}: {request.text}".encode(), asked)


NEAR = format_named("voice", "rymi-tts")
assert isinstance(NEAR, HostedVoiceFormat)
ACROSS, SAME = VoicePassage(NEAR, Far()), VoicePassage(NEAR, NEAR)


def test_a_request_is_written_anew_for_another_format() -> None:
    call = ACROSS.write(request("Hi", Sound("opus"), MP3, RAW), model="m", settings={})
    assert (call.body, call.asked) == (b"m: Hi", MP3)


def test_and_passes_to_its_own() -> None:
    asked = NEAR.read_request(b'{"speed":1.10,"text":"Hi","format":"pcm_24000"}')
    call = SAME.write(asked, model="", settings={})
    assert call.body == b'{"speed":1.10,"text":"Hi","format":"pcm_24000"}'


def test_a_form_that_cannot_be_made_is_refused_by_name() -> None:
    with pytest.raises(InvalidRequest, match="`far` gives no Opus or AAC; ask for raw PCM"):
        ACROSS.write(request("Hi", Sound("opus"), Sound("aac")), model="", settings={})


def test_an_answer_that_passes_is_not_read() -> None:
    found = SAME.opening(RAW, "", b"\x00\x01", whole=False)
    assert found == Opening(RAW)
    assert SAME.given(found, request()) == RAW
    assert SAME.relay(found, request(), RAW) is None
    assert SAME.content_type(request(), RAW) == "application/octet-stream"


def test_a_form_of_the_same_format_that_is_not_taken_is_made_into_one_that_is() -> None:
    assert SAME.given(Opening(WAV), request()) == RAW
    assert isinstance(SAME.relay(Opening(WAV), request(), RAW), Translating)


def test_events_that_pass_are_metered() -> None:
    found, asked = Opening(RAW, events=True), request(events=True)
    assert isinstance(SAME.relay(found, asked, RAW), Metering)
    assert isinstance(SAME.relay(found, request(), RAW), Translating)


def test_the_first_form_is_given_that_can_be_made() -> None:
    asked = request("Hi", Sound("opus"), WAV, MP3)
    assert ACROSS.given(Opening(RAW), asked) == WAV
    assert ACROSS.given(Opening(Sound("wav", 8000)), asked) == WAV
    assert ACROSS.given(Opening(MP3), asked) == MP3
    assert isinstance(ACROSS.relay(Opening(RAW), asked, WAV), Translating)


@pytest.mark.parametrize(
    ("came", "wanted", "says"),
    [(MP3, RAW, "with MP3 where raw PCM"), (RAW, MP3, "with raw PCM where MP3")],
)
def test_a_form_that_is_not_taken_is_named(came: Sound, wanted: Sound, says: str) -> None:
    with pytest.raises(UnfitSound, match=says):
        ACROSS.given(Opening(came), request("Hi", wanted))


def test_an_endpoints_error_gets_the_callers_shape_across_formats_only() -> None:
    body = b'{"detail":"Too fast."}'
    assert SAME.error(429, body) is None
    told = json.loads(ACROSS.error(429, body) or b"")["error"]
    assert (told["message"], told["code"]) == ("Too fast.", "upstream_error")
    named = json.loads(ACROSS.error(429, b'{"error":{"message":"No.","code":"slow"}}') or b"")
    assert named["error"]["code"] == "slow"
    assert isinstance(NEAR, RymiTTS)
