"""What all voice formats share."""

import json

import pytest

from wire.openai.errors import read_error
from wire.voice.base import OCTETS, HostedVoiceFormat, VoiceRequest
from wire.voice.readers import PcmReader
from wire.voice.sound import PCM, WAV, Opening, Sound
from wire.voice.writers import BodyWriter

RAW = Sound(PCM, 24_000)


def request(text: str = "Hi", *accepts: Sound, events: bool = False) -> VoiceRequest:
    return VoiceRequest("x", text, None, None, accepts or (RAW,), None, {}, events=events)


class Plain(HostedVoiceFormat):
    """Adds nothing to what all have."""

    name = "plain"
    label = "Plain"
    read_request = form = pass_call = write_call = None  # type: ignore[assignment]


PLAIN = Plain()


@pytest.mark.parametrize(("text", "characters"), [("Hello", 5), ("Grüße 👋", 7), ("e\u0301", 2)])
def test_characters_are_code_points(text: str, characters: int) -> None:
    assert request(text).characters == characters


def test_an_answer_is_opened_read_and_written_as_sound() -> None:
    found = PLAIN.opening(RAW, OCTETS, b"\x00\x01", whole=False)
    assert found == Opening(RAW)
    assert isinstance(PLAIN.reader(Opening(RAW)), PcmReader)
    assert isinstance(PLAIN.writer(request(), RAW), BodyWriter)
    assert PLAIN.content_type(request(), RAW) == OCTETS


def test_a_caller_takes_unread_what_it_accepts_in_the_way_it_asked_for() -> None:
    assert PLAIN.takes(Opening(RAW), request())
    assert not PLAIN.takes(Opening(Sound(WAV, 24_000)), request())
    assert PLAIN.takes(Opening(Sound(WAV, 8000)), request("Hi", RAW, Sound(WAV, 24_000)))
    assert not PLAIN.takes(Opening(RAW), request(events=True))


def test_errors_are_the_error_object_of_the_llm_side() -> None:
    body = PLAIN.write_error(status=422, code="invalid_request", message="No.", param="text")
    error = json.loads(body)["error"]
    assert (error["code"], error["message"], error["param"]) == ("invalid_request", "No.", "text")
    assert PLAIN.read_error(body) == read_error(body)
