"""What Vapi's custom transcriber says and asks, read and written."""

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

VAPI = format_named("transcriber", "vapi-transcriber")
SIDE = VAPI.endpoint_side(Opening(8_000), model="")


def caller(**query: str) -> CallerSide:
    return VAPI.caller_side(query, Stamp("", 0))


def test_the_customer_is_heard_and_the_assistant_is_not() -> None:
    assert heard(SIDE, "vapi-transcriber", "both-channels") == [
        InterimText("hel"), FinalText("hello."), UtteranceEnd(),
        FinalText("is anybody there"), UtteranceEnd(),
    ]  # fmt: skip


def test_errors_are_failures_and_the_rest_is_unknown() -> None:
    assert SIDE.hear(b'{"type":"error","error":"no model"}') == (TranscriberFailure("no model"),)
    assert [SIDE.hear(text) for text in (b"hi", b"{}", b'{"type":"x"}')] == [None] * 3


def test_endpoints_are_told_of_two_channels_of_which_the_second_is_silent() -> None:
    (start,) = SIDE.begin(Opening(8_000, 1, "mulaw"))
    assert start.is_text
    assert json.loads(start.data) == {
        "type": "start", "encoding": "linear16", "container": "raw", "sampleRate": 8000,
        "channels": 2,
    }  # fmt: skip
    assert SIDE.audio(b"\1\2\3\4") == [(b"\1\2\0\0\3\4\0\0", False)]


def test_there_are_no_words_for_a_final_and_for_the_end() -> None:
    assert (SIDE.finalize(), SIDE.close()) == ([], [])
    assert (SIDE.finalizes, SIDE.closes, SIDE.ends_utterances) == (False, False, False)


@pytest.mark.parametrize(
    ("members", "opening"),
    [
        ({"encoding": "linear16", "sampleRate": 8000, "channels": 2}, Opening(8_000, 2)),
        ({"sampleRate": 16000, "channels": 1}, Opening(16_000, 1)),
        ({}, Opening(16_000, 2)),
        ({"encoding": "opus", "sampleRate": "x", "channels": None}, Opening(0, 0, "opus")),
    ],
)
def test_a_callers_start_tells_of_its_audio(members: dict[str, Any], opening: Opening) -> None:
    side = caller()
    assert (side.opening, side.opened, side.trims) == (Opening(16_000, 2), False, True)
    assert side.hear(json.dumps({"type": "start", **members}).encode()) == ()
    assert (side.opening, side.opened) == (opening, True)


def test_what_the_url_says_holds_until_the_start_and_the_language_beyond_it() -> None:
    side = caller(language="de", sample_rate="8000")
    assert side.opening == Opening(8_000, 2, language="de")
    side.hear(b'{"type":"start"}')
    assert side.opening == Opening(8_000, 2, language="de")
    assert caller(sample_rate="x").opening.rate == 0


def test_each_channel_is_told_by_its_label() -> None:
    assert caller().channels == 2
    side = caller()
    side.channel = 1
    (text,) = side.tell([FinalText("Hi.")], 1.0)
    assert json.loads(text)["channel"] == "assistant"
    side.hear(b'{"type":"start","channels":8}')
    assert side.channels == 2
    side.hear(b'{"type":"start","channels":1}')
    assert side.channels == 1


def test_other_messages_of_a_caller_are_unknown() -> None:
    assert [caller().hear(text) for text in (b"hi", b"{}", b'{"type":"x"}')] == [None] * 3


def test_a_caller_is_told_texts_of_the_customer_and_errors() -> None:
    events = [SpeechStarted(), InterimText("he"), InterimText(""), FinalText("hello", 0.5, "en"),
              FinalText(""), UtteranceEnd(), TranscriberFailure("no")]  # fmt: skip
    response = {"type": "transcriber-response", "channel": "customer"}
    assert [json.loads(text) for text in caller().tell(events, 1.0)] == [
        {**response, "transcription": "he", "transcriptType": "partial"},
        {**response, "transcription": "hello", "transcriptType": "final"},
        {"type": "error", "error": "no"},
    ]
    said = VAPI.write_socket_error(code="draining", message="Bye.")
    assert json.loads(said) == {"type": "error", "error": "Bye."}
