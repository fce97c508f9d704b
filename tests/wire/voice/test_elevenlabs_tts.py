"""ElevenLabs' text to speech, as endpoints speak it."""

import pytest

from tests.wire.voice.asked import BARE, MP3, RAW, RAW_8K, RICH, url, written
from tests.wire.voice.recorded import Sounded, check_sound, sounds
from wire.errors import InvalidRequest
from wire.events import Failure
from wire.voice.elevenlabs_tts import ElevenLabsTTS
from wire.voice.sound import Sound

FORMAT = ElevenLabsTTS()
BASE = "https://api.example.com/v1/text-to-speech"


def test_the_voice_and_the_form_are_in_the_url() -> None:
    assert url(FORMAT, RICH, BASE) == f"{BASE}/v-1/stream?output_format=pcm_24000"
    assert url(FORMAT, RICH, BASE, MP3).endswith("?output_format=mp3_44100_128")
    assert url(FORMAT, RICH, BASE, settings={"voice": "house"}).startswith(f"{BASE}/house/stream")


def test_a_url_that_names_its_voice_keeps_it() -> None:
    own = f"{BASE}/own/stream?enable_logging=false"
    assert url(FORMAT, BARE, own, RAW_8K) == f"{own}&output_format=pcm_8000"


def test_without_any_voice_nothing_is_asked() -> None:
    with pytest.raises(InvalidRequest, match="such as a voice's"):
        url(FORMAT, BARE, BASE)


def test_the_body_says_the_text_the_model_and_the_language() -> None:
    assert written(FORMAT, BARE) == {"text": "Hi"}
    got = written(FORMAT, RICH, model="eleven_turbo")
    assert got == {"text": "Hi", "model_id": "eleven_turbo", "language_code": "de"}
    assert written(FORMAT, RICH, settings={"drop_fields": ["language_code"]}) == {"text": "Hi"}


def test_samples_have_a_known_rate_and_mp3_is_carried() -> None:
    assert FORMAT.form(Sound("wav", 11_025)) == Sound("pcm", 16_000)
    assert FORMAT.form(Sound("pcm", 44_100)) == Sound("pcm", 44_100)
    assert FORMAT.form(MP3) == MP3
    assert FORMAT.form(Sound("opus")) is None
    assert FORMAT.form(RAW) == RAW


ERRORS = {
    b'{"detail":{"status":"quota_exceeded","message":"Too much."}}':
        Failure("Too much.", "quota_exceeded"),
    b'{"detail":{"code":"slow","status":"x","message":"Too fast."}}': Failure("Too fast.", "slow"),
    b'{"detail":[{"loc":["body","text"],"msg":"field required","type":"missing"}]}':
        Failure("field required", "missing"),
    b'{"detail":"Not found"}': Failure("Not found"),
    b'{"detail":[]}': Failure("The endpoint reports an error."),
    b"[]": Failure("The endpoint gives no reason."),
    b"Bad gateway": Failure("Bad gateway"),
}  # fmt: skip


@pytest.mark.parametrize("body", ERRORS)
def test_errors_are_read_in_all_their_shapes(body: bytes) -> None:
    assert FORMAT.read_error(body) == ERRORS[body]


@pytest.mark.parametrize("recorded", sounds("elevenlabs-tts"), ids=lambda recorded: recorded.name)
def test_a_recorded_answer_is_heard_however_it_is_cut(recorded: Sounded) -> None:
    check_sound("elevenlabs-tts", recorded)
