"""Sound in server-sent events, read from recorded bytes and written."""

import json
from base64 import b64encode
from typing import Any

import pytest

from tests.wire.standard import dispatched
from tests.wire.voice.test_readers import cuts
from wire.events import Failure, Usage
from wire.voice.events import EVENT_LIMIT, EventReader, EventWriter, is_events
from wire.voice.sound import Sound
from wire.wav import write_header

RAW = Sound("pcm", 24_000)
# As OpenAI sends it; the second delta begins with half a sample.
RECORDED = (
    b'data: {"type":"speech.audio.delta","audio":"AQID"}\n\n'
    b'data: {"type":"speech.audio.delta","audio":"BAU="}\n\n'
    b'data: {"type":"speech.audio.done","usage":{"input_tokens":9,"output_tokens":40,'
    b'"total_tokens":49}}\n\n'
)
ODD = (
    b": ping\r\n\r\n"
    b'event: speech.audio.delta\r\ndata:{"type":"speech.audio.delta","audio":"AQIDBA==","x":1}\r\n'
    b"\r\n"
    b"data: 5\n\ndata: {bad\n\ndata: {}\n\nid: 7\n\n"
    b'data: {"type":"speech.audio.done","usage":null}\n\n'
    b'data: {"type":"speech.audio.delta","audio":"AQID"}\n\n'
)


def delta(audio: Any) -> bytes:
    return b"data: " + json.dumps({"type": "speech.audio.delta", "audio": audio}).encode() + b"\n\n"


def read(body: bytes, sound: Sound = RAW) -> tuple[bytes, EventReader]:
    reader = EventReader(sound)
    return reader.feed(body), reader


@pytest.mark.parametrize(
    ("body", "sound", "usage"), [(RECORDED, b"\x01\x02\x03\x04", Usage(9, 40)),
                                 (ODD, b"\x01\x02\x03\x04", None)],
)  # fmt: skip
def test_sound_and_usage_are_read_however_the_stream_is_cut(
    body: bytes, sound: bytes, usage: Usage | None
) -> None:
    for pieces in cuts(body):
        reader = EventReader(RAW)
        assert b"".join(map(reader.feed, pieces)) == sound
        assert (reader.done, reader.usage, reader.failure) == (True, usage, None)
        assert (reader.may_end, reader.rate) == (False, 24_000)


def test_a_stream_without_its_end_is_not_done() -> None:
    sound, reader = read(RECORDED[:60])
    assert (sound, reader.done) == (b"\x01\x02", False)


def test_chat_completions_own_end_mark_is_one_too() -> None:
    assert read(b"data: [DONE]\n\n")[1].done


def test_a_wav_file_in_events_has_its_header_taken_off() -> None:
    body = write_header(8000) + b"abcd"
    events = delta(b64encode(body[:10]).decode()) + delta(b64encode(body[10:]).decode())
    sound, reader = read(events, Sound("wav", 24_000))
    assert (sound, reader.rate) == (b"abcd", 8000)
    _, broken = read(delta(b64encode(b"RIFF....AVI ").decode()), Sound("wav", 24_000))
    assert broken.failure == Failure("It answered with a RIFF file that is no WAV file.")


FAILURES = {
    b'data: {"error":{"message":"No breath.","code":"oom"}}\n\n': Failure("No breath.", "oom"),
    b'data: {"error":"No breath."}\n\n': Failure("No breath."),
    b'data: {"type":"error","message":"No breath."}\n\n': Failure("No breath.", "error"),
    b'event: error\ndata: {"message":"No breath."}\n\n': Failure("No breath."),
    delta("A"): Failure("An event of its answer holds no sound."),
    delta("ä"): Failure("An event of its answer holds no sound."),
    delta(None): Failure("An event of its answer holds no sound."),
    delta("A" * EVENT_LIMIT): Failure("An event of its answer is too large."),
}


@pytest.mark.parametrize("body", FAILURES, ids=lambda body: body[:60].decode())
def test_a_failure_ends_the_sound(body: bytes) -> None:
    sound, reader = read(delta("AQI=") + body + delta("AQI="))
    assert sound == b"\x01\x02"
    assert (reader.failure, reader.done) == (FAILURES[body], False)


@pytest.mark.parametrize(
    "usage", ['"x"', '{"input_tokens":1.5,"output_tokens":2}', '{"input_tokens":1}']
)
def test_usage_that_is_none_is_not_believed(usage: str) -> None:
    body = b'data: {"type":"speech.audio.done","usage":%b}\n\n' % usage.encode()
    assert read(body)[1].usage is None


def test_what_is_written_is_read_and_is_what_the_standard_means() -> None:
    writer = EventWriter(RAW)
    body = writer.write(b"\x01\x02") + writer.write(b"\x03\x04") + writer.end(Usage(9, 40))
    assert body.count(b"\n\n") == len(dispatched(body)) == 3
    sound, reader = read(body)
    assert (sound, reader.done, reader.usage) == (b"\x01\x02\x03\x04", True, Usage(9, 40))
    assert json.loads(dispatched(body)[-1])["usage"]["total_tokens"] == 49
    assert b'"total_tokens":0' in EventWriter(RAW).end(None)


def test_a_wav_file_begins_with_its_header_in_events_too() -> None:
    body = EventWriter(Sound("wav", 8000)).write(b"abcd")
    assert read(body, RAW)[0] == write_header(8000) + b"abcd"


def test_an_error_is_an_event_on_which_sdks_raise() -> None:
    body = EventWriter(RAW).fail(code="upstream_truncated", message="It broke off.")
    assert json.loads(dispatched(body)[0])["error"]["code"] == "upstream_truncated"
    assert read(body)[1].failure == Failure("It broke off.", "upstream_truncated")


def test_events_are_known_by_their_declared_type_or_their_first_line() -> None:
    assert is_events("Text/Event-Stream; charset=utf-8", b"\x00")
    assert is_events("", b"data: {}")
    assert not is_events("audio/pcm", b"\x00\x01")
