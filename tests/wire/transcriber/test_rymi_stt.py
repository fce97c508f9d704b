"""What Rymi's transcriber messages mean."""

import json

import pytest

from wire.events import (
    FinalText,
    InterimText,
    SpeechStarted,
    TranscriberEvent,
    TranscriberFailure,
    UtteranceEnd,
)
from wire.registry import format_named

RYMI = format_named("transcriber", "rymi-stt")


@pytest.mark.parametrize(
    ("text", "event"),
    [
        ('{"type":"interim","text":"the user"}', InterimText("the user")),
        ('{"type":"final","text":"é."}', FinalText("é.")),
        (
            '{"type":"final","text":"a","confidence":0.92,"language_code":"en-US","x":[1]}',
            FinalText("a", 0.92, "en-US"),
        ),
        ('{"type":"final","text":"a","confidence":1}', FinalText("a", 1.0)),
        ('{"type":"final","text":"a","confidence":"high"}', FinalText("a")),
        ('{"type":"final","text":"a","confidence":1%s}' % ("0" * 400), FinalText("a")),
        ('{"type":"final","text":null}', FinalText("")),
        ('{"type":"utterance_end"}', UtteranceEnd()),
        (' { "type" : "speech_started" } ', SpeechStarted()),
        ('{"type":"error","message":"no model"}', TranscriberFailure("no model")),
    ],
)
def test_an_endpoints_message_is_read(text: str, event: TranscriberEvent) -> None:
    assert RYMI.read_endpoint(text.encode()) == event


@pytest.mark.parametrize(("text", "word"), [("finalize", "finalize"), ("close", "close")])
def test_a_callers_word_is_read(text: str, word: str) -> None:
    assert RYMI.read_caller(json.dumps({"type": text}).encode()) == word


@pytest.mark.parametrize(
    "text",
    [
        b"", b"hello", b"[]", b"{}", b'{"type":7}', b'{"type":"new"}', b'{"type":["final"]}',
        b"\xff", b'{"type":' + b"[" * 60_000,
    ],
)  # fmt: skip
def test_what_the_format_does_not_know_is_nothing(text: bytes) -> None:
    assert RYMI.read_endpoint(text) is None
    assert RYMI.read_caller(text) is None


def test_errors_are_the_formats_own_message() -> None:
    body = RYMI.write_error(status=502, code="upstream_timeout", message="Too long.")
    assert json.loads(body) == {
        "type": "error", "message": "Too long.", "code": "upstream_timeout", "param": None
    }  # fmt: skip
    sent = RYMI.write_socket_error(code="draining", message="Bye.")
    assert RYMI.read_endpoint(sent) == TranscriberFailure("Bye.")


def test_a_second_of_audio_is_32000_bytes() -> None:
    assert RYMI.audio_ms(32_000) == 1000
    assert (RYMI.scheme, RYMI.hosted) == ("wss", "/stt")
