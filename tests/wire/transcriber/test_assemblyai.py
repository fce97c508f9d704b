"""What AssemblyAI's streaming says, read; and what it is asked."""

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
from wire.registry import format_named
from wire.transcriber.base import EndpointSide
from wire.transcriber.opening import Opening

ASSEMBLY = format_named("transcriber", "assemblyai")
OPENING = Opening(8_000)  # 50 ms are 800 bytes, a second 16,000


def side(opening: Opening = OPENING, model: str = "") -> EndpointSide:
    return ASSEMBLY.endpoint_side(opening, model=model)


def sizes(messages: list[Any]) -> list[int]:
    return [len(message.data) for message in messages if not message.is_text]


def test_a_turn_that_ends_twice_is_one_final() -> None:
    assert heard(side(), "assemblyai", "formatted-turns") == [
        SpeechStarted(),
        InterimText("hello the"),
        InterimText("hello there"),
        FinalText("Hello there.", 0.7, "en"),
        UtteranceEnd(),
    ]


def test_a_turn_whose_formatting_never_comes_is_final_with_the_next_or_at_the_end() -> None:
    assert heard(side(), "assemblyai", "formatting-never-comes") == [
        InterimText("hello there"), FinalText("hello there"), UtteranceEnd(),
        InterimText("and"), InterimText("and bye"), FinalText("and bye"), UtteranceEnd(),
    ]  # fmt: skip


def test_a_new_turn_that_is_complete_at_once_comes_after_the_one_before_it() -> None:
    both = side()
    turn = {"type": "Turn", "end_of_turn": True, "transcript": "a", "turn_order": 0}
    both.hear(json.dumps(turn).encode())
    formatted = {**turn, "transcript": "B.", "turn_order": 1, "turn_is_formatted": True}
    assert both.hear(json.dumps(formatted).encode()) == [
        FinalText("a"), UtteranceEnd(), FinalText("B."), UtteranceEnd()
    ]  # fmt: skip
    assert both.ended() == []


def test_an_error_comes_behind_a_good_upgrade() -> None:
    assert heard(side(), "assemblyai", "error-behind-a-good-upgrade") == [
        TranscriberFailure("Not authorized")
    ]


def test_errors_are_failures_and_the_rest_is_unknown() -> None:
    error = b'{"type":"Error","error_code":3005,"error":"Server error"}'
    assert side().hear(error) == (TranscriberFailure("Server error"),)
    assert [side().hear(text) for text in (b"hi", b"{}", b'{"type":"x"}')] == [None] * 3


def test_a_turn_that_is_not_as_it_should_be_says_little() -> None:
    odd = b'{"type":"Turn","words":[{"text":7,"word_is_final":false},{"confidence":"x"}]}'
    assert side().hear(odd) == [InterimText("")]


def test_the_url_tells_of_the_audio_and_asks_for_formatting() -> None:
    assert side(model="u3-rt-pro").aim.at("wss://a.example/v3/ws?vad_threshold=0.3") == (
        "wss://a.example/v3/ws?vad_threshold=0.3&sample_rate=8000&encoding=pcm_s16le"
        "&format_turns=true&speech_model=u3-rt-pro"
    )
    assert "speech_model" not in str(side().aim)


def test_audio_goes_out_in_messages_of_50_ms_to_a_second() -> None:
    both = side()
    assert [sizes(both.audio(bytes(320))) for _ in range(4)] == [[], [], [960], []]
    assert sizes(both.audio(bytes(20_000))) == [16_000, 4_320]
    assert sizes(both.audio(bytes(16_100))) == [16_000]
    assert sizes(both.audio(bytes(700))) == [800]


@pytest.mark.parametrize(("word", "kind"), [("finalize", "ForceEndpoint"), ("close", "Terminate")])
def test_what_is_held_goes_out_before_a_word(word: str, kind: str) -> None:
    both = side()
    both.audio(b"\1" * 320)
    sound, text = getattr(both, word)()
    assert sound.data == b"\1" * 320 + bytes(480)
    assert json.loads(text.data) == {"type": kind}
    assert len(getattr(both, word)()) == 1
