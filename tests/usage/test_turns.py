"""The turns of a call, as people hear them."""

import random
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.usage.telephone import at, dispatch, llm, said, transcriber, voice
from usage.models import CallEvent
from usage.turns import Turn, turns


def moments(turn: Turn) -> list[float | None]:
    """Milliseconds of the call: speech end, final, first content, first audio."""
    steps = (turn.speech_end, turn.final, turn.first_content, turn.first_audio)
    return [step and round((step.at - at(0)).total_seconds() * 1000, 2) for step in steps]


def told(*events: CallEvent) -> list[list[float | None]]:
    """The moments of each turn; in which order the events are read makes no difference."""
    shuffled = random.sample(events, len(events))
    assert turns(shuffled) == turns(events)
    return [moments(turn) for turn in turns(events)]


def test_a_turn_goes_from_the_end_of_speech_to_the_first_audio() -> None:
    ear = transcriber(said(1000, 1180, 1190), delay=0.25)
    brain, mouth = llm(1200, 1600, gateway=0.9), voice(1650, 1800, gateway=0.7)
    (turn,) = turns([ear, brain, mouth])
    assert moments(turn) == [1000, 1180, 1600, 1800]
    assert [step.ms for step in turn.steps] == [None, 180, 420, 200]
    assert [step.gateway_ms for step in turn.steps] == [None, 0.5, 0.9, 0.7]
    assert (turn.began_at, turn.utterance_end_at) == (at(1000), at(1190))
    assert (turn.total_ms, turn.gateway_ms) == (800, 2.1)
    ids = (ear.dispatch_id, (brain.dispatch_id,), (mouth.dispatch_id,))
    assert (turn.transcriber, turn.llm, turn.voice) == ids


def test_each_utterance_that_is_answered_is_a_turn() -> None:
    ear = transcriber(said(1000, 1100), said(5000, 5200))
    assert told(ear, llm(1110, 1500), voice(1510, 1700), llm(5210, 5600), voice(5700, 5800)) == [
        [1000, 1100, 1500, 1700],
        [5000, 5200, 5600, 5800],
    ]


def test_what_is_said_on_another_channel_is_the_agents_own() -> None:
    ear, other = transcriber(said(1000, 1100)), transcriber(said(1800, 1900))
    ear.details["channel"], other.details["channel"] = 0, 1
    brain, mouth = llm(1110, 1500), voice(1510, 1700)
    assert told(ear, other, brain, mouth) == [[1000, 1100, 1500, 1700]]


def test_a_turn_without_a_transcriber_begins_with_the_request_to_the_llm() -> None:
    (turn,) = turns([llm(1200, 1600), voice(1650, 1800)])
    assert moments(turn) == [None, None, 1600, 1800]
    assert turn.began_at == at(1200)
    assert [step.ms for step in turn.steps] == [400, 200]
    assert (turn.total_ms, turn.transcriber) == (600, None)


def test_requests_of_a_call_with_an_llm_alone_are_turns_of_their_own() -> None:
    assert told(llm(1000, 1400), llm(9000, 9500)) == [
        [None, None, 1400, None],
        [None, None, 9500, None],
    ]


def test_requests_for_tools_belong_to_the_turn_that_they_delay() -> None:
    ear = transcriber(said(1000, 1100))
    asked = [llm(1110, 1500, gateway=1.0), llm(2000, 2400, gateway=2.0)]
    (turn,) = turns([ear, *asked, voice(2450, 2600, gateway=0.5)])
    assert moments(turn) == [1000, 1100, 2400, 2600]
    assert turn.llm == tuple(event.dispatch_id for event in asked)
    assert turn.gateway_ms == pytest.approx(0.4 + 3.0 + 0.5)
    assert told(llm(1110, 1500), llm(2000, 2400), voice(2450, 2600)) == [[None, None, 2400, 2600]]
    assert told(ear, *asked) == [[1000, 1100, 2400, None]]


def test_what_is_said_before_a_tool_is_used_is_heard_first() -> None:
    """“One moment” is spoken after the second request began, and before its content was there."""
    ear = transcriber(said(1000, 1100))
    spoken = (voice(1900, 2000), voice(2600, 2700))
    assert told(ear, llm(1110, 1500), llm(1800, 2500), *spoken) == [[1000, 1100, 1500, 2000]]


def test_a_request_after_the_voice_began_is_a_turn_of_its_own() -> None:
    ear = transcriber(said(1000, 1100))
    assert told(ear, llm(1110, 1500), voice(1510, 1600), llm(3000, 3300), voice(3310, 3400)) == [
        [1000, 1100, 1500, 1600],
        [None, None, 3300, 3400],
    ]


