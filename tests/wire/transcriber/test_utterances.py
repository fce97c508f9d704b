"""Each utterance has one end, whoever says it."""

from wire.events import (
    FinalText,
    InterimText,
    SpeechStarted,
    TranscriberEvent,
    TranscriberFailure,
    UtteranceEnd,
)
from wire.transcriber.utterances import Utterances

INTERIM, FINAL, END = InterimText("he"), FinalText("hello"), UtteranceEnd()


def fed(*events: TranscriberEvent, ends: bool = True) -> list[TranscriberEvent]:
    return Utterances(ends=ends).feed(events)


def test_an_end_of_the_endpoints_own_passes_once() -> None:
    assert fed(INTERIM, FINAL, END, END, FINAL, END) == [INTERIM, FINAL, END, FINAL, END]


def test_an_end_of_nothing_is_left_out() -> None:
    assert fed(END, InterimText(""), END) == [InterimText("")]
    assert fed(INTERIM, END, END) == [INTERIM, END]


def test_where_the_format_has_no_ends_one_is_made_after_each_final() -> None:
    assert fed(INTERIM, FINAL, FINAL, ends=False) == [INTERIM, FINAL, END, FINAL, END]


def test_starts_and_errors_pass() -> None:
    others = (SpeechStarted(), TranscriberFailure("no"))
    assert fed(*others, ends=False) == [*others]


def test_an_empty_final_passes_only_as_an_answer_or_in_place_of_interims() -> None:
    assert fed(FinalText(""), END) == []
    assert fed(INTERIM, FinalText(""), END) == [INTERIM, FinalText(""), END]
    asked = Utterances(ends=False)
    asked.awaited = True
    assert asked.feed([FinalText("")]) == [FinalText(""), END]
    assert asked.feed([FinalText("")]) == []


def test_who_asked_for_a_final_is_answered_when_there_is_none() -> None:
    for ends in (True, False):
        asked = Utterances(ends=ends)
        asked.awaited = True
        assert asked.give_up() == [FinalText(""), END]
        assert not asked.awaited


def test_text_is_pending_until_it_is_final() -> None:
    seen = Utterances(ends=True)
    states = []
    for event in (INTERIM, FINAL, END, INTERIM, END):
        seen.feed([event])
        states.append(seen.pending)
    assert states == [True, False, False, True, False]
