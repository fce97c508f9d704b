"""What is tallied of a voice session, message by message."""

from dispatch.passing import MESSAGE_LIMIT
from dispatch.speech import SpeechTally
from egress.frames import BINARY, CONTINUATION, TEXT, Frame
from wire.jambonz.messages import STOP, connect, error, stream
from wire.jambonz.session import JambonzTap


def tally() -> SpeechTally:
    return SpeechTally(JambonzTap())


def text(data: bytes) -> Frame:
    return Frame(TEXT, data, True)


def test_characters_and_sound_are_counted_however_they_are_cut() -> None:
    seen = tally()
    message = stream("Grüße 👋")
    seen.from_caller(text(stream("Hi ")), 1.0)
    seen.from_caller(Frame(TEXT, message[:9], False), 1.0)
    seen.from_caller(Frame(CONTINUATION, message[9:], True), 1.0)
    assert (seen.characters, seen.messages_in) == (10, 2)
    assert seen.bytes_in == len(stream("Hi ")) + len(message)
    seen.from_endpoint(text(connect(8000)), 2.0)
    assert seen.audio_ms == 0
    seen.from_endpoint(Frame(BINARY, bytes(100), False), 3.0)
    seen.from_endpoint(Frame(CONTINUATION, bytes(60), True), 3.5)
    seen.from_endpoint(text(b'{"type":"data","data":{"audio":"AAAA"}}'), 4.0)
    assert (seen.audio_bytes, seen.messages_out, seen.first_content_at) == (163, 3, 3.0)
    assert seen.audio_ms == 81 / 8


def test_length_of_sound_is_not_known_without_its_rate() -> None:
    seen = tally()
    seen.from_endpoint(Frame(BINARY, bytes(100), True), 3.0)
    assert (seen.audio_bytes, seen.audio_ms) == (100, None)


def test_words_of_an_end_and_of_a_failure_are_kept() -> None:
    seen = tally()
    for message in (STOP, stream("Hi")):
        seen.from_caller(text(message), 1.0)
    for message in (error("No."), connect(8000)):
        seen.from_endpoint(text(message), 1.0)
    assert seen.close_asked
    assert seen.failed


def test_message_that_is_too_long_is_ignored_and_the_next_is_read() -> None:
    seen = tally()
    seen.from_caller(Frame(TEXT, bytes(MESSAGE_LIMIT), False), 1.0)
    seen.from_caller(Frame(CONTINUATION, b"xx", False), 1.0)
    seen.from_caller(Frame(CONTINUATION, b"xx", True), 1.0)
    seen.from_caller(text(stream("Hi")), 1.0)
    assert seen.characters == 2
    assert seen.details() == {"rate": None, "messages_in": 2, "messages_out": 0, "ignored": 1}


def test_binary_messages_of_a_caller_say_nothing() -> None:
    seen = tally()
    seen.from_caller(Frame(BINARY, stream("Hi"), True), 1.0)
    assert (seen.characters, seen.messages_in) == (0, 1)
