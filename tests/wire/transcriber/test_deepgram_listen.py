"""What Deepgram's live transcription says and asks, read and written."""

import json
from typing import Any

import pytest

from tests.wire.transcriber.recorded import heard
from wire.aim import Aim
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
from wire.transcriber.base import CallerSide, EndpointSide
from wire.transcriber.opening import Opening
from wire.transcriber.segments import MOST_SEGMENTS

DEEPGRAM = format_named("transcriber", "deepgram-listen")
AUDIO = {"encoding": "linear16", "sample_rate": "8000", "channels": "1"}
OPENING = Opening()
ALL = {**AUDIO, "interim_results": "true", "vad_events": "true", "utterance_end_ms": "1000"}


def endpoint(opening: Opening = OPENING, model: str = "") -> EndpointSide:
    return DEEPGRAM.endpoint_side(opening, model=model)


def caller(query: dict[str, str] = ALL) -> CallerSide:
    return DEEPGRAM.caller_side(query, Stamp("id-1", 0))


def told(side: CallerSide, *events: TranscriberEvent, at: float = 1.5) -> list[Any]:
    return [json.loads(text) for text in side.tell(events, at)]


def results(text: str = "hi", **members: Any) -> bytes:
    alternatives = [{"transcript": text, "confidence": 0.5, "words": []}]
    given = {"type": "Results", "is_final": True, "channel": {"alternatives": alternatives}}
    return json.dumps({**given, **members}).encode()


# -- what endpoints say


def test_segments_are_one_final_and_both_ends_are_one() -> None:
    assert heard(endpoint(), "deepgram-listen", "segments-then-both-ends") == [
        SpeechStarted(),
        InterimText("please"),
        InterimText("Please call"),
        InterimText("Please call me tom"),
        InterimText("Please call me tomorrow"),
        FinalText("Please call me tomorrow morning.", 0.9, "en"),
        UtteranceEnd(),
    ]


def test_an_end_alone_makes_what_was_said_final() -> None:
    assert heard(endpoint(), "deepgram-listen", "end-without-speech-final") == [
        InterimText("hello"), FinalText("hello", 0.9), UtteranceEnd()
    ]  # fmt: skip


def test_what_is_left_at_the_close_becomes_final_and_other_channels_are_not_heard() -> None:
    assert heard(endpoint(), "deepgram-listen", "closed-in-mid-utterance") == [
        InterimText("and then"), FinalText("and then", 0.9), UtteranceEnd()
    ]  # fmt: skip


@pytest.mark.parametrize("awaited", [True, False])
def test_empty_transcripts_are_nothing_but_an_answer_to_who_waits_for_one(awaited: bool) -> None:
    name = "empty-transcripts-and-finalize-with-nothing-left"
    found = heard(endpoint(), "deepgram-listen", name, awaited=awaited)
    told = [event for event in found if event != InterimText("")]
    assert told == ([FinalText(""), UtteranceEnd()] if awaited else [])


def test_the_answer_to_finalize_is_a_final_even_an_empty_one() -> None:
    side = endpoint()
    assert side.hear(results("hi", from_finalize=True)) == [FinalText("hi", 0.5), UtteranceEnd()]
    assert side.hear(results("", from_finalize=True)) == [FinalText(""), UtteranceEnd()]
    assert side.hear(results("", speech_final=True)) == [UtteranceEnd()]


def test_an_utterance_without_end_is_made_final_some_time() -> None:
    side = endpoint()
    for _ in range(MOST_SEGMENTS - 1):
        assert side.hear(results("a")) != []
    assert side.hear(results("a")) == [FinalText(" ".join("a" * MOST_SEGMENTS), 0.5)]


def test_errors_are_failures_and_the_rest_is_unknown() -> None:
    side = endpoint()
    said = side.hear(b'{"type":"Error","description":"no model","variant":"x"}')
    assert said == (TranscriberFailure("no model"),)
    assert side.hear(b'{"type":"Error","message":"bad"}') == (TranscriberFailure("bad"),)
    assert [side.hear(text) for text in (b"hi", b'{"type":"New"}', b"{}")] == [None] * 3


@pytest.mark.parametrize(
    "text",
    [
        b'{"type":"Results"}', b'{"type":"Results","channel":7}',
        b'{"type":"Results","channel":{"alternatives":[]},"channel_index":[]}',
        b'{"type":"Results","channel":{"alternatives":[{"languages":[7],"transcript":null}]}}',
    ],
)  # fmt: skip
def test_results_that_are_not_as_they_should_be_say_nothing(text: bytes) -> None:
    assert endpoint().hear(text) == [InterimText("")]


def test_endpoints_are_told_the_audio_in_their_url_and_asked_for_all_events() -> None:
    aim = endpoint(Opening(8_000, 2, "mulaw", "de"), "nova-3").aim
    assert aim.at("wss://d.example/v1/listen?punctuate=true&vad_events=false") == (
        "wss://d.example/v1/listen?punctuate=true&vad_events=false&encoding=linear16"
        "&sample_rate=8000&channels=1&model=nova-3&interim_results=true&utterance_end_ms=1000"
        "&language=de"
    )
    assert "model" not in str(endpoint().aim)


def test_words_for_endpoints_are_messages_of_their_own() -> None:
    side = endpoint()
    assert [side.finalize(), side.close()] == [
        [(b'{"type":"Finalize"}', True)], [(b'{"type":"CloseStream"}', True)]
    ]  # fmt: skip
    assert json.loads(side.keep_alive) == {"type": "KeepAlive"}
    assert side.flushes


