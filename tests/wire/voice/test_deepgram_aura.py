"""Deepgram Aura, as endpoints speak it."""

import pytest

from tests.wire.voice.asked import BARE, MP3, RAW, RAW_8K, RICH, url, written
from tests.wire.voice.recorded import Sounded, check_sound, sounds
from wire.errors import InvalidRequest
from wire.events import Failure
from wire.voice.deepgram_aura import DeepgramAura
from wire.voice.sound import Sound

FORMAT = DeepgramAura()
BASE = "https://api.example.com/v1/speak"


def test_all_but_the_text_is_in_the_url() -> None:
    assert written(FORMAT, RICH) == {"text": "Hi"}
    query = "encoding=linear16&sample_rate=8000&container=none"
    assert url(FORMAT, BARE, BASE, RAW_8K) == f"{BASE}?{query}"
    assert url(FORMAT, RICH, BASE, RAW_8K) == f"{BASE}?{query}&model=v-1"
    assert url(FORMAT, RICH, BASE, MP3) == f"{BASE}?encoding=mp3&model=v-1"


def test_the_model_is_the_endpoints_its_urls_or_the_callers_voice() -> None:
    assert url(FORMAT, RICH, BASE, model="aura-2-thalia-en").endswith("&model=aura-2-thalia-en")
    own = f"{BASE}?model=aura-2-own-en"
    assert url(FORMAT, RICH, own).count("model=") == 1
    with pytest.raises(InvalidRequest, match="sets `encoding`"):
        url(FORMAT, RICH, f"{BASE}?encoding=mulaw")


def test_samples_have_a_known_rate_and_mp3_is_carried() -> None:
    assert FORMAT.form(Sound("pcm", 22_050)) == FORMAT.form(RAW) == RAW
    assert FORMAT.form(MP3) == MP3
    assert FORMAT.form(Sound("flac")) is None


@pytest.mark.parametrize(
    ("body", "failure"),
    [
        (b'{"err_code":"INVALID_AUTH","err_msg":"No.","request_id":"r"}',
         Failure("No.", "INVALID_AUTH")),
        (b'{"message":"No."}', Failure("No.")),
        (b"[]", Failure("The endpoint gives no reason.")),
        (b"gone", Failure("gone")),
    ],
)  # fmt: skip
def test_errors_are_read_in_all_their_shapes(body: bytes, failure: Failure) -> None:
    assert FORMAT.read_error(body) == failure


@pytest.mark.parametrize("recorded", sounds("deepgram-aura"), ids=lambda recorded: recorded.name)
def test_a_recorded_answer_is_heard_however_it_is_cut(recorded: Sounded) -> None:
    check_sound("deepgram-aura", recorded)
