"""What jambonz's custom speech to text says and asks, read and written."""

import json
from typing import Any

import pytest

from tests.wire.transcriber.recorded import heard
from wire.events import (
    FinalText,
    InterimText,
    SpeechStarted,
    TranscriberFailure,
    UtteranceEnd,
)
from wire.llm.base import Stamp
from wire.registry import format_named
from wire.transcriber.base import CallerSide
from wire.transcriber.opening import Opening

JAMBONZ = format_named("transcriber", "jambonz-stt")
SIDE = JAMBONZ.endpoint_side(Opening(8_000), model="")
START = {"type": "start", "language": "de-DE", "format": "raw", "encoding": "LINEAR16",
         "interimResults": True, "sampleRateHz": 16000, "options": {"hints": ["rymi"]}}  # fmt: skip


def caller(**query: str) -> CallerSide:
    return JAMBONZ.caller_side(query, Stamp("", 0))


def start(**members: Any) -> bytes:
    return json.dumps({**START, **members}).encode()


def test_the_best_alternative_is_heard_and_empty_finals_are_nothing() -> None:
    assert heard(SIDE, "jambonz-stt", "stop-then-last-final") == [
        InterimText("hel"), FinalText("hello", 0.9, "en-US"), UtteranceEnd(),
        FinalText("bye"), UtteranceEnd(),
    ]  # fmt: skip


def test_errors_are_failures_and_the_rest_is_unknown() -> None:
    assert SIDE.hear(b'{"type":"error","error":"no model"}') == (TranscriberFailure("no model"),)
    assert [SIDE.hear(text) for text in (b"hi", b"{}", b'{"type":"x"}')] == [None] * 3


@pytest.mark.parametrize(
    ("opening", "rate", "language"),
    [
        (Opening(8_000), 8000, "en-US"),
        (Opening(16_000, language="de-DE"), 16000, "de-DE"),
        (Opening(48_000), 16000, "en-US"),
    ],
)
def test_endpoints_are_told_rate_and_language(opening: Opening, rate: int, language: str) -> None:
    side = JAMBONZ.endpoint_side(opening, model="")
    (message,) = side.begin(opening)
    assert json.loads(message.data) == {
        "type": "start", "language": language, "format": "raw", "encoding": "LINEAR16",
        "interimResults": True, "sampleRateHz": rate, "options": {},
    }  # fmt: skip
    assert side.rate == rate


def test_stop_is_the_only_word() -> None:
    assert (SIDE.finalize(), SIDE.close()) == ([], [(b'{"type":"stop"}', True)])
    assert (SIDE.closes, SIDE.flushes, SIDE.finalizes) == (True, True, False)


def test_a_callers_start_tells_of_its_audio_and_stop_ends_it() -> None:
    side = caller()
    assert (side.opening, side.opened) == (Opening(8_000), False)
    assert side.hear(start()) == ()
    assert (side.opening, side.opened) == (Opening(16_000, language="de-DE"), True)
    assert side.hear(b'{"type":"stop"}') == ("finalize", "close")
    assert [side.hear(text) for text in (b"hi", b"{}", b'{"type":"x"}')] == [None] * 3


def test_a_start_that_says_little_leaves_what_is_usual() -> None:
    side = caller(language="fr", sample_rate="16000")
    assert side.opening == Opening(16_000, language="fr")
    side.hear(b'{"type":"start"}')
    assert side.opening == Opening(8_000, language="fr")
    side.hear(start(sampleRateHz="x"))
    assert side.opening.rate == 0


def test_a_caller_is_told_transcriptions_and_errors() -> None:
    finals = [FinalText("hello", 0.5, "en"), FinalText("bye"), FinalText("")]
    events = [SpeechStarted(), InterimText("he"), InterimText(""), *finals, UtteranceEnd(),
              TranscriberFailure("no")]  # fmt: skip
    side = caller()
    side.hear(start())
    told = [json.loads(text) for text in side.tell(events, 1.0)]
    assert told[0] == {
        "type": "transcription", "is_final": False, "language": "de-DE", "channel": 1,
        "alternatives": [{"transcript": "he", "confidence": 1.0}],
    }  # fmt: skip
    assert told[1]["alternatives"] == [{"transcript": "hello", "confidence": 0.5}]
    assert [(each.get("is_final"), each.get("language")) for each in told[1:]] == [
        (True, "en"), (True, "de-DE"), (None, None),
    ]  # fmt: skip
    assert told[-1] == {"type": "error", "error": "no"}
    said = JAMBONZ.write_socket_error(code="draining", message="Bye.")
    assert json.loads(said) == {"type": "error", "error": "Bye."}


def test_who_wants_no_interims_gets_none() -> None:
    side = caller()
    side.hear(start(interimResults=False, language=None))
    (only,) = side.tell([InterimText("he"), FinalText("hello")], 1.0)
    assert (json.loads(only)["is_final"], json.loads(only)["language"]) == (True, "en-US")