# -- what callers ask


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b'{"type":"KeepAlive"}', ()),
        (b'{"type":"Finalize","channel":0}', ("finalize",)),
        (b'{"type":"CloseStream"}', ("finalize", "close")),
        (b'{"type":"x"}', None),
        (b'{"type":["x"]}', None),
        (b"hi", None),
    ],
)
def test_a_callers_words_are_read(text: bytes, words: Any) -> None:
    assert caller().hear(text) == words
    assert caller().empty_closes


@pytest.mark.parametrize(
    ("query", "opening"),
    [
        (AUDIO, Opening(8_000)),
        ({**AUDIO, "channels": "2", "language": "de"}, Opening(8_000, 2, language="de")),
        ({**AUDIO, "language": "multi", "encoding": "mulaw"}, Opening(8_000, 1, "mulaw")),
        ({}, Opening(0, 1, "")),
        ({"sample_rate": "8k", "channels": "-1", "encoding": "opus"}, Opening(0, 0, "opus")),
        ({"sample_rate": "9" * 5000}, Opening(0, 1, "")),
    ],
)
def test_the_audio_is_as_the_query_says(query: dict[str, str], opening: Opening) -> None:
    assert caller(query).opening == opening


def test_all_but_key_and_callback_of_a_query_passes_on() -> None:
    words = (("keyterm", "a"), ("keyterm", "b"))
    never = (
        ("&callback", "x"),
        ("a=b#", "c"),
        ("", "d"),
        ("token", "pb_live_x"),
        ("callback", "https://x"),
        ("callback_method", "put"),
    )
    given = [*AUDIO.items(), ("model", "nova-3"), *words, *never]
    assert DEEPGRAM.passing_aim(given, model="") == Aim(
        query=tuple(AUDIO.items()), unless=(("model", "nova-3"), *words)
    )
    own = DEEPGRAM.passing_aim(given, model="house")
    assert own.query[-1] == ("model", "house")


# -- what callers are told


def test_results_have_all_members_that_clients_demand() -> None:
    (first,) = told(caller(), FinalText("hi", 0.7, "en"))
    assert first == {
        "type": "Results", "channel_index": [0, 1], "duration": 1.5, "start": 0.0,
        "is_final": True, "speech_final": False, "from_finalize": False,
        "channel": {"alternatives": [
            {"transcript": "hi", "confidence": 0.7, "words": [], "languages": ["en"]}]},
        "metadata": {"request_id": "id-1", "model_uuid": "id-1",
                     "model_info": {"name": "", "version": "", "arch": ""}},
    }  # fmt: skip


def test_a_final_and_its_end_are_one_result_when_they_come_together() -> None:
    side = caller()
    first, end = told(side, FinalText("hi"), UtteranceEnd())
    assert (first["speech_final"], first["channel"]["alternatives"][0]["confidence"]) == (True, 1.0)
    assert end == {"type": "UtteranceEnd", "channel": [0, 1], "last_word_end": 1.5}
    (later,) = told(side, FinalText("ho"), at=4.0)
    assert (later["start"], later["duration"], later["speech_final"]) == (1.5, 2.5, False)


def test_an_end_that_comes_alone_is_an_empty_result() -> None:
    for before in ((), (SpeechStarted(),)):
        *_, alone, end = told(caller(), *before, UtteranceEnd())
        assert (alone["speech_final"], alone["is_final"]) == (True, True)
        assert alone["channel"]["alternatives"][0]["transcript"] == ""
        assert alone["channel"]["alternatives"][0]["confidence"] == 0.0
        assert end["type"] == "UtteranceEnd"


def test_interims_starts_and_ends_come_only_where_they_are_asked_for() -> None:
    events = (SpeechStarted(), InterimText("h"), FinalText("hi"), UtteranceEnd())
    assert [each["type"] for each in told(caller(AUDIO), *events)] == ["Results"]
    every = told(caller(), *events)
    kinds = [each["type"] for each in every]
    assert kinds == ["SpeechStarted", "Results", "Results", "UtteranceEnd"]
    assert [each["is_final"] for each in every[1:3]] == [False, True]
    assert every[0] == {"type": "SpeechStarted", "channel": [0], "timestamp": 1.5}


def test_the_first_final_after_finalize_says_so() -> None:
    side = caller()
    side.hear(b'{"type":"Finalize"}')
    events = (InterimText("h"), FinalText("hi"), FinalText("ho"))
    assert [each["from_finalize"] for each in told(side, *events)] == [False, True, False]


def test_channels_are_heard_when_they_are_asked_for_and_told_by_their_numbers() -> None:
    assert caller({**ALL, "channels": "2"}).channels == 1
    side = caller({**ALL, "channels": "2", "multichannel": "true"})
    side.channel = 1
    start, result, end = told(side, SpeechStarted(), FinalText("hi"), UtteranceEnd())
    assert (side.channels, result["channel_index"]) == (2, [1, 2])
    assert (start["channel"], end["channel"]) == ([1], [1, 2])


def test_errors_have_no_message_but_the_close() -> None:
    side = caller()
    assert not side.says_errors
    assert told(side, TranscriberFailure("no")) == []
    assert DEEPGRAM.write_socket_error(code="draining", message="Bye.") == b""
    body = json.loads(DEEPGRAM.write_error(status=502, code="c", message="m"))
    assert body == {"err_code": "c", "err_msg": "m", "request_id": ""}


def test_a_session_that_ends_well_ends_in_metadata() -> None:
    (last,) = [json.loads(text) for text in caller().bye(2.0)]
    assert last == {
        "type": "Metadata", "transaction_key": "deprecated", "request_id": "id-1", "sha256": "",
        "created": "1970-01-01T00:00:00.000Z", "duration": 2.0, "channels": 1,
    }  # fmt: skip
