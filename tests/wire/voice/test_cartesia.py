"""Cartesia, as endpoints speak it."""

from dataclasses import replace

import pytest

from tests.wire.voice.asked import BARE, MP3, RAW, RICH, written
from tests.wire.voice.recorded import Sounded, check_sound, sounds
from wire.errors import InvalidRequest
from wire.events import Failure
from wire.voice.cartesia import VERSION, Cartesia
from wire.voice.sound import Sound

FORMAT = Cartesia()


def test_a_request_names_model_voice_and_form() -> None:
    assert written(FORMAT, RICH, model="sonic") == {
        "model_id": "sonic", "transcript": "Hi", "voice": {"mode": "id", "id": "v-1"},
        "output_format": {"container": "raw", "encoding": "pcm_s16le", "sample_rate": 24_000},
        "language": "de",
    }  # fmt: skip
    got = written(FORMAT, replace(BARE, voice="v"), MP3, model="sonic", settings={"voice": "own"})
    assert got["voice"]["id"] == "own"
    assert got["output_format"]["container"] == "mp3"
    assert "language" not in got
    dropped = written(FORMAT, RICH, model="sonic", settings={"drop_fields": ["language"]})
    assert "language" not in dropped


def test_the_version_is_told() -> None:
    assert FORMAT.write_call(RICH, RAW, model="sonic", settings={}).headers == (VERSION,)


@pytest.mark.parametrize(
    ("request_", "model", "lacks"), [(RICH, "", "`model`"), (BARE, "sonic", "`settings.voice`")]
)
def test_without_a_model_or_a_voice_nothing_is_asked(
    request_: object, model: str, lacks: str
) -> None:
    with pytest.raises(InvalidRequest, match=f"set {lacks}"):
        FORMAT.write_call(request_, RAW, model=model, settings={})  # type: ignore[arg-type]


def test_samples_have_a_known_rate_and_mp3_is_carried() -> None:
    assert FORMAT.form(Sound("wav", 32_000)) == Sound("pcm", 44_100)
    assert FORMAT.form(MP3) == MP3
    assert FORMAT.form(Sound("aac")) is None


def test_its_errors_are_read() -> None:
    body = b'{"title":"Bad","message":"No such voice.","error_code":"x","status_code":404}'
    assert FORMAT.read_error(body) == Failure("No such voice.")


@pytest.mark.parametrize("recorded", sounds("cartesia"), ids=lambda recorded: recorded.name)
def test_a_recorded_answer_is_heard_however_it_is_cut(recorded: Sounded) -> None:
    check_sound("cartesia", recorded)
