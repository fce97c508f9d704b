"""What jambonz says over its socket."""

import pytest

from tests.wire.jambonz.recorded import messages
from wire.errors import InvalidRequest
from wire.jambonz.messages import connect
from wire.jambonz.session import JambonzSession, JambonzTap, asks_of
from wire.voice.sound import Sound
from wire.voice.speech import Told

QUERY = {"voice": "v-1", "language": "de-DE", "sampleRate": "8000"}


def session(**query: str) -> JambonzSession:
    return JambonzSession(asks_of("x", query or QUERY))


def test_recorded_call_is_heard() -> None:
    made = session()
    assert [made.hear(message) for message in messages("caller")] == [
        Told(), Told(), Told(("Hello there.",)), Told(), Told(("How are you today?",)),
        Told(clear=True), Told(("Fine, thanks.",)), Told(close=True),
    ]  # fmt: skip


@pytest.mark.parametrize("odd", [b"nonsense", b"[]", b'{"type":"stream"}', b'{"type":["flush"]}'])
def test_odd_messages_say_nothing(odd: bytes) -> None:
    assert session().hear(odd) == Told()


def test_rate_is_announced_and_each_text_asked_for_in_it() -> None:
    made = session()
    assert made.opening() == (connect(8000),)
    request = made.request("Hi")
    assert (request.text, request.voice, request.language) == ("Hi", "v-1", "de-DE")
    assert (request.accepts, request.wire_format) == ((Sound("pcm", 8000),), "x")


def test_what_the_url_leaves_out_is_not_asked_for() -> None:
    request = session(voice="", sampleRate="").request("Hi")
    assert (request.voice, request.language, request.accepts[0].rate) == (None, None, 24_000)


@pytest.mark.parametrize("rate", ["fast", "1", "-8000", "99999999999"])
def test_rate_that_cannot_be_is_refused(rate: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        asks_of("x", {"sampleRate": rate})
    assert refused.value.param == "sampleRate"


def test_what_passes_by_is_counted() -> None:
    tap = JambonzTap()
    asked = [tap.asked(message) for message in messages("caller")]
    assert sum(characters for characters, _ in asked) == len(
        "Hello there.How are you today? I am Fine, thanks."
    )
    assert [closes for _, closes in asked] == [False] * 7 + [True]
    assert [tap.hear(message) for message in messages("server")] == [
        (0, False), (4, False), (2, False), (0, False), (0, True)
    ]  # fmt: skip
    assert tap.rate == 16_000
    assert (tap.asked(b"["), tap.hear(b"[")) == ((0, False), (0, False))