def test_a_voice_that_speaks_sentence_by_sentence_is_one_turn() -> None:
    ear = transcriber(said(1000, 1100))
    sentences = [voice(1700, 1800), voice(1710, 1750), voice(2500, 2600)]
    (turn,) = turns([ear, llm(1110, 1500), *sentences])
    assert moments(turn) == [1000, 1100, 1500, 1800]
    assert turn.voice == tuple(event.dispatch_id for event in sentences)


def test_a_sentence_that_the_voice_could_not_speak_is_passed_over() -> None:
    assert told(llm(1000, 1500), voice(1510), voice(1600, 1900)) == [[None, None, 1500, 1900]]


def test_a_filler_before_the_content_is_not_the_reply() -> None:
    ear = transcriber(said(1000, 1100))
    assert told(ear, llm(1110, 2000), voice(1200, 1300), voice(2010, 2200)) == [
        [1000, 1100, 2000, 2200]
    ]
    assert told(ear, llm(1110, 2000), voice(1200, 1300)) == [[1000, 1100, 2000, None]]


def test_an_apology_for_an_llm_that_failed_has_no_content_before_it() -> None:
    ear = transcriber(said(1000, 1100))
    (turn,) = turns([ear, llm(1110), voice(3000, 3200)])
    assert moments(turn) == [1000, 1100, None, 3200]
    assert turn.first_audio is not None
    assert turn.first_audio.ms == 2100


def test_a_failed_request_that_is_made_again_is_one_turn() -> None:
    assert told(transcriber(said(1000, 1100)), llm(1110), llm(1900, 2200), voice(2210, 2300)) == [
        [1000, 1100, 2200, 2300]
    ]


def test_who_speaks_over_the_reply_begins_the_next_turn() -> None:
    """The reply is cut: of one voice before its first audio, of one after it."""
    ear = transcriber(said(1000, 1100), said(1900, 2000), said(3900, 4000))
    first = (llm(1110, 1500), voice(1600))
    second = (llm(2010, 2400), voice(2500, 2600))
    assert told(ear, *first, *second, llm(4010, 4400)) == [
        [1000, 1100, 1500, None],
        [1900, 2000, 2400, 2600],
        [3900, 4000, 4400, None],
    ]


def test_who_goes_on_speaking_before_the_reply_is_answered_once() -> None:
    """The first request was given up; pieces said before one request are answered together."""
    ear = transcriber(said(1000, 1100), said(1500, 1600), said(2000, 2100))
    assert told(ear, llm(1110), llm(2110, 2500), voice(2510, 2600)) == [
        [1000, 1100, None, None],
        [2000, 2100, 2500, 2600],
    ]


def test_a_murmur_while_the_reply_is_spoken_does_not_part_its_sentences() -> None:
    ear = transcriber(said(1000, 1100), said(2000, 2100))
    assert told(ear, llm(1110, 1500), voice(1510, 1700), voice(2500, 2600)) == [
        [1000, 1100, 1500, 1700],
        [2000, 2100, None, None],
    ]


def test_what_nobody_answers_stands_by_itself() -> None:
    ear = transcriber(said(1000, 1100), said(5000, 5100))
    assert told(ear) == [[1000, 1100, None, None], [5000, 5100, None, None]]
    assert turns([ear])[0].total_ms == 100


def test_a_greeting_is_a_turn_of_a_voice_alone() -> None:
    ear = transcriber(said(1000, 1100))
    greeting = (voice(10, 200), voice(300, 400))
    assert told(ear, *greeting, llm(1110, 1500), voice(1510, 1600)) == [
        [None, None, None, 200],
        [None, None, None, 400],
        [1000, 1100, 1500, 1600],
    ]


def test_where_no_llm_is_patched_the_voice_answers() -> None:
    ear = transcriber(said(1000, 1100), said(5000, 5100))
    sentences = (voice(1500, 1600), voice(2000, 2100))
    greeting = (voice(10, 200), voice(300, 400))
    assert told(*greeting, ear, *sentences, voice(5500, 5600)) == [
        [None, None, None, 200],
        [None, None, None, 400],
        [1000, 1100, None, 1600],
        [5000, 5100, None, 5600],
    ]


def test_a_transcriber_that_tells_no_delay_leaves_its_share_unknown() -> None:
    ear = transcriber(said(1000, 1100))
    assert ear.details is not None
    ear.details = {"frame_delay_ms": {}, "utterances": ear.details["utterances"]}
    (turn,) = turns([ear, llm(1110, 1500, gateway=0.9)])
    assert [step.gateway_ms for step in turn.steps] == [None, None, 0.9]
    assert turn.gateway_ms == 0.9


