"""One text and its sound, over a socket."""

import json

import pytest

from tests.wire.jambonz.recorded import messages
from wire.dialogue import Heard
from wire.jambonz.dialogue import CONNECT_SECONDS, SpokenDialogue
from wire.jambonz.messages import FLUSH, STOP, connect, stream
from wire.voice.sentences import MOST

ASKED = (stream("Hi"), FLUSH)


def dialogue(text: str = "Hi", *, stops: bool = False) -> SpokenDialogue:
    return SpokenDialogue(text, 24_000, silence=0.7, stops=stops)


def asked(*, stops: bool = False) -> SpokenDialogue:
    made = dialogue(stops=stops)
    made.hear(connect(16_000), is_text=True)
    return made


def test_text_is_asked_for_once_the_server_is_ready() -> None:
    made = dialogue()
    assert made.opening() == ()
    assert made.pause == CONNECT_SECONDS
    assert made.hear(connect(16_000), is_text=True) == Heard(replies=ASKED)
    assert made.headers == {"content-type": "audio/l16;rate=16000"}
    assert made.hear(connect(8000), is_text=True) == Heard()
    assert (made.pause, made.say(0)) == (None, ())


def test_server_that_never_says_that_it_is_ready_is_asked_all_the_same() -> None:
    made = dialogue()
    assert made.say(0) == ASKED
    assert made.headers == {"content-type": "audio/l16;rate=24000"}


def test_rate_that_cannot_be_is_the_one_that_was_asked_for() -> None:
    made = dialogue()
    made.hear(b'{"type":"connect"}', is_text=True)
    assert made.headers == {"content-type": "audio/l16;rate=24000"}


def test_recorded_session_is_heard() -> None:
    made = dialogue()
    heard = [made.hear(message, is_text=True) for message in messages("server")]
    assert heard == [
        Heard(replies=ASKED), Heard(b"\1\2\3\4"), Heard(b"\5\6"), Heard(), Heard(failed=True)
    ]  # fmt: skip


def test_sound_ends_with_silence_that_counts_from_the_first_of_it() -> None:
    made = asked()
    assert made.quiet is None
    assert made.hear(b"", is_text=False) == Heard()
    assert made.quiet is None
    assert made.hear(b"\1", is_text=False) == Heard(b"\1")
    assert made.quiet == 0.7
    assert made.farewell() == (STOP,)


def test_sound_that_nobody_asked_for_is_none() -> None:
    assert dialogue().hear(b"\1\2", is_text=False) == Heard()


def test_server_that_finishes_on_stop_is_told_it_at_once() -> None:
    made = dialogue(stops=True)
    assert made.hear(connect(8000), is_text=True) == Heard(replies=(*ASKED, STOP))
    assert made.hear(b"\1\2", is_text=False) == Heard(b"\1\2")
    assert made.quiet is None


@pytest.mark.parametrize(
    ("message", "heard"),
    [
        (b"nonsense", Heard()),
        (b"[]", Heard()),
        (b'{"type":"data","data":{"audio":7}}', Heard(failed=True)),
        (b'{"type":"data","data":{"audio":""}}', Heard()),
        (b'{"type":"error"}', Heard(failed=True)),
    ],
)
def test_odd_messages(message: bytes, heard: Heard) -> None:
    assert asked().hear(message, is_text=True) == heard


@pytest.mark.parametrize(
    ("code", "whole"), [(1000, True), (1005, True), (1001, False), (1011, False)]
)
def test_close_that_is_an_end(code: int, whole: bool) -> None:
    assert asked().closed(code) is whole


def test_long_text_comes_in_pieces() -> None:
    text = "Grüße, Welt. " * 500
    replies = dialogue(text).hear(connect(8000), is_text=True).replies
    pieces = [json.loads(each)["text"] for each in replies[:-1]]
    assert "".join(pieces) == text
    assert max(map(len, pieces)) <= MOST
