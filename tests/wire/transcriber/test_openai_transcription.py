"""What OpenAI's realtime transcription says, read; and what it is asked."""

import json
from base64 import b64encode

import pytest

from tests.wire.transcriber.recorded import heard
from wire.events import (
    FinalText,
    InterimText,
    SpeechStarted,
    TranscriberFailure,
    UtteranceEnd,
)
from wire.registry import format_named
from wire.transcriber.base import EndpointSide
from wire.transcriber.opening import Opening

OPENAI = format_named("transcriber", "openai-transcription")
OPENING = Opening()


def side(model: str = "") -> EndpointSide:
    return OPENAI.endpoint_side(OPENING, model=model)


def test_items_are_finals_in_the_order_in_which_they_were_spoken() -> None:
    assert heard(side(), "openai-transcription", "out-of-order") == [
        SpeechStarted(), InterimText("Hel"), SpeechStarted(), InterimText("Hello."),
        FinalText("Hello."), UtteranceEnd(), FinalText("Bye."), UtteranceEnd(),
    ]  # fmt: skip


def test_an_item_that_fails_is_an_error_and_holds_nothing_up() -> None:
    assert heard(side(), "openai-transcription", "failed-item") == [
        TranscriberFailure("The audio could not be transcribed."),
        FinalText("Bye."), UtteranceEnd(), FinalText("Wait."), UtteranceEnd(),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ({"type": "invalid_request_error", "message": "No."}, "No."),
        ({"code": "rate_limit"}, "rate_limit"),
        ("odd", ""),
    ],
)
def test_errors_are_failures(error: object, said: str) -> None:
    text = json.dumps({"type": "error", "error": error}).encode()
    assert side().hear(text) == [TranscriberFailure(said)]


def test_a_commit_of_nothing_is_an_empty_final_and_no_error() -> None:
    error = {"code": "input_audio_buffer_commit_empty", "message": "buffer too small"}
    text = json.dumps({"type": "error", "error": error}).encode()
    assert side().hear(text) == [FinalText(""), UtteranceEnd()]


def test_what_is_not_known_is_nothing() -> None:
    odd = b'{"type":"conversation.item.input_audio_transcription.new"}'
    for text in (b"hi", b"{}", b'{"type":7}', b'{"type":"new"}', odd):
        assert side().hear(text) is None


def test_the_session_says_what_comes_and_in_which_language() -> None:
    (message,) = side().begin(Opening(8_000, language="de-DE"))
    assert json.loads(message.data) == {
        "type": "session.update",
        "session": {"type": "transcription", "audio": {"input": {
            "format": {"type": "audio/pcm", "rate": 24000},
            "transcription": {"model": "gpt-4o-transcribe", "language": "de"},
            "turn_detection": {"type": "server_vad"}}}},
    }  # fmt: skip
    (other,) = side("whisper-1").begin(Opening())
    heard_with = json.loads(other.data)["session"]["audio"]["input"]["transcription"]
    assert heard_with == {"model": "whisper-1"}


def test_audio_is_text_and_words_are_messages() -> None:
    both = side()
    (message,) = both.audio(b"\1\2")
    assert message.is_text
    assert json.loads(message.data) == {
        "type": "input_audio_buffer.append", "audio": b64encode(b"\1\2").decode()
    }  # fmt: skip
    assert both.finalize() == [(b'{"type":"input_audio_buffer.commit"}', True)]
    assert (both.close(), both.closes, both.rate) == ([], False, 24_000)


def test_the_url_says_what_for_unless_it_does_so_itself() -> None:
    aim = side().aim
    base = "wss://o.example/v1/realtime"
    assert aim.at(base) == f"{base}?intent=transcription"
    assert aim.at(f"{base}?intent=x") == f"{base}?intent=x"