def test_an_end_of_speech_that_nobody_saw_or_that_came_too_late_is_none() -> None:
    ear = transcriber(said(None, 1100), said(5150, 5100), said(7000, None))
    (first, second) = turns([ear])
    assert (moments(first), first.began_at) == ([None, 1100, None, None], at(1100))
    assert moments(second) == [None, 5100, None, None]
    assert (first.total_ms, first.utterance_end_at) == (None, None)


def test_two_transcribers_of_a_call_are_heard_alike() -> None:
    ears = transcriber(said(1000, 1100)), transcriber(said(3000, 3100))
    found = turns([*ears, llm(1110, 1200), llm(3110, 3200)])
    assert [turn.transcriber for turn in found] == [ear.dispatch_id for ear in ears]


def test_a_call_without_dispatches_has_no_turns() -> None:
    assert turns([]) == []
    assert turns([dispatch("custom-fax", 10)]) == []


@pytest.mark.parametrize("value", [-5.0, 1e300, float("inf"), float("nan"), "soon", None, []])
def test_a_time_that_cannot_be_meant_is_none(value: Any) -> None:
    odd = dispatch("custom-llm", 10, timing_ms={"first_content": value, "gateway": 0.5})
    assert told(odd) == [[None, None, None, None]]


@pytest.mark.parametrize("final", [-1.0, 1e15, "noon", {}])
def test_an_utterance_at_no_moment_of_the_calendar_is_not_heard(final: Any) -> None:
    assert turns([transcriber(said(0, 1000) | {"final_at": final})]) == []


spans = st.integers(0, 100_000)
maybe = st.none() | spans
replies = st.builds(
    lambda kind, begin, first, own: kind(begin, None if first is None else begin + first, own),
    st.sampled_from([llm, voice]),
    spans,
    maybe,
    st.none() | st.floats(0, 10),
)
ears = st.lists(st.builds(said, maybe, maybe, maybe), max_size=8).map(
    lambda utterances: transcriber(*utterances)
)
calls = st.lists(replies | ears, max_size=25)


@given(calls)
def test_every_request_is_in_one_turn_and_every_utterance_in_at_most_one(
    events: list[CallEvent],
) -> None:
    found = turns(events)
    for provider, named in (
        ("custom-llm", [each for turn in found for each in turn.llm]),
        ("custom-voice", [each for turn in found for each in turn.voice]),
    ):
        assert sorted(named) == sorted(
            event.dispatch_id for event in events if event.provider == provider
        )
    finals = [
        each["final_at"] for event in events if event.details
        for each in event.details["utterances"] if each["final_at"] is not None
    ]  # fmt: skip
    for turn in found:
        if turn.final is not None:
            finals.remove(turn.final.at.timestamp())


@given(calls)
def test_steps_go_forward_and_their_spans_add_up(events: list[CallEvent]) -> None:
    found = turns(events)
    assert [turn.began_at for turn in found] == sorted(turn.began_at for turn in found)
    for turn in found:
        line = [turn.began_at, *(step.at for step in turn.steps)]
        assert all(before <= after for before, after in pairwise(line))
        spans = [step.ms for step in turn.steps if step.ms is not None]
        assert sum(spans) == pytest.approx(turn.total_ms or 0.0)
        assert all(span >= 0 for span in spans)


@given(calls, st.randoms(use_true_random=False))
def test_the_order_in_which_events_are_read_makes_no_difference(
    events: list[CallEvent], chance: random.Random
) -> None:
    shuffled = list(events)
    chance.shuffle(shuffled)
    assert turns(shuffled) == turns(events)


@given(calls, st.integers(-1000, 1000))
def test_a_call_at_another_hour_has_the_same_spans(events: list[CallEvent], hours: int) -> None:
    before = [[step.ms for step in turn.steps] for turn in turns(events)]
    for event in events:
        event.started_at += (at(3_600_000) - at(0)) * hours
        for each in (event.details or {}).get("utterances", ()):
            each.update({name: value and value + 3600 * hours for name, value in each.items()})
    assert [[step.ms for step in turn.steps] for turn in turns(events)] == before


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
odd_details = anything | st.fixed_dictionaries(
    {
        "frame_delay_ms": anything | st.fixed_dictionaries({"p50": anything}),
        "utterances": st.lists(
            st.dictionaries(st.sampled_from(["final_at", "speech_ended_at"]), anything)
        ),
    }
)


@given(odd_details, st.dictionaries(st.sampled_from(["first_content", "gateway"]), anything))
def test_whatever_was_stored_as_details_and_times_breaks_nothing(
    details: Any, timing: dict[str, Any]
) -> None:
    for provider in ("custom-transcriber", "custom-llm", "custom-voice"):
        turns([dispatch(provider, 10, details=details, timing_ms=timing), llm(20, 30)])
