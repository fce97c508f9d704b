"""What Rymi's transcriber messages mean."""

import json

import pytest

from tests.wire.transcriber.recorded import heard
from wire.events import (
    FinalText,
    InterimText,
    SpeechStarted,
    TranscriberEvent,
    TranscriberFailure,
    UtteranceEnd,
)
from wire.llm.base import Stamp
from wire.registry import format_named
from wire.transcriber.opening import Opening

RYMI = format_named("transcriber", "rymi-stt")
CALLER = RYMI.caller_side({}, Stamp("", 0))
ENDPOINT = RYMI.endpoint_side(Opening(), model="")


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
    assert ENDPOINT.hear(text.encode()) == (event,)


def test_a_recorded_utterance_is_heard_and_ends_once() -> None:
    assert heard(ENDPOINT, "rymi-stt", "finalize") == [
        SpeechStarted(), InterimText("hel"), InterimText("grüß"),
        FinalText("grüße 👋", 0.9, "de-DE"), UtteranceEnd(),
    ]  # fmt: skip


@pytest.mark.parametrize("word", ["finalize", "close"])
def test_a_callers_word_is_read_and_written(word: str) -> None:
    text = json.dumps({"type": word}, separators=(",", ":")).encode()
    assert CALLER.hear(text) == (word,)
    assert getattr(ENDPOINT, word)() == [(text, True)]


@pytest.mark.parametrize(
    "text",
    [
        b"", b"hello", b"[]", b"{}", b'{"type":7}', b'{"type":"new"}', b'{"type":["final"]}',
        b"\xff", b'{"type":' + b"[" * 60_000,
    ],
)  # fmt: skip
def test_what_the_format_does_not_know_is_nothing(text: bytes) -> None:
    assert ENDPOINT.hear(text) is None
    assert CALLER.hear(text) is None


def test_every_event_is_written_and_reads_as_it_was() -> None:
    events = [
        SpeechStarted(), InterimText("h\u00e9"), FinalText("a", 0.5, "de"), FinalText("b"),
        UtteranceEnd(), TranscriberFailure("no"),
    ]  # fmt: skip
    told = CALLER.tell(events, 1.0)
    assert [ENDPOINT.hear(text) for text in told] == [(event,) for event in events]
    assert told[3] == b'{"type":"final","text":"b"}'
    assert CALLER.bye(1.0) == []


def test_errors_are_the_formats_own_message() -> None:
    body = RYMI.write_error(status=502, code="upstream_timeout", message="Too long.")
    assert json.loads(body) == {
        "type": "error", "message": "Too long.", "code": "upstream_timeout", "param": None
    }  # fmt: skip
    sent = RYMI.write_socket_error(code="draining", message="Bye.")
    assert ENDPOINT.hear(sent) == (TranscriberFailure("Bye."),)


def test_audio_is_16_khz_mono_and_passes_as_it_is() -> None:
    assert (RYMI.scheme, RYMI.hosted, ENDPOINT.rate) == ("wss", "/stt", 16_000)
    assert CALLER.opening == Opening(16_000)
    assert CALLER.opening.audio_ms(32_000) == 1000
    assert ENDPOINT.begin(CALLER.opening) == []
    assert ENDPOINT.audio(b"\1\2") == [(b"\1\2", False)]


def test_language_of_the_url_is_the_callers() -> None:
    given = RYMI.caller_side({"language": "de-DE", "sample_rate": "8000"}, Stamp("", 0))
    assert given.opening == Opening(16_000, language="de-DE")
