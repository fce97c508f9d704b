"""What is tallied of a session, message by message."""

from dispatch.transcriber import MOST_UTTERANCES, TranscriberTally
from egress.frames import BINARY, CONTINUATION, TEXT, Frame
from wire.events import TranscriberFailure
from wire.llm.base import Stamp
from wire.registry import format_named
from wire.transcriber.opening import Opening

FINAL = b'{"type":"final","text":"hi"}'


def tally() -> TranscriberTally:
    rymi = format_named("transcriber", "rymi-stt")
    return TranscriberTally(
        rymi.caller_side({}, Stamp("", 0)), rymi.endpoint_side(Opening(), model="")
    )


def text(data: bytes) -> Frame:
    return Frame(TEXT, data, True)


def audio(size: int = 640) -> Frame:
    return Frame(BINARY, bytes(size), True)


def test_an_utterance_has_its_four_moments() -> None:
    seen = tally()
    seen.from_caller(audio(), 10.0)
    seen.from_caller(audio(), 10.5)
    seen.from_caller(text(b'{"type":"finalize"}'), 11.0)
    seen.from_caller(audio(), 11.1)  # belongs to what comes next
    seen.from_endpoint(text(FINAL), 11.25)
    seen.from_endpoint(text(b'{"type":"utterance_end"}'), 11.5)
    assert seen.details()["utterances"] == [
        {"speech_ended_at": 10.5, "finalize_at": 11.0, "final_at": 11.25, "utterance_end_at": 11.5}
    ]


def test_a_final_of_the_endpoints_own_will_has_no_finalize() -> None:
    seen = tally()
    seen.from_caller(audio(), 10.0)
    seen.from_endpoint(text(FINAL), 10.2)
    seen.from_endpoint(text(FINAL), 10.4)
    seen.from_endpoint(text(b'{"type":"utterance_end"}'), 10.5)
    first, second = seen.details()["utterances"]
    assert (first["speech_ended_at"], first["finalize_at"]) == (10.0, None)
    assert (first["utterance_end_at"], second["utterance_end_at"]) == (None, 10.5)
    assert seen.finals == 2


def test_only_so_many_utterances_are_kept_and_the_rest_counted() -> None:
    seen = tally()
    for number in range(MOST_UTTERANCES + 3):
        seen.from_endpoint(text(FINAL), float(number))
    details = seen.details()
    assert len(details["utterances"]) == MOST_UTTERANCES
    assert (details["utterances_left_out"], details["finals"]) == (3, MOST_UTTERANCES + 3)


def test_audio_is_counted_piece_by_piece_and_a_message_once() -> None:
    seen = tally()
    seen.from_caller(Frame(BINARY, bytes(16_000), False), 1.0)
    seen.from_caller(Frame(CONTINUATION, bytes(16_000), True), 1.1)
    seen.from_caller(Frame(TEXT, b'{"type":', False), 1.2)
    seen.from_caller(Frame(CONTINUATION, b'"close"}', True), 1.3)
    assert (seen.audio_ms, seen.bytes_in, seen.messages_in) == (1000, 32_016, 2)
    assert (seen.ignored, seen.close_asked) == (1, False)


def test_what_is_not_known_is_counted_and_ignored() -> None:
    seen = tally()
    seen.from_caller(text(b'{"type":"keep"}'), 1.0)
    seen.from_endpoint(text(b"hello"), 1.0)
    seen.from_endpoint(audio(), 1.0)
    seen.from_endpoint(text(b'{"type":"final","text":"%s"}' % (b"x" * 65536)), 1.0)
    assert (seen.ignored, seen.finals, seen.messages_out) == (4, 0, 3)


def test_the_first_text_counts_and_empty_text_is_none() -> None:
    seen = tally()
    seen.from_endpoint(text(b'{"type":"interim","text":""}'), 1.0)
    seen.from_endpoint(text(b'{"type":"interim","text":"a"}'), 2.0)
    seen.from_endpoint(text(FINAL), 3.0)
    assert seen.first_content_at == 2.0


def test_words_of_the_caller_and_failures_of_the_endpoint_are_kept() -> None:
    seen = tally()
    seen.from_caller(text(b'{"type":"close"}'), 1.0)
    seen.from_endpoint(text(b'{"type":"error","message":"no"}'), 1.0)
    assert seen.close_asked
    assert seen.failure == TranscriberFailure("no")
