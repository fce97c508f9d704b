"""A session between two formats: each side is given what it can read."""

import json
import time
from array import array
from typing import Any

import pytest

from wire.errors import InvalidRequest
from wire.events import CallerWord, FinalText, InterimText, TranscriberEvent, UtteranceEnd
from wire.transcriber.base import CallerSide, EndpointSide, Message
from wire.transcriber.opening import Opening
from wire.transcriber.translation import Translation


class Caller(CallerSide):
    """Says its rate in a message, and prints the events' names."""

    def hear(self, text: bytes) -> tuple[CallerWord, ...] | None:
        if text == b"?":
            return None
        self.opened = True
        if text == b"again":
            return ("finalize",)
        self.opening = Opening(int(text))
        return ()

    def tell(self, events: Any, at: float) -> list[bytes]:
        return [f"{type(event).__name__} {at}".encode() for event in events]

    def bye(self, at: float) -> list[bytes]:
        return [f"bye {at}".encode()]


class Endpoint(EndpointSide):
    ends_utterances = False

    def begin(self, opening: Opening) -> list[Message]:
        return [Message(json.dumps({"rate": opening.rate}).encode(), is_text=True)]

    def finalize(self) -> list[Message]:
        return [Message(b"now", is_text=True)]

    def close(self) -> list[Message]:
        return [Message(b"end", is_text=True)]

    def hear(self, text: bytes) -> list[TranscriberEvent] | None:
        return [FinalText(text.decode())] if text != b"?" else None

    def ended(self) -> list[TranscriberEvent]:
        return [InterimText("rest")]


def between(rate: int = 16_000, *, opened: bool = True, far: int = 16_000) -> Translation:
    return Translation(Caller(Opening(rate), opened=opened), Endpoint(far))


def sound(messages: list[Message]) -> bytes:
    return b"".join(message.data for message in messages if not message.is_text)


def test_an_endpoint_is_greeted_once_before_all_else() -> None:
    both = between()
    assert both.greet() == [(b'{"rate": 16000}', True)]
    assert both.greet() == []
    assert both.audio(b"ab") == [(b"ab", False)]


def test_a_caller_that_opens_with_a_message_is_waited_for_but_not_its_audio() -> None:
    both = between(opened=False)
    assert both.greet() == []
    assert both.read(b"8000") == ()
    assert both.greet() == [(b'{"rate": 8000}', True)]
    early = between(opened=False)
    assert early.audio(b"ab") == [(b'{"rate": 16000}', True), (b"ab", False)]
    hasty = between(opened=False)
    assert [text for text, _ in hasty.close()] == [b'{"rate": 16000}', b"end"]


def test_words_and_what_is_unknown_are_told_apart() -> None:
    both = between()
    assert (both.read(b"again"), both.read(b"?")) == (("finalize",), None)


def test_audio_is_resampled_only_where_rates_differ() -> None:
    second = bytes(2 * 8_000)
    assert sound(between(8_000, far=8_000).audio(second)) == second
    both = between(8_000)
    came = sound(both.audio(second)) + sound(both.finalize())
    assert len(came) == 2 * 16_000
    assert both.seconds == 1.0
    assert len(sound(both.audio(second)) + sound(both.close())) == 2 * 16_000


def test_sound_that_comes_in_pieces_is_resampled_as_one() -> None:
    wave = bytes(range(250)) * 64
    at_once, piecemeal = between(8_000), between(8_000)
    whole = sound(at_once.audio(wave)) + sound(at_once.finalize())
    parts = [sound(piecemeal.audio(wave[at : at + 3200])) for at in range(0, 16_000, 3200)]
    joined = b"".join(parts) + sound(piecemeal.finalize())
    assert len(joined) == len(whole) == 32_000
    both = zip(array("h", joined), array("h", whole), strict=True)
    assert max(abs(one - other) for one, other in both) < 3


def test_a_rate_that_a_message_tells_holds_from_then_on() -> None:
    both = between(opened=False)
    both.read(b"8000")
    assert len(sound(both.audio(bytes(16_000))) + sound(both.finalize())) == 32_000


def test_a_rate_that_cannot_be_is_refused_whenever_it_is_told() -> None:
    with pytest.raises(InvalidRequest):
        between(1)
    both = between(opened=False)
    with pytest.raises(InvalidRequest):
        both.read(b"7")


def test_events_are_whole_utterances_and_written_with_their_moment() -> None:
    both = between()
    both.audio(bytes(32_000))
    events = both.hear(b"hi")
    assert events == [FinalText("hi"), UtteranceEnd()]
    assert both.tell(events) == [b"FinalText 1.0", b"UtteranceEnd 1.0"]
    assert both.hear(b"?") is None
    assert (both.ended(), both.bye()) == ([InterimText("rest")], [b"bye 1.0"])


def test_a_side_hears_its_own_channel_and_only_the_first_says_goodbye() -> None:
    caller = Caller(Opening(16_000, channels=2))
    caller.channel = 1
    second = Translation(caller, Endpoint(16_000))
    assert sound(second.audio(b"\1\2\3\4")) == b"\3\4"
    assert (second.absent, second.bye()) == (False, [])


def test_a_channel_is_absent_once_the_caller_has_told_of_fewer() -> None:
    caller = Caller(Opening(16_000, channels=2), opened=False)
    caller.channel = 1
    second = Translation(caller, Endpoint(16_000))
    assert not second.absent
    second.read(b"16000")
    assert second.absent
    assert sound(second.audio(b"\1\2\3\4")) == b""


def test_who_asks_for_a_final_waits_for_it() -> None:
    both = between()
    both.finalize()
    assert both.utterances.awaited
    assert both.hear(b"") == [FinalText(""), UtteranceEnd()]
    assert not both.utterances.awaited


def test_messages_without_sound_hold_nobody_up() -> None:
    both = between(8_000, far=44_100)
    began = time.process_time()
    for _ in range(2_000):
        both.read(b"44101")
        both.finalize()
    assert time.process_time() - began < 0.3
